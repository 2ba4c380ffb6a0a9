//! Runs the parts in a world of their own.

use std::path::PathBuf;
use std::process::{Command, Output};

/// A fresh HOME with nothing in it, and a build.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
    pub(crate) id: String,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), id: ulid::Ulid::generate().to_string() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file in the build's state folder.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path(".local/state/kiln").join(&self.id).join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("TMPDIR", self.home.path())
            .env("KILN_TEST_ID", &self.id)
            .current_dir(self.home.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a part that has to do well; gives its standard output.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.run(&["stop"]);
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs a program of the system to its end; gives its standard output.
pub(crate) fn sh(script: &str, arguments: &[&str]) -> String {
    let output = Command::new("sh").args(["-ec", script, "sh"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{script}: {}\nmake setup installs what is missing", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The program, which cargo builds with the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/machine-parts");
    assert!(program.is_file(), "{} is not built: 'cargo build --examples'", program.display());
    program
}
