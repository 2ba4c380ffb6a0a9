//! `--lock` and `--locked`: what builds depend on besides their templates, kept in a file and held against it.

mod compare;
mod digest;
mod source;

use crate::take::Build;
use record::{Failure, file};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use template::depends;

/// The form of lock files that this version reads and writes.
const FORM: u32 = 1;

/// A lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    /// The form of the file.
    lock: u32,
    /// The version of the tools.
    kiln: String,
    /// Builds by the paths of their templates and by their names.
    builds: BTreeMap<String, BTreeMap<String, Locked>>,
}

/// What one build depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Locked {
    /// The id of the AMI that the machine starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ami: Option<String>,
    /// The digest of the ISO, disk or appliance; of one that is elsewhere, the checksum that the template names.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    /// Digests of files by their paths; nothing for one that is not there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    files: BTreeMap<String, Option<String>>,
}

/// Finds out what the builds depend on now. The records name source AMIs by their ids from then on, so that what was locked is used.
///
/// # Errors
/// What could not be read, or asked.
pub(crate) fn find(builds: &mut [Build]) -> Result<Lock, Vec<Failure>> {
    let mut failures = Vec::new();
    let sources = source::resolve(builds).unwrap_or_else(|failure| {
        failures.push(failure);
        BTreeMap::new()
    });
    let mut digests = digest::Digests::default();
    let mut lock = Lock { lock: FORM, kiln: env!("CARGO_PKG_VERSION").to_owned(), builds: BTreeMap::new() };
    for build in builds {
        let mut locked = Locked::default();
        match sources.get(&build.document.id) {
            Some(Ok(id)) => {
                source::pin(build, id);
                locked.source_ami = Some(id.clone());
            }
            Some(Err(failure)) => failures.push(failure.clone()),
            None => {}
        }
        let found = digests.files(&depends::files(&build.planned)).and_then(|files| {
            let image = depends::image(&build.planned).map(|image| digests.image(&image)).transpose()?;
            Ok((files, image))
        });
        match found {
            Ok((files, image)) => (locked.files, locked.image) = (files, image.flatten()),
            Err(failure) => failures.push(failure),
        }
        let builds = lock.builds.entry(build.path().to_owned()).or_default();
        builds.insert(build.document.build.clone(), locked);
    }
    if failures.is_empty() { Ok(lock) } else { Err(failures) }
}

impl Lock {
    /// Writes the file; an earlier lock file gives way, and nothing else.
    ///
    /// # Errors
    /// When something else has that name, or it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let is_ours = Self::read(path).is_ok();
        let text = serde_json::to_string_pretty(self).map_err(|error| Failure::new(error.to_string()))?;
        file::write(path, (text + "\n").as_bytes(), 0o644, is_ours).map_err(|failure| {
            if is_ours { failure } else { failure.hint("only a lock file gives way to a new one") }
        })
    }

    /// Reads a file that [`Lock::write`] has written.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        /// Some hundred bytes for each build.
        const LARGEST: u64 = 64 << 20;
        let text = file::read(path, "cannot read the lock file", LARGEST)?;
        let lock: Self = serde_json::from_slice(&text).map_err(|error| {
            Failure::new(format!("{} is not a lock file: {error}", path.display()))
                .hint("'validate --lock FILE TEMPLATE' writes one")
        })?;
        if lock.lock != FORM {
            let message = format!(
                "{} is a lock file of form {}, and this version reads {FORM}",
                path.display(),
                lock.lock
            );
            return Err(Failure::new(message).hint("write it again with 'validate --lock'"));
        }
        Ok(lock)
    }
}
