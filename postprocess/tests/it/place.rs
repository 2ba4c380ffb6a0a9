//! A folder of its own to run the tool in.

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// What a run gave.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) stdout: String,
    pub(crate) records: Vec<Value>,
}

/// A working folder, and state and temporary folders beside it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for folder in ["work", "tmp", "state"] {
            fs::create_dir(place.0.path().join(folder)).unwrap();
        }
        place
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.0.path().join("work")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap()
    }

    /// Names of all files in the working folder, and those that were left in the temporary one.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        for folder in ["work", "tmp"] {
            for entry in fs::read_dir(self.0.path().join(folder)).unwrap() {
                found.push(entry.unwrap().file_name().into_string().unwrap());
            }
        }
        found.sort();
        found
    }

    pub(crate) fn start(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_postprocess"))
            .args(arguments)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.0.path())
            .env("XDG_STATE_HOME", self.0.path().join("state"))
            .env("TMPDIR", self.0.path().join("tmp"))
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run_with(
        &self,
        records: &[Value],
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Ran {
        let mut child = self.start(arguments, environment);
        give(&mut child, records);
        ended(child)
    }

    pub(crate) fn run(&self, records: &[Value]) -> Ran {
        self.run_with(records, &[], &[])
    }

    /// Runs a shell command in the working folder; gives what it printed, and fails the test when it fails.
    pub(crate) fn sh(&self, command: &str) -> String {
        let output = Command::new("sh").args(["-c", command]).current_dir(self.work()).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Writes records to a tool and closes its input.
pub(crate) fn give(child: &mut Child, records: &[Value]) {
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
}

/// Waits for the end.
pub(crate) fn ended(child: Child) -> Ran {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let records = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Ran { status: status.code(), stderr: String::from_utf8(stderr).unwrap(), stdout, records }
}

/// A built record with files, and what is to be made of them.
pub(crate) fn built(name: &str, files: &[&str], sequences: Value) -> Value {
    let files: Vec<Value> = files.iter().map(|file| json!({"path": file, "size": 0})).collect();
    let mut id = String::from("01ARZ3NDEKTSV4RRFFQ69G5");
    let number = name.bytes().map(u32::from).sum::<u32>() % 1000;
    id.push_str(&format!("{number:03}"));
    json!({
        "kiln": 1, "id": id, "build": name, "type": "file", "status": "built", "annotated": {"by": "jq"},
        "post_processors": sequences,
        "artifacts": [{"kind": "files", "builder_id": "packer.file", "id": "File", "files": files}],
    })
}

/// A built record of an image in a cloud.
pub(crate) fn image(name: &str, sequences: Value) -> Value {
    let mut record = built(name, &[], sequences);
    record["type"] = json!("amazon-ebs");
    record["artifacts"] = json!([{
        "kind": "ami", "builder_id": "mitchellh.amazonebs", "id": "us-east-1:ami-1", "regions": {"us-east-1": "ami-1"},
    }]);
    record
}

/// The paths of all files that a record lists.
pub(crate) fn listed(record: &Value) -> Vec<String> {
    let artifacts = record["artifacts"].as_array().unwrap().iter();
    let files = artifacts.flat_map(|artifact| artifact["files"].as_array().cloned().unwrap_or_default());
    files.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}
