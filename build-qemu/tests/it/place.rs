//! A test's own home and working folder, and records to build there.

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// A boot sector that does nothing, for ever.
const IDLE: [u8; 3] = [0xf4, 0xeb, 0xfd];

/// A test's own home and working folder.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("kiln-test-").unwrap();
        for name in ["home", "state", "tmp", "work"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("work").join(name)
    }

    /// A disk with a boot sector that does nothing.
    pub(crate) fn idle_disk(&self) -> PathBuf {
        let mut disk = vec![0_u8; 1 << 20];
        disk[..IDLE.len()].copy_from_slice(&IDLE);
        disk[510..512].copy_from_slice(&[0x55, 0xaa]);
        disk[4096..4105].copy_from_slice(b"real data");
        let path = self.path("base.img");
        fs::write(&path, disk).unwrap();
        path
    }

    pub(crate) fn run(&self, input: &str) -> Output {
        let mut child = self.tool().spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The tool in this place.
    pub(crate) fn tool(&self) -> Command {
        self.in_place(env!("CARGO_BIN_EXE_build-qemu"))
    }

    fn in_place(&self, program: &str) -> Command {
        let folder = |name: &str| self.0.path().join(name);
        let mut command = Command::new(program);
        command
            .current_dir(folder("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", folder("home"))
            .env("XDG_STATE_HOME", folder("state"))
            .env("TMPDIR", folder("tmp"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts a record on its way, with the tool's events in the file `events`.
    pub(crate) fn start(&self, record: &Value) -> Child {
        fs::write(self.path("planned.jsonl"), format!("{record}\n")).unwrap();
        let script = "exec \"$0\" --json --events 9 9> events < planned.jsonl";
        self.in_place("sh").args(["-c", script, env!("CARGO_BIN_EXE_build-qemu")]).spawn().unwrap()
    }

    /// What there is of a build in the state folder.
    pub(crate) fn state(&self, id: &str) -> PathBuf {
        self.0.path().join("state/kiln").join(id)
    }

    /// Runs a record; gives what became of it.
    pub(crate) fn build(&self, record: &Value) -> Value {
        let output = self.run(&format!("{record}\n"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
    }

    /// Nothing but the result and what the test has made is in the working folder.
    pub(crate) fn assert_holds(&self, expected: &[&str]) {
        let entries = fs::read_dir(self.path("")).unwrap().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        assert_eq!(names, expected);
    }
}

/// A planned record with the options that `validate` fills in, and these.
pub(crate) fn planned(image: &Path, change: Value) -> Value {
    let mut builder = json!({
        "iso_url": image, "iso_checksum": "none", "iso_target_extension": "qcow2", "disk_image": true,
        "format": "qcow2", "disk_size": "2M", "disk_interface": "virtio", "disk_cache": "unsafe",
        "disk_discard": "unmap", "disk_detect_zeroes": "unmap", "memory": 256, "cpus": 1, "machine_type": "pc",
        "net_device": "virtio-net", "vm_name": "web", "accelerator": "tcg", "headless": true,
        "host_port_min": 20_000, "host_port_max": 29_999, "boot_wait": "-1s", "shutdown_timeout": "10m",
        "output_directory": "out", "communicator": "none",
    });
    builder.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    json!({
        "kiln": 1, "id": new_id(), "build": "qemu.web", "type": "qemu", "status": "planned",
        "builder": builder,
    })
}

/// An id that no other build on this computer has: by it processes are found.
fn new_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    format!("{now:022}{:04}", COUNT.fetch_add(1, Ordering::Relaxed))
}
