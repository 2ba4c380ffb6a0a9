//! State folders: `$XDG_STATE_HOME/kiln/ID/`, one for each build, from before its machine exists
//! until it is gone.
//!
//! Whoever holds a build keeps a shared lock on the file `lock` and has its name in `owner`. So `sweep` can tell
//! what a killed process has left ([`StateFolder::is_abandoned`]) from what is being worked on.

mod owner;

pub(crate) use owner::is_tool;
pub use owner::{Owner, host};

use crate::env;
use crate::failure::Failure;
use crate::file;
use crate::record_line::{Record, is_ulid};
use rustix::fs::{FlockOperation, flock};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

/// The record as it was last written here.
pub const RECORD: &str = "record.json";
/// The full log, with time stamps.
pub const LOG: &str = "log";
/// The temporary private key.
pub const KEY: &str = "key.pem";
/// The console's last screenshot.
pub const SCREENSHOT: &str = "console.png";
/// The console's last rows of text.
pub const SCREEN_TEXT: &str = "console.txt";
/// The lock that a holder shares.
const LOCK: &str = "lock";
/// Who held the build last.
const OWNER: &str = "owner";
/// Says that the machine waits for somebody on purpose.
const HELD: &str = "held";

/// How long a killed tool, or a program that it was just starting, may still have the tool's locks.
const STARTING: Duration = Duration::from_secs(5);

/// How long the log of a failed build is kept.
const LOG_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A build's folder, mode 0700. Files in it are 0600.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFolder {
    path: PathBuf,
}

/// Keeps a build from being swept, until it is dropped or the process dies.
#[derive(Debug)]
pub struct Hold {
    _lock: Option<fs::File>,
}

impl StateFolder {
    /// The folder that holds the state folders: `$XDG_STATE_HOME/kiln`, else `~/.local/state/kiln`.
    ///
    /// # Errors
    /// When neither `XDG_STATE_HOME` nor `HOME` is set.
    pub fn root() -> Result<PathBuf, Failure> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
        root_of(set(env::XDG_STATE_HOME), set("HOME")).ok_or_else(|| {
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

    /// A folder that exists already, wherever it is.
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
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
            .filter(|folder| is_ulid(folder.id()) && folder.path.is_dir())
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

    /// Takes hold of the build: until the result is dropped, or this process dies, no `sweep` touches it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn hold(&self) -> Result<Hold, Failure> {
        self.claim()?;
        let path = self.file(LOCK);
        let lock = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| file::io(&path, "cannot open", &error))?;
        // A file system without locks leaves the owner's life as the only sign.
        let locked = flock(&lock, FlockOperation::LockShared).is_ok();
        Ok(Hold { _lock: locked.then_some(lock) })
    }

    /// Writes that this process has the build, without a lock: for records that wait in a queue.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn claim(&self) -> Result<(), Failure> {
        let owner = serde_json::to_vec(&Owner::this())
            .map_err(|error| Failure::from_error("cannot write the owner", &error))?;
        self.write(OWNER, &owner).map(drop)
    }

    /// Who held the build last, where that can be read.
    pub fn owner(&self) -> Option<Owner> {
        serde_json::from_slice(&fs::read(self.file(OWNER)).ok()?).ok()
    }

    /// Says that the machine waits for somebody on purpose, or no longer.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn set_held(&self, held: bool) -> Result<(), Failure> {
        let path = self.file(HELD);
        if held {
            return self.write(HELD, b"").map(drop);
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(file::io(&path, "cannot remove", &error))
            }
            _ => Ok(()),
        }
    }

    /// Whether the machine waits for somebody on purpose.
    pub fn is_held(&self) -> bool {
        self.file(HELD).exists()
    }

    /// Whether nobody has the build any more: no lock is held, nobody asked to keep the machine, and neither the
    /// last owner nor another Kiln tool of its pipeline lives.
    pub fn is_abandoned(&self) -> bool {
        let root = self.path.parent().unwrap_or(&self.path);
        !self.is_locked() && !self.is_held() && !self.owner().is_some_and(|owner| owner.may_live(root))
    }

    fn is_locked(&self) -> bool {
        fs::File::open(self.file(LOCK)).is_ok_and(|lock| {
            flock(&lock, FlockOperation::NonBlockingLockExclusive) == Err(rustix::io::Errno::WOULDBLOCK)
        })
    }

    /// The same, once a killed tool is gone and what it was just starting has become a program of its own: until then they
    /// have the tool's locks. Waits for that only where the last owner is dead, and no longer than [`STARTING`] in this process.
    fn is_soon_abandoned(&self) -> bool {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        while self.is_locked() {
            let is_hopeless = self.is_held() || self.owner().is_some_and(|owner| owner.lives());
            if is_hopeless || BEGUN.get_or_init(Instant::now).elapsed() > STARTING {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.is_abandoned()
    }

    /// Whether a sweep may take the build: nobody has it, and its machine is not kept on purpose unless `kept` takes that
    /// too. The sign of a kept machine goes then, but for a `dry_run`.
    pub fn is_free(&self, kept: bool, dry_run: bool) -> bool {
        if !self.is_held() || !kept {
            return self.is_soon_abandoned();
        }
        // What else than the wish to keep it speaks for somebody who has it?
        let _ = self.set_held(false);
        let free = self.is_soon_abandoned();
        if !free || dry_run {
            let _ = self.set_held(true);
        }
        free
    }

    /// What a sweep says of a build that it leaves alone.
    pub fn left_alone(&self) -> String {
        let why = if self.is_held() {
            "it is kept on purpose ('--all' takes it)"
        } else {
            "a tool is at work on it"
        };
        format!("left build {} alone: {why}", self.id())
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

    /// Removes all but the log and what stood on the screen: for a failed build whose machine is gone.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn keep_only_log(&self) -> Result<(), Failure> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(|error| file::io(&self.path, "cannot read", &error))?,
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if [LOG, SCREENSHOT, SCREEN_TEXT].iter().any(|kept| entry.file_name() == *kept) {
                continue;
            }
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            match removed {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(file::io(&path, "cannot remove", &error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether only the log of a failed build is left here, and is older than a week.
    pub fn is_old_log(&self) -> bool {
        let written = fs::metadata(self.file(LOG)).or_else(|_| fs::metadata(&self.path));
        let written = written.and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::now());
        let old = SystemTime::now().duration_since(written).is_ok_and(|age| age > LOG_LIFE);
        old && !self.file(RECORD).exists() && self.is_abandoned()
    }
}

/// Removes the logs of failed builds that are older than a week; gives how many there were. Part of every `sweep`.
///
/// # Errors
/// When the folders cannot be listed or one cannot be removed.
pub fn remove_old_logs() -> Result<usize, Failure> {
    let old: Vec<StateFolder> = StateFolder::all()?.into_iter().filter(StateFolder::is_old_log).collect();
    old.iter().try_for_each(StateFolder::remove)?;
    Ok(old.len())
}

/// The root that the two variables name; a value that is empty or not absolute counts as unset (XDG Base Directory).
fn root_of(state_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    state_home
        .filter(|path| path.is_absolute())
        .or_else(|| home.filter(|home| !home.as_os_str().is_empty()).map(|home| home.join(".local/state")))
        .map(|base| base.join("kiln"))
}

#[cfg(test)]
mod tests {
    use super::{LOG, RECORD, StateFolder, root_of};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    fn folder(root: &tempfile::TempDir) -> StateFolder {
        let path = root.path().join("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        std::fs::create_dir(&path).unwrap();
        StateFolder { path }
    }

    #[test]
    fn the_root_follows_the_xdg_rules() {
        let root = |state: &str, home: &str| root_of(Some(PathBuf::from(state)), Some(PathBuf::from(home)));
        assert_eq!(root("/state", "/home/me"), Some(PathBuf::from("/state/kiln")));
        assert_eq!(root("state", "/home/me"), Some(PathBuf::from("/home/me/.local/state/kiln")));
        assert_eq!(root("", ""), None);
    }

    #[test]
    fn a_held_build_is_not_abandoned() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(&root);
        assert!(folder.is_abandoned(), "nobody ever had it");
        let hold = folder.hold().unwrap();
        let owner = folder.owner().unwrap();
        assert_eq!(owner.pid, std::process::id());
        assert!(!folder.is_abandoned(), "locked");
        folder.write("owner", b"{}").unwrap();
        assert!(!folder.is_abandoned(), "locked, whatever the owner is");
        drop(hold);
        assert!(folder.is_abandoned());
        folder.claim().unwrap();
        assert!(!folder.is_abandoned(), "the owner lives");
        folder.write("owner", b"{}").unwrap();
        folder.set_held(true).unwrap();
        assert!(!folder.is_abandoned(), "kept on purpose");
        folder.set_held(false).unwrap();
        folder.set_held(false).unwrap();
        assert!(folder.is_abandoned());
    }

    #[test]
    fn what_a_dead_owner_was_starting_is_waited_for() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(&root);
        let hold = folder.hold().unwrap();
        assert!(!folder.is_free(false, false), "the owner lives");
        folder.write("owner", b"{}").unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(std::time::Duration::from_millis(50));
                drop(hold);
            });
            assert!(folder.is_free(false, false));
        });
    }

    #[test]
    fn files_are_private_and_only_the_log_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = folder(&root);
        for name in [LOG, RECORD, "key.pem"] {
            let path = folder.write(name, b"x").unwrap();
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::create_dir(folder.file("disks")).unwrap();
        folder.keep_only_log().unwrap();
        let names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, [LOG]);
        assert!(!folder.is_old_log(), "a new log");
        let week = std::time::SystemTime::now() - std::time::Duration::from_secs(8 * 24 * 3600);
        std::fs::File::open(folder.file(LOG)).unwrap().set_modified(week).unwrap();
        assert!(folder.is_old_log());
    }
}
