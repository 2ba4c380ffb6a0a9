//! The .vmx file of a build: making one, what is set for the time of the build, what is taken out of the result.

mod configure;
mod template;

pub use configure::{Vnc, clean, configure, disk_keys, finish, free_unit, is_on};
pub use image::vmx::Vmx;
pub use template::make;

use record::{Failure, file};
use std::path::Path;

/// Reads a .vmx.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vmx, Failure> {
    Vmx::read(path).map_err(crate::failure)
}

/// Writes a .vmx that may hold the password of the VNC server: mode 0600.
///
/// # Errors
/// When it cannot be written.
pub fn write(vmx: &Vmx, path: &Path) -> Result<(), Failure> {
    file::write(path, vmx.to_string().as_bytes(), 0o600, true)
}
