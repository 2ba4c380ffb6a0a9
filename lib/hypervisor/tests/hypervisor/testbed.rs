//! A build of a test's own, and the guest of the testbed.

use record::Build;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// A build with its folders; what it started ends with it.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) build: Build,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("kiln-test-").unwrap();
        // The folder's name is the build's id, by which its processes are found.
        let state = folder.path().join(folder.path().file_name().unwrap());
        std::fs::create_dir(&state).unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        let build = Build::in_folder(&state, CancellationToken::new()).unwrap();
        Self { folder, build }
    }

    /// The work folder.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// A file in the work folder.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.work().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for pid in record::process::detached(self.build.id()) {
            let _ = record::process::kill(pid, self.build.id());
        }
    }
}

/// A file of the testbed's guest, made by `make setup`.
pub(crate) fn guest(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let testbed = std::env::var_os("TESTBED_DIR").map_or_else(|| root.join(".testbed"), PathBuf::from);
    let path = testbed.join("guest").join(name);
    assert!(path.is_file(), "{} is missing: run 'make setup' first", path.display());
    path
}
