//! A place for one test: its own SSH server, home, state folder, fake builder; and records to feed.

mod sshd;

pub(crate) use sshd::Sshd;

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Notes what it is given and answers as a builder does.
const FAKE_BUILDER: &str = r#"#!/bin/sh
read -r line
printf '%s\n' "$line" >> "$FAKE_LOG"
printf '%s\n' "$line" | jq -c 'del(.machine) | if .status == "provisioned" then .status = "built" else . end'
"#;

/// Everything that a test needs, gone when it ends.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) sshd: Sshd,
}

/// What the tool wrote and how it ended.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The one record that was written.
    pub(crate) fn record(&self) -> Value {
        serde_json::from_str(self.stdout.trim())
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// What people read, without the build's name before each line and the indent of output.
    pub(crate) fn said(&self) -> Vec<&str> {
        self.stderr.lines().map(|line| line.strip_prefix("web:").unwrap_or(line).trim_start()).collect()
    }

    /// Fails the test unless all went well; gives the record.
    #[track_caller]
    pub(crate) fn well(&self) -> Value {
        assert_eq!(self.status, Some(0), "{}\n{}", self.stderr, self.stdout);
        self.record()
    }

    /// Fails the test unless the build failed; gives the message.
    #[track_caller]
    pub(crate) fn failed(&self) -> String {
        assert_eq!(self.status, Some(1), "{}\n{}", self.stderr, self.stdout);
        let record = self.record();
        assert_eq!(record["status"], "failed");
        record["error"]["message"].as_str().unwrap().to_owned()
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "state", "bin", "guest"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let fake = folder.path().join("bin/build-fake");
        fs::write(&fake, FAKE_BUILDER).unwrap();
        fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
        let sshd = Sshd::start(&folder.path().join("sshd"), "");
        Self { folder, sshd }
    }

    /// A path in the test's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as a text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file in the test's folder.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.text(name)
    }

    /// A record of a machine that runs, with these steps. `remote_folder` of shell steps is the test's own.
    pub(crate) fn record(&self, steps: Value) -> Value {
        let mut steps = steps;
        for step in steps.as_array_mut().unwrap() {
            if step["type"] == "shell"
                && step.get("remote_path").is_none()
                && step.get("remote_folder").is_none()
            {
                step["remote_folder"] = json!(self.text("guest"));
            }
        }
        json!({
            "kiln": 1, "id": ulid::Ulid::generate().to_string(), "build": "web", "type": "fake-x", "status": "running",
            "variables": {}, "sensitive": [],
            "builder": {"communicator": "ssh", "ssh_username": "root", "ssh_timeout": "2m"},
            "provisioners": steps, "post_processors": [],
            "machine": {
                "driver": "fake", "id": "m-1", "communicator": "ssh", "host": "127.0.0.1", "port": self.sshd.port(),
                "user": "root", "key_file": self.sshd.key(), "build": {"SourceAMI": "ami-1"}, "state": {}
            },
            "done": 0, "artifacts": [], "steps": []
        })
    }

    /// The tool, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provision"));
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.text("bin"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("FAKE_LOG", self.path("fake.log"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the tool over one record.
    pub(crate) fn run(&self, arguments: &[&str], record: &Value) -> Ran {
        finish(start(&mut self.command(arguments), record))
    }

    /// Runs steps and expects the build to end well.
    #[track_caller]
    pub(crate) fn steps(&self, steps: Value) -> Ran {
        self.run(&[], &self.record(steps))
    }

    /// What the fake builder was given: the status of each record.
    pub(crate) fn builder_saw(&self) -> Vec<Value> {
        let log = fs::read_to_string(self.path("fake.log")).unwrap_or_default();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What is left in the folder where scripts go.
    pub(crate) fn left_behind(&self) -> Vec<String> {
        names(&self.path("guest"))
    }
}

/// Starts a command and gives it a record; its input is closed then.
pub(crate) fn start(command: &mut Command, record: &Value) -> Child {
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{record}").unwrap();
    child
}

/// Waits for a started command.
pub(crate) fn finish(child: Child) -> Ran {
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Looks again and again until something is so. Gives up after half a minute.
pub(crate) fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !ready() {
        assert!(begun.elapsed().as_secs() < 120, "waited in vain until {what}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
