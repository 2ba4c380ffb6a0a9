//! Checks of paths on this computer.

use crate::options::Check;
use crate::source::Code;
use std::path::Path;

/// Whether a path has characters that match others. One that exists as it is written is no pattern (Packer SDK).
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[']) && !Path::new(path).exists()
}

/// Checks that files of a list are there. What patterns match is seen when the medium is made.
pub(super) fn check_files(option: &str, files: &[String], check: &mut Check) {
    for (index, file) in files.iter().enumerate() {
        if is_pattern(file) {
            continue;
        }
        if let Err(error) = Path::new(file).metadata() {
            let reason = record::failure::reason(&error);
            check.error(format!("{option}[{index}]"), format!("can't read '{file}': {reason}")).code(Code::MissingFile).hint(
                "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
            );
        }
    }
}
