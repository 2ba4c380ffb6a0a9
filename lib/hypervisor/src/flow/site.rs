//! Where a build's things lie, and what is noted of them.

use record::state::StateFolder;
use record::{Build, Failure, Record, file};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The notes' file in the state folder.
const FILE: &str = "machine.json";
/// Where a result that is replaced waits to be removed, in the work folder.
const REPLACED: &str = "replaced";

/// What is known of a build's machine, wherever its record is read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Notes {
    /// The driver's name.
    driver: String,
    /// The work folder.
    folder: PathBuf,
    /// Where the result goes.
    output: PathBuf,
    /// The folder that is the result, by device and number, from before it gets its place: until all else is gone, no record
    /// tells of it.
    result: Option<(u64, u64)>,
    /// The driver's own notes.
    state: Map<String, Value>,
}

/// A build's place on this computer: the work folder, the output folder, and the notes, which are kept in the state folder
/// and go with the record.
#[derive(Debug, Clone)]
pub struct Site {
    state_folder: StateFolder,
    notes: Arc<Mutex<Notes>>,
}

impl Site {
    /// Plans a new site: the work folder stands beside the output folder, so that the result is renamed into its place. Notes it,
    /// and makes nothing yet.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn plan(driver: &str, output: &Path, build: &Build) -> Result<Self, Failure> {
        let absolute = std::path::absolute(output)
            .map_err(|error| file::io(output, "cannot find the place of", &error))?;
        let parent = absolute.parent().unwrap_or(&absolute);
        let notes = Notes {
            driver: driver.to_owned(),
            folder: parent.join(format!(".kiln-{}", build.id())),
            output: absolute.clone(),
            ..Notes::default()
        };
        let site = Self { state_folder: build.folder().clone(), notes: Arc::new(Mutex::new(notes)) };
        site.save()?;
        Ok(site)
    }

    /// The site of a build that was begun: as the state folder knows it, else as the record does. `None`: nothing was begun.
    ///
    /// # Errors
    /// When the record's notes cannot be read.
    pub fn find(record: &Record, folder: &StateFolder) -> Result<Option<Self>, Failure> {
        if let Some(site) = Self::open(folder) {
            return Ok(Some(site));
        }
        let Some(machine) = record.machine()? else { return Ok(None) };
        let notes: Notes = serde_json::from_value(Value::Object(machine.state)).map_err(|error| {
            Failure::from_error("the record's machine.state is not as it should be", &error)
                .hint("pass records on as the tools print them")
        })?;
        Ok(Some(Self { state_folder: folder.clone(), notes: Arc::new(Mutex::new(notes)) }))
    }

    /// The site that a state folder knows: for a look at other builds.
    pub fn open(folder: &StateFolder) -> Option<Self> {
        let notes = serde_json::from_slice(&fs::read(folder.file(FILE)).ok()?).ok()?;
        Some(Self { state_folder: folder.clone(), notes: Arc::new(Mutex::new(notes)) })
    }

    /// The driver's name.
    pub fn driver(&self) -> String {
        self.lock().driver.clone()
    }

    /// The work folder, absolute: the machine's disks, media, the export in progress.
    pub fn folder(&self) -> PathBuf {
        self.lock().folder.clone()
    }

    /// The path of a file in the work folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Where the result goes, absolute.
    pub fn output(&self) -> PathBuf {
        self.lock().output.clone()
    }

    /// Notes something of the driver's own, before it is made.
    ///
    /// # Errors
    /// When the state folder cannot be written: then it must not be made.
    pub fn note(&self, key: &str, value: impl Into<Value>) -> Result<(), Failure> {
        self.lock().state.insert(key.to_owned(), value.into());
        self.save()
    }

    /// Something that was noted.
    pub fn noted(&self, key: &str) -> Option<Value> {
        self.lock().state.get(key).cloned()
    }

    /// A text that was noted; empty where it was not.
    pub fn noted_text(&self, key: &str) -> String {
        self.noted(key).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// All notes, as `machine.state` has them.
    pub fn state(&self) -> Map<String, Value> {
        let notes = serde_json::to_value(&*self.lock()).unwrap_or_default();
        notes.as_object().cloned().unwrap_or_default()
    }

    /// Makes the work folder, with its missing parents; 0700, since what lies there may hold secrets.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> Result<(), Failure> {
        use std::os::unix::fs::DirBuilderExt;
        let folder = self.folder();
        let failed = |error| file::io(&folder, "cannot make the work folder", &error);
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Where a result that is replaced waits to be removed.
    pub(super) fn replaced(&self) -> PathBuf {
        self.file(REPLACED)
    }

    /// Brings back a result that was to be replaced, where the new one did not get its place.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub(super) fn bring_back_replaced(&self) -> Result<(), Failure> {
        let (replaced, output) = (self.replaced(), self.output());
        if output.symlink_metadata().is_ok() || replaced.symlink_metadata().is_err() {
            return Ok(());
        }
        let moved = fs::rename(&replaced, &output);
        moved.map_err(|error| file::io(&output, "cannot bring back the former result in", &error))
    }

    /// Removes the work folder; `false` when there was none. Only a folder that carries the build's id is ever removed. A
    /// result that was to be replaced comes back first.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self) -> Result<bool, Failure> {
        let folder = self.folder();
        let own = format!(".kiln-{}", self.state_folder.id());
        if folder.file_name().is_none_or(|name| name != own.as_str()) {
            return Ok(false);
        }
        self.bring_back_replaced()?;
        match fs::remove_dir_all(&folder) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(file::io(&folder, "cannot remove", &error)),
        }
    }

    /// Notes that a folder is the result and gets its place now.
    ///
    /// # Errors
    /// When the folder is not there, or the state folder cannot be written.
    pub(super) fn note_result(&self, folder: &Path) -> Result<(), Failure> {
        self.lock().result = Some(identity(folder).map_err(|error| file::io(folder, "cannot read", &error))?);
        self.save()
    }

    /// The result's place, where it has got there and the build was killed before it could tell of it.
    pub(super) fn untold_result(&self) -> Option<PathBuf> {
        let result = self.lock().result;
        let output = self.output();
        identity(&output).ok().filter(|found| Some(*found) == result).map(|_| output)
    }

    /// Forgets which folder is the result: its record will tell.
    pub(super) fn forget_result(&self) {
        self.lock().result = None;
        let _ = self.save();
    }

    /// Forgets the notes: nothing is left.
    pub(super) fn forget(&self) {
        let _ = fs::remove_file(self.state_folder.file(FILE));
    }

    fn save(&self) -> Result<(), Failure> {
        let text = serde_json::to_vec(&*self.lock()).unwrap_or_default();
        self.state_folder.write(FILE, &text).map(drop)
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What stays the same of a folder that is renamed.
fn identity(folder: &Path) -> std::io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    folder.symlink_metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}
