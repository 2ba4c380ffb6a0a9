//! A test's own home, VMware installation and guest.

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A place of a test; what it started ends with it.
pub(crate) struct Place {
    folder: TempDir,
    id: String,
}

impl Place {
    /// A new place, with VMware's programs on its `PATH` where they are wanted.
    pub(crate) fn new(installed: bool) -> Self {
        let folder = TempDir::with_prefix("kiln-vmware-").unwrap();
        for name in ["home", "tmp", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let place = Self { folder, id: ulid::Ulid::generate().to_string() };
        if installed {
            let socket = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
            // The guest reaches this computer by any of its own addresses but the loopback ones.
            let host = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
            let host = host.expect("this test needs a network interface besides the loopback").ip();
            let install = root().join("tests/vmware/standin/install.py");
            let mut command = Command::new("python3");
            command.arg("-B").arg(install).arg(place.path("vmware")).arg(host.to_string());
            assert!(command.status().unwrap().success());
        }
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the folder in which the tools run.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// One of the stand-ins.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.path("vmware/bin").join(name));
        command.current_dir(self.path("work"));
        command
    }

    /// The tool in this place.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_build-vmware"));
        let inherited = std::env::var("PATH").unwrap();
        command
            .args(arguments)
            .env_clear()
            .env("PATH", format!("{}:{inherited}", self.path("vmware/bin").display()))
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("TMPDIR", self.path("tmp"))
            .current_dir(self.path("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts the tool with a record.
    pub(crate) fn start(&self, record: &Value) -> Child {
        let mut child = self.tool(&["--json"]).spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{record}\n").as_bytes()).unwrap();
        child
    }

    /// The same, with its events in the file `events`.
    pub(crate) fn start_with_events(&self, record: &Value) -> Child {
        let tool = self.tool(&["--json", "--events", "9"]);
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 9> events"]).arg(tool.get_program()).args(tool.get_args());
        command.env_clear().envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.path("work"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(format!("{record}\n").as_bytes()).unwrap();
        child
    }

    /// Runs the tool with a record and gives what comes of it, which has to be in this status.
    pub(crate) fn run(&self, record: &Value, status: &str) -> Value {
        let output = self.start(record).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let record: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
        assert_eq!(record["status"], status, "{said}");
        record
    }

    /// Runs `sweep` and gives what it printed.
    pub(crate) fn sweep(&self) -> Output {
        self.tool(&["sweep", "--json"]).stdin(Stdio::null()).output().unwrap()
    }

    /// A planned record with these options, over those of the guest.
    pub(crate) fn record(&self, kind: &str, options: Value) -> Value {
        let mut builder = json!({
            "vm_name": "web", "display_name": "web", "version": 21, "guest_os_type": "debian12-64", "format": "vmx",
            "headless": true, "vmdk_name": "disk", "disk_type_id": "1", "disk_adapter_type": "lsilogic",
            "vnc_bind_address": "127.0.0.1", "vnc_port_min": 5900, "vnc_port_max": 6900,
            "tools_upload_path": "{{ .Flavor }}.iso",
            "communicator": "ssh", "ssh_username": "root", "ssh_password": "packer", "ssh_timeout": "9m",
            "output_directory": "out", "shutdown_command": "poweroff", "shutdown_timeout": "5m",
        });
        builder.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        json!({
            "kiln": 1, "id": self.id, "build": "web", "type": kind, "status": "planned", "builder": builder,
            "provisioners": [{"type": "shell", "inline": ["true"]}],
        })
    }

    /// A machine with the guest's disk, as VMware writes it.
    pub(crate) fn guest_machine(&self, adapter: &str, nic: &str) -> PathBuf {
        let folder = self.work("source");
        fs::create_dir(&folder).unwrap();
        let options = "subformat=twoGbMaxExtentSparse,adapter_type=lsilogic";
        let mut convert = Command::new("qemu-img");
        convert.args(["convert", "-f", "raw", "-O", "vmdk", "-o", options]);
        convert.arg(testbed("disk.img")).arg(folder.join("disk.vmdk"));
        assert!(convert.status().unwrap().success());
        let path = folder.join("base.vmx");
        let text = format!(
            "# kept\n.encoding = \"UTF-8\"\nconfig.version = \"8\"\nvirtualHW.version = \"21\"\nguestOS = \"debian12-64\"\n\
             displayName = \"base\"\nmemsize = \"256\"\nscsi0.present = \"TRUE\"\nscsi0.virtualDev = \"{adapter}\"\n\
             scsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"disk.vmdk\"\nethernet0.present = \"TRUE\"\n\
             ethernet0.connectionType = \"nat\"\nethernet0.virtualDev = \"{nic}\"\nethernet0.addressType = \"generated\"\n\
             floppy0.present = \"FALSE\"\n"
        );
        fs::write(&path, text).unwrap();
        path
    }

    /// The key that opens the guest.
    pub(crate) fn key(&self) -> PathBuf {
        let key = self.path("key");
        if !key.exists() {
            fs::copy(testbed("key"), &key).unwrap();
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        }
        key
    }

    /// Runs a command in the machine of a record.
    pub(crate) fn ssh(&self, record: &Value, command: &str) -> String {
        let key = self.key();
        let machine = &record["machine"];
        let known =
            ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
        let mut ssh = Command::new("ssh");
        ssh.arg("-i").arg(&key).args(known).args(["-p", &machine["port"].to_string()]);
        ssh.arg(format!("root@{}", machine["host"].as_str().unwrap())).arg(command);
        ssh.stdin(Stdio::null());
        let mut output = ssh.output().unwrap();
        // A server that makes its keys at the first connection may close the next one.
        for _ in 0..30 {
            if output.status.code() != Some(255) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
            output = ssh.output().unwrap();
        }
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Nothing is left: no work folder, no process, no notes.
    pub(crate) fn is_clean(&self) {
        for entry in fs::read_dir(self.path("work")).unwrap() {
            let name = entry.unwrap().file_name().to_string_lossy().into_owned();
            assert!(!name.starts_with(".kiln-"), "{name} is left");
        }
        let own = self.folder.path().display().to_string();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            assert!(!(line.contains("qemu-system") && line.contains(&own)), "left: {line}");
        }
        assert!(!self.path("state/kiln").join(&self.id).join("machine.json").exists());
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Whatever runs from here, also when the test failed.
        let own = self.folder.path().display().to_string();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            let pid =
                process.file_name().to_string_lossy().parse().ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid.filter(|_| line.contains(&own) && !line.contains("target/debug/deps")) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
}

/// The source tree.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file of the testbed's guest, made by `make setup`.
pub(crate) fn testbed(name: &str) -> PathBuf {
    let testbed = std::env::var_os("TESTBED_DIR").map_or_else(|| root().join(".testbed"), PathBuf::from);
    let path = testbed.join("guest").join(name);
    assert!(path.is_file(), "{} is missing: run 'make setup' first", path.display());
    path
}
