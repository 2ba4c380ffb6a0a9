//! Files that appear under their names when they are whole.

use crate::Error;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::NamedTempFile;

/// A file that has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256 in lower-case hexadecimal digits; empty where [`super::Options::undigested`] asks for none.
    pub sha256: String,
}

/// A file in progress, beside its place. Dropped before it is finished, it is gone.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    place: Place,
}

/// Where the bytes go.
#[derive(Debug)]
enum Place {
    /// Into a file of its own.
    Own(NamedTempFile),
    /// Into somebody's file, from an offset on; with how many bytes there are so far.
    Part { file: File, start: u64, length: AtomicU64 },
}

impl Output {
    /// Begins a file.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".disk-")
            .suffix(".part")
            .permissions(std::fs::Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), place: Place::Own(file) })
    }

    /// Begins a file inside another: a member of an archive, which bears `name`.
    pub(crate) fn inside(file: &File, start: u64, name: &str) -> Result<Self, Error> {
        let path = PathBuf::from(name);
        let file = file.try_clone().map_err(|error| unwritable(&path, &error))?;
        Ok(Self { path, place: Place::Part { file, start, length: AtomicU64::new(0) } })
    }

    /// The name that it gets.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all the bytes at an offset.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), Error> {
        let written = match &self.place {
            Place::Own(file) => file.as_file().write_all_at(bytes, offset),
            Place::Part { file, start, length } => {
                length.fetch_max(offset + bytes.len() as u64, Ordering::Relaxed);
                file.write_all_at(bytes, start + offset)
            }
        };
        written.map_err(|error| unwritable(&self.path, &error))
    }

    /// Makes the file this long: what isn't written is a hole.
    pub(crate) fn set_length(&self, length: u64) -> Result<(), Error> {
        let done = match &self.place {
            Place::Own(file) => file.as_file().set_len(length),
            Place::Part { length: own, .. } => {
                own.fetch_max(length, Ordering::Relaxed);
                Ok(())
            }
        };
        done.map_err(|error| unwritable(&self.path, &error))
    }

    fn describe(&self, undigested: bool) -> Result<WrittenFile, Error> {
        let described = match &self.place {
            Place::Own(file) if undigested => {
                file.as_file().metadata().map(|file| (file.len(), String::new()))
            }
            Place::Own(file) => digest(file.as_file(), 0, u64::MAX),
            Place::Part { length, .. } if undigested => Ok((length.load(Ordering::Relaxed), String::new())),
            Place::Part { file, start, length } => {
                digest(file, *start, start + length.load(Ordering::Relaxed))
            }
        };
        let (size, sha256) = described.map_err(|error| unwritable(&self.path, &error))?;
        Ok(WrittenFile { path: self.path.clone(), size, sha256 })
    }
}

/// Takes sizes and digests, and gives all files their names: the main one, which comes first, last.
pub(super) fn finish(outputs: Vec<Output>, undigested: bool) -> Result<Vec<WrittenFile>, Error> {
    let described =
        outputs.iter().map(|output| output.describe(undigested)).collect::<Result<Vec<_>, _>>()?;
    for output in outputs.into_iter().rev() {
        let path = output.path;
        let Place::Own(file) = output.place else { continue };
        file.persist(&path).map_err(|error| unwritable(&path, &error.error))?;
    }
    Ok(described)
}

/// Size and SHA-256 of what stands in a file from `start` to `end`, or to its end.
fn digest(file: &File, start: u64, end: u64) -> std::io::Result<(u64, String)> {
    let mut buffer = vec![0; 1 << 20];
    let (mut offset, mut hasher) = (start, Sha256::new());
    while offset < end {
        let wanted = usize::try_from(end - offset).unwrap_or(usize::MAX).min(buffer.len());
        match file.read_at(&mut buffer[..wanted], offset) {
            Ok(0) => break,
            Ok(length) => {
                hasher.update(&buffer[..length]);
                offset += length as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok((offset - start, hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let failure = Error::new(format!("{}: cannot be written: {error}", path.display()));
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            failure.hint("Make room on this file system.")
        }
        _ => failure,
    }
}
