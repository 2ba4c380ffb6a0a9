//! Paths on this computer that options name.

use super::Check;
use crate::source::Code;

/// What an option's path must lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A file or a folder.
    Any,
}

/// Notes a path of the user's that does not lead to what is wanted. One that is not set is left alone, and so is one that
/// is only known while the build runs.
pub(super) fn check(check: &mut Check, option: &str, path: &str, wanted: Wanted) {
    if path.is_empty() || path.contains("{{build `") {
        return;
    }
    match std::fs::metadata(path) {
        Err(error) => {
            let reason = record::failure::reason(&error);
            check
                .error(option, format!("cannot read {path}: {reason}"))
                .code(Code::MissingFile)
                .hint("relative paths begin at the folder in which validate runs");
        }
        Ok(metadata) if metadata.is_dir() && wanted == Wanted::File => {
            check.error(option, format!("{path} is a folder, not a file"));
        }
        Ok(metadata) if !metadata.is_dir() && wanted == Wanted::Folder => {
            check.error(option, format!("{path} is a file, not a folder"));
        }
        Ok(_) => {}
    }
}

/// The same for each path of a list.
pub(super) fn check_all(check: &mut Check, option: &str, paths: &[String], wanted: Wanted) {
    for (index, path) in paths.iter().enumerate() {
        self::check(check, &format!("{option}[{index}]"), path, wanted);
    }
}
