//! A lock that really excludes: for files that several builds, tools and pipelines add to.

use record::{Build, Failure, file};
use rustix::fs::{FlockOperation, flock};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A lock on a path, held until this is dropped. It is `flock` on `PATH.lock`: the system takes it back when a process
/// dies, so nothing has to be cleaned up, and waiting processes cannot give up and write anyway (as Packer's do).
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    _file: File,
}

impl Lock {
    /// Waits for the lock on `path` and takes it. The folder of `path` is made where it is missing.
    ///
    /// # Errors
    /// When the lock's file cannot be made, and as an interruption when the build is cancelled.
    pub fn take(path: &Path, build: &Build) -> Result<Self, Failure> {
        let mut name = OsString::from(path);
        name.push(".lock");
        let lock = PathBuf::from(name);
        if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
            fs::create_dir_all(folder).map_err(|error| file::io(folder, "cannot make the folder", &error))?;
        }
        let begun = Instant::now();
        let mut said = false;
        loop {
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&lock)
                .map_err(|error| file::io(&lock, "cannot write", &error))?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_current(&file, &lock) => return Ok(Self { path: lock, _file: file }),
                // Whoever held it has removed the file that we have locked.
                Ok(()) => continue,
                Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => {}
                Err(error) => return Err(file::io(&lock, "cannot lock", &error.into())),
            }
            if build.is_cancelled() {
                return Err(Failure::interrupted());
            }
            if !said && begun.elapsed() > Duration::from_secs(2) {
                said = true;
                build.say(format!("waiting for another process that writes {}", path.display()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still locked: who waits for it then finds that it is not the current one.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether the open file is still the one that the path names.
fn is_current(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(ours), Ok(named)) => ours.ino() == named.ino() && ours.dev() == named.dev(),
        _ => false,
    }
}
