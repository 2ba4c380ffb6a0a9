//! What differs between a lock file and now.

use super::{Lock, Locked};
use record::Failure;
use std::collections::BTreeSet;
use std::path::Path;

impl Lock {
    /// One failure for each difference: what it was in `path`, what it is now. With `all`, builds that are no more are differences too.
    pub(crate) fn differences(&self, now: &Self, path: &Path, all: bool) -> Vec<Failure> {
        let mut found = Found { file: path.display().to_string(), failures: Vec::new() };
        found.compare("the tools", "version", Some(&self.kiln), Some(&now.kiln));
        for (template, builds) in &now.builds {
            for (name, locked) in builds {
                let at = format!("{template}, {name}");
                match self.builds.get(template).and_then(|builds| builds.get(name)) {
                    Some(old) => found.build(&at, old, locked),
                    None => found.note(format!("{at}: this build is not in {}", found.file)),
                }
            }
        }
        for (template, builds) in self.builds.iter().filter(|_| all) {
            let is_gone =
                |name: &&String| !now.builds.get(template).is_some_and(|builds| builds.contains_key(*name));
            for name in builds.keys().filter(is_gone) {
                found.note(format!("{template}, {name}: {} has this build, and there is none", found.file));
            }
        }
        found.failures
    }
}

/// Gathers differences.
struct Found {
    file: String,
    failures: Vec<Failure>,
}

impl Found {
    fn build(&mut self, at: &str, old: &Locked, now: &Locked) {
        self.compare(at, "source AMI", old.source_ami.as_ref(), now.source_ami.as_ref());
        self.compare(at, "image", old.image.as_ref(), now.image.as_ref());
        let paths: BTreeSet<&String> = old.files.keys().chain(now.files.keys()).collect();
        for path in paths {
            let of = |locked: &Locked| locked.files.get(path).cloned().flatten();
            self.compare(at, path, of(old).as_ref(), of(now).as_ref());
        }
    }

    fn compare(&mut self, at: &str, what: &str, old: Option<&String>, now: Option<&String>) {
        if old != now {
            let text = |value: Option<&String>| value.map_or("nothing", String::as_str).to_owned();
            self.note(format!("{at}: {what} was {}, is {}", text(old), text(now)));
        }
    }

    fn note(&mut self, message: String) {
        let hint = format!("if that is meant, write the lock again: validate --lock {}", self.file);
        self.failures.push(Failure::usage(message).hint(hint));
    }
}
