//! State folders: `$XDG_STATE_HOME/kiln/ID/`, one for each build, from before its machine exists
//! until it is gone.

use crate::env;
use crate::failure::Failure;
use crate::file;
use crate::record_line::Record;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The record as it was last written here.
pub const RECORD: &str = "record.json";
/// The full log, with time stamps.
pub const LOG: &str = "log";
/// The temporary private key.
pub const KEY: &str = "key.pem";

/// A build's folder, mode 0700. Files in it are 0600.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder {
    path: PathBuf,
}

impl StateFolder {
    /// The folder that holds the state folders: `$XDG_STATE_HOME/kiln`, else `~/.local/state/kiln`.
    ///
    /// # Errors
    /// When neither `XDG_STATE_HOME` nor `HOME` is set.
    pub fn root() -> Result<PathBuf, Failure> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        set(env::XDG_STATE_HOME)
            .filter(|path| path.is_absolute())
            .or_else(|| set("HOME").map(|home| home.join(".local/state")))
            .map(|base| base.join("kiln"))
            .ok_or_else(|| {
                Failure::usage("there is no place for state folders").hint("set HOME or XDG_STATE_HOME")
            })
    }

    /// Opens a build's folder and makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(id: &str) -> Result<Self, Failure> {
        let path = Self::root()?.join(id);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(|error| file::io(&path, "cannot make the state folder", &error))?;
        Ok(Self { path })
    }

    /// All folders that are there now, oldest first.
    ///
    /// # Errors
    /// When the root exists and cannot be read.
    pub fn all() -> Result<Vec<Self>, Failure> {
        let root = Self::root()?;
        let entries = match fs::read_dir(&root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(file::io(&root, "cannot read", &error)),
        };
        let mut folders: Vec<Self> = entries
            .flatten()
            .map(|entry| Self { path: entry.path() })
            .filter(|folder| folder.path.is_dir())
            .collect();
        folders.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(folders)
    }

    /// The folder's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The build's id: the folder's name.
    pub fn id(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file in the folder, mode 0600; an older one of that name gives way when it is complete.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.file(name);
        file::write(&path, content, 0o600, true)?;
        Ok(path)
    }

    /// Keeps the record, so that `sweep` knows what a killed process held.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, record: &Record) -> Result<(), Failure> {
        self.write(RECORD, record.to_line().as_bytes()).map(drop)
    }

    /// The record that was last kept here, if it can be read.
    pub fn saved(&self) -> Option<Record> {
        Record::parse(&fs::read_to_string(self.file(RECORD)).ok()?).ok()
    }

    /// Removes the folder and all in it.
    ///
    /// # Errors
    /// When it cannot be removed; that it is gone already is none.
    pub fn remove(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(file::io(&self.path, "cannot remove", &error))
            }
            _ => Ok(()),
        }
    }
}
