//! Options of the provisioners, a file or folder each.

pub mod breakpoint;
pub mod file;
pub mod shell;
pub mod shell_local;
pub mod sleep;

use super::Check;

/// Notes a file of the user's that can't be read; a path that is only known while the build runs is left alone.
fn check_file(check: &mut Check, option: &str, path: &str) {
    if path.contains("{{build `") {
        return;
    }
    match std::fs::metadata(path) {
        Err(error) => {
            check
                .error(option, format!("cannot read {path}: {error}"))
                .hint("relative paths begin at the folder in which validate runs");
        }
        Ok(metadata) if metadata.is_dir() => {
            check.error(option, format!("{path} is a folder, not a script"));
        }
        Ok(_) => {}
    }
}
