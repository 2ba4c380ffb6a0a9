//! The CD with the user's files.

use super::iso9660;
use super::tree::Folder;
use record::Failure;
use std::path::Path;
use template::options::builder::machine::Cd;

/// Writes the CD to a file: ISO 9660 with Joliet and Rock Ridge, so that cloud-init, Windows and old installers
/// read it. `options` has its contents rendered.
///
/// # Errors
/// When a file of the user's cannot be read, or the CD cannot be written.
pub fn write_cd(options: &Cd, path: &Path) -> Result<(), Failure> {
    let mut root = Folder::default();
    root.add_paths("cd_files", &options.cd_files)?;
    for (name, text) in &options.cd_content {
        root.add_text("cd_content", name, text)?;
    }
    iso9660::write(&root, &options.cd_label, path)
}
