//! The cache: Packer's folder and names, so that what Packer has fetched is found (Packer SDK, `packer/cache.go`,
//! `commonsteps/step_download.go`).

use super::Request;
use super::checksum::Checksum;
use super::source::Remote;
use record::wait::{Seen, Wait};
use record::{Build, Failure, cache, file};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another process may take to fetch the same file.
const OTHERS_LIMIT: Duration = Duration::from_secs(12 * 3600);

/// Where a file is put: its folder is made.
///
/// # Errors
/// When there is no place for a cache, or the folder cannot be made.
pub(super) fn target(
    request: &Request,
    remote: &Remote,
    checksum: Option<&Checksum>,
) -> Result<PathBuf, Failure> {
    let path = place(request, remote, checksum)?;
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder).map_err(|error| file::io(folder, "cannot make the folder", &error))?;
    Ok(path)
}

/// Where a file would be put.
///
/// # Errors
/// When there is no place for a cache.
pub(super) fn place(
    request: &Request,
    remote: &Remote,
    checksum: Option<&Checksum>,
) -> Result<PathBuf, Failure> {
    let key = checksum.map_or_else(|| remote.url.clone(), Checksum::text);
    let mut name = sha1(key.as_bytes());
    if !request.extension.is_empty() {
        name = format!("{name}.{}", request.extension);
    }
    let path = match &request.target {
        None => cache::folder()?.join(name),
        Some(target) if target.extension().is_none() => target.join(name),
        Some(target) => target.clone(),
    };
    std::path::absolute(&path).map_err(|error| file::io(&path, "cannot find the place of", &error))
}

fn sha1(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A path with something after its whole name: `a.iso` and `partial` give `a.iso.partial`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a file that may be gone already.
///
/// # Errors
/// When it cannot be removed.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(file::io(path, "cannot remove", &error))
        }
        _ => Ok(()),
    }
}

/// The right to fetch a file, which one process has at a time; Packer takes the same lock. It ends with the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; says what another process does meanwhile.
    ///
    /// # Errors
    /// When the lock's file cannot be made or the build is stopped.
    pub(super) async fn take(target: &Path, build: &Build) -> Result<Self, Failure> {
        let path = beside(target, "lock");
        let lock = OpenOptions::new().create(true).append(true).open(&path);
        let lock = lock.map_err(|error| file::io(&path, "cannot write", &error))?;
        let partial = beside(target, "partial");
        Wait::new("another process, which fetches the same file", OTHERS_LIMIT)
            .every(Duration::from_millis(50), Duration::from_secs(1))
            .until(build, async || match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    let size = partial.metadata().map_or(0, |metadata| metadata.len());
                    Ok(Seen::NotYet(format!("{} MiB so far", size >> 20)))
                }
                // A file system without locks: the rename at the end still is whole.
                _ => Ok(Seen::Ready(())),
            })
            .await?;
        Ok(Self { _file: lock })
    }
}

/// What a server says that tells versions of a file apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Validators {
    /// The URL.
    pub(super) url: String,
    /// `ETag`, where it is a strong one.
    pub(super) etag: Option<String>,
    /// `Last-Modified`.
    pub(super) modified: Option<String>,
    /// Size of the whole file.
    pub(super) length: Option<u64>,
}

/// What is remembered of a file that was checked, so that it is read again only when it has changed.
#[derive(Debug, Clone)]
pub(super) struct Note {
    path: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Noted {
    stamp: Stamp,
    checksum: Option<String>,
    validators: Option<Validators>,
}

/// What changes whenever a file does: nobody can set the time of its last change (`ctime`).
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let file = path.metadata().ok()?;
        Some(Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        })
    }
}

impl Note {
    /// The note of a file in the cache.
    pub(super) fn beside(target: &Path) -> Self {
        Self { path: Some(beside(target, "verified")) }
    }

    /// The note of the user's own file: in the cache, named after its path.
    pub(super) fn of_local(path: &Path) -> Self {
        let name = || {
            Some(
                cache::folder().ok()?.join(format!("{}.verified", sha1(path.as_os_str().as_encoded_bytes()))),
            )
        };
        Self { path: name() }
    }

    fn read(&self) -> Noted {
        let read = || serde_json::from_slice(&fs::read(self.path.as_ref()?).ok()?).ok();
        read().unwrap_or_default()
    }

    /// Whether the file has not changed since that checksum was found to be right.
    pub(super) fn says(&self, path: &Path, checksum: &Checksum) -> bool {
        let noted = self.read();
        noted.checksum == Some(checksum.text()) && Some(noted.stamp) == Stamp::of(path)
    }

    /// What the server said of the file, where it has not changed since.
    pub(super) fn validators(&self, path: &Path) -> Option<Validators> {
        let noted = self.read();
        noted.validators.filter(|_| Some(noted.stamp) == Stamp::of(path))
    }

    /// Notes what is known of a file. A note that cannot be written only costs time later.
    pub(super) fn write(&self, path: &Path, checksum: Option<&Checksum>, validators: Option<&Validators>) {
        let (Some(note), Some(stamp)) = (&self.path, Stamp::of(path)) else { return };
        let noted = Noted { stamp, checksum: checksum.map(Checksum::text), validators: validators.cloned() };
        if let Ok(text) = serde_json::to_vec(&noted) {
            let _ = file::write(note, &text, 0o644, true);
        }
    }
}
