//! Opening anybody's appliance.

use crate::Error;
use crate::manifest::Manifest;
use crate::ova::Archive;
use crate::ovf::{self, Envelope};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Largest descriptor or manifest.
const LARGEST_TEXT: u64 = 8 << 20;

/// An appliance that is ready for use.
#[derive(Debug, Clone)]
pub struct Opened {
    /// What the descriptor says; the drives' media are the paths of the disks' files.
    pub envelope: Envelope,
    /// The descriptor.
    pub descriptor: PathBuf,
}

/// Opens an appliance: an OVA is unpacked into `folder`, an OVF is used where it is. Files are checked against the
/// manifest, where there is one. `progress` gets bytes that are unpacked, and all; breaking stops the work.
///
/// # Errors
/// When it is no appliance of one machine, a file is missing or was changed, or `folder` cannot be written.
pub fn open(
    path: &Path,
    folder: &Path,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Opened, Error> {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let packed = ending.as_deref().is_some_and(|ending| ending == "ova");
    let descriptor = if packed {
        let archive = Archive::open(path)?;
        // Whether it can be used shows before gigabytes are unpacked.
        let (_, text) = archive.descriptor()?;
        let envelope = ovf::read(&text).map_err(|error| naming(path, error))?;
        for disk in &envelope.disks {
            if !archive.members().iter().any(|member| member.name == disk.file) {
                return Err(missing(path, &disk.file));
            }
        }
        archive.extract(folder, progress)?
    } else {
        verify(path)?;
        path.to_owned()
    };
    let mut envelope = ovf::read(&read_text(&descriptor)?).map_err(|error| naming(path, error))?;
    let beside = descriptor.parent().unwrap_or(Path::new("")).to_owned();
    for disk in &envelope.disks {
        let file = beside.join(&disk.file);
        if !file.is_file() {
            return Err(missing(path, &disk.file));
        }
        envelope.machine.drives[disk.drive].medium = Some(file);
    }
    Ok(Opened { envelope, descriptor })
}

/// Checks an OVF's files against the manifest beside it.
fn verify(descriptor: &Path) -> Result<(), Error> {
    let manifest = descriptor.with_extension("mf");
    if !manifest.is_file() {
        return Ok(());
    }
    let folder = descriptor.parent().unwrap_or(Path::new(""));
    let parsed = Manifest::parse(&read_text(&manifest)?).map_err(|error| naming(&manifest, error))?;
    parsed.verify_folder(folder).map_err(|error| naming(&manifest, error))
}

fn read_text(path: &Path) -> Result<String, Error> {
    String::from_utf8(crate::text::read(path, LARGEST_TEXT, "descriptor")?)
        .map_err(|_| Error::new(format!("cannot read {}: it is no UTF-8 text", path.display())))
}

fn missing(path: &Path, file: &str) -> Error {
    Error::new(format!("{}: the disk '{file}' is missing", path.display()))
        .hint("get the whole appliance: descriptor and disks belong together")
}

fn naming(path: &Path, mut error: Error) -> Error {
    error.message = format!("{}: {}", path.display(), error.message);
    error
}
