//! Writing VMDKs.

pub(crate) mod flat;
pub(crate) mod sparse;
pub(crate) mod stream;
mod text;

pub use text::Adapter;

use super::SECTOR;
use crate::Error;
use std::path::{Path, PathBuf};

/// Bytes of one extent of a split disk: 4192256 sectors, 2047 MiB, as VMware's and VirtualBox's tools take.
const SPLIT: u64 = 4_192_256 * SECTOR;
/// Largest disk that vSphere takes: 62 TiB. Bounds the grain directory in memory to 8 MiB.
const LARGEST: u64 = 62 << 40;
/// Sectors for a descriptor inside an extent, as QEMU and open-vmdk reserve.
const DESCRIPTOR: u64 = 20;

/// The file's name, as it can stand between the descriptor's quotes.
fn name(path: &Path) -> Result<&str, Error> {
    path.file_name()
        .and_then(|name| name.to_str())
        .filter(|name| !name.contains(|letter: char| letter == '"' || letter.is_control()))
        .ok_or_else(|| {
            Error::new(format!("{}: this name cannot stand in a VMDK", path.display()))
                .hint("Take a name in UTF-8 without quotes and control characters.")
        })
}

/// The file beside it whose name ends in `-ENDING.vmdk`.
fn beside(path: &Path, ending: &str) -> Result<PathBuf, Error> {
    let name = name(path)?;
    let stem = name.strip_suffix(".vmdk").unwrap_or(name);
    Ok(path.with_file_name(format!("{stem}-{ending}.vmdk")))
}

/// Sizes of the extents of a split disk; a disk without bytes has one.
fn split(capacity: u64) -> impl Iterator<Item = u64> {
    (0..capacity.div_ceil(SPLIT).max(1)).map(move |index| (capacity - index * SPLIT).min(SPLIT))
}

fn check_capacity(path: &Path, capacity: u64) -> Result<(), Error> {
    if capacity > LARGEST {
        return Err(Error::new(format!(
            "{}: a disk of {capacity} bytes is more than a VMDK may have, {LARGEST}",
            path.display()
        )));
    }
    Ok(())
}
