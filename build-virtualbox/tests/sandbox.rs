//! A folder of a test's own, with everything that the tool writes to, and what the testbed has.

use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// Where one test runs. Dropped, what it started is swept.
pub(crate) struct Sandbox {
    folder: TempDir,
    /// The build's: processes are found by it, whoever's they are.
    id: String,
}

/// What the tool has done.
pub(crate) struct Run {
    pub(crate) output: Output,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap(), id: ulid::Ulid::generate().to_string() };
        for name in ["home", "state", "tmp", "bin", "cache"] {
            fs::create_dir(sandbox.path(name)).unwrap();
        }
        sandbox
    }

    /// A sandbox in which `VBoxManage` is the testbed's, with machines under QEMU.
    pub(crate) fn with_virtualbox() -> Self {
        let sandbox = Self::new();
        let wrapper = testbed("virtualbox/VBoxManage-qemu");
        std::os::unix::fs::symlink(wrapper, sandbox.path("bin/VBoxManage")).unwrap();
        sandbox.virtualbox(&["setproperty", "machinefolder", sandbox.path("machines").to_str().unwrap()]);
        sandbox
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The build's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The build's state folder.
    pub(crate) fn state(&self) -> PathBuf {
        self.path("state/kiln").join(&self.id)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn environment(&self, command: &mut Command) {
        let path = format!("{}:{}", self.text("bin"), std::env::var("PATH").unwrap());
        let socket = self.folder.path().file_name().unwrap().to_owned();
        command
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("TMPDIR", self.path("tmp"))
            .env("VBOX_USER_HOME", self.path("home/virtualbox"))
            .env("VBOX_IPC_SOCKETID", socket)
            .env("REAL_VBOXMANAGE", testbed_folder().join("virtualbox/VBoxManage"))
            .env("PACKER_KEY_INTERVAL", "10ms");
    }

    /// Runs the real VBoxManage and gives what it prints.
    pub(crate) fn virtualbox(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(testbed("virtualbox/VBoxManage"));
        self.environment(&mut command);
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "VBoxManage {arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A planned record, written to `planned.jsonl`.
    pub(crate) fn plan(&self, kind: &str, options: Value) {
        let record = json!({
            "kiln": 1, "id": self.id, "build": "web", "type": kind, "status": "planned", "builder": options,
        });
        fs::write(self.path("planned.jsonl"), format!("{record}\n")).unwrap();
    }

    /// Starts the tool on the planned record; its events go to `events`, its records to `out.jsonl`.
    pub(crate) fn start(&self) -> Child {
        let mut command = Command::new("sh");
        self.environment(&mut command);
        let script = format!(
            "exec {} --json --events 9 9> events < planned.jsonl > out.jsonl 2> stderr",
            env!("CARGO_BIN_EXE_build-virtualbox")
        );
        command.args(["-c", &script]).stdin(Stdio::null()).spawn().unwrap()
    }

    /// Runs the tool on the planned record, and gives the record that it writes.
    pub(crate) fn build(&self) -> Map<String, Value> {
        self.start().wait().unwrap();
        let out = fs::read_to_string(self.path("out.jsonl")).unwrap();
        let said = fs::read_to_string(self.path("stderr")).unwrap();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{said}"))
    }

    /// What `check` says of the planned record.
    pub(crate) fn check(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_build-virtualbox"));
        self.environment(&mut command);
        let record = fs::File::open(self.path("planned.jsonl")).unwrap();
        let output = command.arg("check").stdin(record).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, for a build that has to succeed.
    pub(crate) fn built(&self) -> Map<String, Value> {
        let record = self.build();
        let said = fs::read_to_string(self.path("stderr")).unwrap();
        assert_eq!(record["status"], "built", "{record:#?}\n{said}");
        record
    }

    /// Runs the tool with arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_build-virtualbox"));
        self.environment(&mut command);
        Run { output: command.args(arguments).stdin(Stdio::null()).output().unwrap() }
    }

    /// What there still is of the build: work folders, processes, files beside its log.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let mut found = Vec::new();
        let in_folder = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in in_folder(self.folder.path().to_owned()) {
            if entry.file_name().to_string_lossy().starts_with(".kiln-") {
                found.push(entry.path().display().to_string());
            }
        }
        for entry in in_folder(self.state()) {
            if !["log", "console.png", "console.txt"].iter().any(|name| entry.file_name() == *name) {
                found.push(entry.path().display().to_string());
            }
        }
        let here = self.folder.path().as_os_str().as_encoded_bytes();
        for entry in in_folder(PathBuf::from("/proc")) {
            let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
            let is_detached = contains(&environment, format!("KILN_MACHINE_OF={}", self.id).as_bytes());
            if is_detached || contains(&command, here) {
                found.push(String::from_utf8_lossy(&command).replace('\0', " "));
            }
        }
        found
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.run(&["sweep", "--all"]);
    }
}

impl Run {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn testbed_folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::env::var_os("TESTBED_DIR")
        .map_or_else(|| root.join(".testbed"), PathBuf::from)
        .canonicalize()
        .unwrap()
}

/// A file of the testbed.
pub(crate) fn testbed(name: &str) -> PathBuf {
    let path = testbed_folder().join(name);
    assert!(path.exists(), "{} is not there; 'make setup' makes it", path.display());
    path
}

/// One object with the options of both.
pub(crate) fn with(base: &Value, more: Value) -> Value {
    let mut options = base.as_object().unwrap().clone();
    options.extend(more.as_object().unwrap().clone());
    Value::Object(options)
}

/// How the tiny guest is reached and shut down.
pub(crate) fn guest() -> Value {
    json!({
        "communicator": "ssh", "ssh_username": "root", "ssh_timeout": "20m", "headless": true,
        "ssh_private_key_file": testbed("guest/key"), "shutdown_command": "poweroff", "shutdown_timeout": "5m",
        "guest_additions_mode": "disable", "guest_additions_interface": "ide", "virtualbox_version_file": ".vbox_version",
        "host_port_min": 20000, "host_port_max": 29000, "vrdp_port_min": 29100, "vrdp_port_max": 29900,
        "vrdp_bind_address": "127.0.0.1", "http_port_min": 18000, "http_port_max": 19000,
    })
}
