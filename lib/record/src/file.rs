//! Files that appear whole or not at all.

use crate::failure::Failure;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file that is being written beside its final place and gets its name when it is complete.
/// Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl NewFile {
    /// Starts a file; its missing folders are made (0755). With `replace` an existing file gives way at the end.
    ///
    /// # Errors
    /// When the file exists and `replace` is false, or its folder cannot be written.
    pub fn create(path: &Path, replace: bool) -> Result<Self, Failure> {
        if !replace && path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(|error| io(folder, "cannot make the folder", &error))?;
        let file = tempfile::Builder::new()
            .prefix(".kiln-")
            .permissions(fs::Permissions::from_mode(0o644))
            .tempfile_in(folder)
            .map_err(|error| io(path, "cannot write", &error))?;
        Ok(Self { file, path: path.to_owned(), replace })
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut fs::File {
        self.file.as_file_mut()
    }

    /// Gives the file its mode (such as 0o600) before it gets its name.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn set_mode(&self, mode: u32) -> Result<(), Failure> {
        self.file
            .as_file()
            .set_permissions(fs::Permissions::from_mode(mode))
            .map_err(|error| io(&self.path, "cannot set the mode of", &error))
    }

    /// Makes the file appear under its name.
    ///
    /// # Errors
    /// When it exists by now and was not to be replaced, or the system refuses.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { file, path, replace } = self;
        let done = if replace { file.persist(&path) } else { file.persist_noclobber(&path) };
        match done {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(error) => Err(io(&path, "cannot write", &error.error)),
        }
    }
}

/// Writes a whole file at once, with the mode given; see [`NewFile`].
///
/// # Errors
/// As for [`NewFile::create`] and [`NewFile::finish`].
pub fn write(path: &Path, content: &[u8], mode: u32, replace: bool) -> Result<(), Failure> {
    let mut new = NewFile::create(path, replace)?;
    new.file().write_all(content).map_err(|error| io(path, "cannot write", &error))?;
    new.set_mode(mode)?;
    new.finish()
}

/// Reads a whole file of at most `most` bytes, and never more than one byte beyond: what somebody names may be a device or a
/// pipe that has no end. `failed` is how messages begin: `cannot read`.
///
/// # Errors
/// When it cannot be read, is a folder, or is longer.
pub fn read(path: &Path, failed: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let file = fs::File::open(path).map_err(|error| io(path, failed, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Failure::new(format!("{failed} {}: it is a folder", path.display())));
    }
    read_from(file, path, failed, most)
}

/// The same of what is open already; `path` is what messages call it.
///
/// # Errors
/// As for [`read`].
pub fn read_from(reader: impl Read, path: &Path, failed: &str, most: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| io(path, failed, &error))?;
    if bytes.len() as u64 > most {
        let failure = Failure::new(format!("{} is larger than {} MiB", path.display(), most >> 20));
        return Err(failure.hint("such files are texts of some kilobytes; is this another one?"));
    }
    Ok(bytes)
}

/// The failure of an I/O call: `cannot read PATH: reason`.
pub fn io(path: &Path, what: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("{what} {}: {error}", path.display()))
}

fn exists(path: &Path) -> Failure {
    Failure::new(format!("{} exists already", path.display()))
        .hint("remove it, choose another name, or run with --force")
}
