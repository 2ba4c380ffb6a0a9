//! The real VirtualBox takes our appliances without a word, and we read what it writes.

mod import;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// VirtualBox with settings of its own.
pub(crate) struct VirtualBox {
    program: PathBuf,
    folder: TempDir,
}

impl VirtualBox {
    /// The testbed's VirtualBox; its settings and machines are in a folder that goes when this is dropped.
    pub(crate) fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let testbed = std::env::var_os("TESTBED_DIR").map_or_else(|| root.join(".testbed"), PathBuf::from);
        let program = testbed.join("virtualbox/VBoxManage");
        assert!(program.exists(), "{} is not there; 'make setup' makes it", program.display());
        let virtualbox = Self { program, folder: tempfile::tempdir().unwrap() };
        virtualbox.run(&["setproperty", "machinefolder", virtualbox.path("machines").to_str().unwrap()]);
        virtualbox
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs VBoxManage and gives what it says; what it says wrong fails the test.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "VBoxManage {arguments:?}:\n{stdout}\n{stderr}");
        output
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let home = self.path("home");
        // VBoxSVC is found by the socket's name: without one of its own, another test's would answer.
        let socket = self.folder.path().file_name().unwrap();
        command.args(arguments).env("VBOX_USER_HOME", home).env("VBOX_IPC_SOCKETID", socket);
        command
    }

    /// The machine's settings as `showvminfo --machinereadable` gives them.
    pub(crate) fn info(&self, machine: &str) -> String {
        let output = self.run(&["showvminfo", machine, "--machinereadable"]);
        String::from_utf8(output.stdout).unwrap()
    }
}
