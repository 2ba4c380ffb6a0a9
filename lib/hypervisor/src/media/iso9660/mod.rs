//! Writes ISO 9660 (ECMA-119) with Joliet (Microsoft's specification, UCS-2 level 3) and Rock Ridge (IEEE P1282, RRIP_1991A).
//!
//! The files' contents stand on the medium once; three directories point to them: plain names of eight and three
//! characters for whoever knows no more, Rock Ridge's in the same records, Joliet's in a tree of their own. Written front to back;
//! contents are never held in memory.

mod descriptor;
mod directory;
mod layout;
mod names;

use super::date::Date;
use super::tree::Folder;
use layout::Layout;
use record::file::NewFile;
use record::{Failure, file};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Bytes of a sector.
const SECTOR: usize = 2048;

/// The two trees of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    /// ISO 9660's, with Rock Ridge.
    Plain,
    /// Joliet's.
    Joliet,
}

/// Writes a medium.
///
/// # Errors
/// When a file is too large or its name too long for the format, a source cannot be read, or the medium not written.
pub(super) fn write(root: &Folder, label: &str, path: &Path) -> Result<(), Failure> {
    let layout = Layout::of(root)?;
    let date = Date::of_media();
    let mut new = NewFile::create(path, true)?;
    new.set_mode(0o600)?;
    let failed = |error| file::io(path, "cannot write the CD", &error);
    let mut out = BufWriter::with_capacity(1 << 20, new.file());
    let mut front = vec![0; 16 * SECTOR];
    front.extend(descriptor::volume(Space::Plain, label, &layout, date));
    front.extend(descriptor::volume(Space::Joliet, label, &layout, date));
    front.extend(descriptor::terminator());
    for space in [Space::Plain, Space::Joliet] {
        front.extend(directory::path_tables(space, &layout));
    }
    for space in [Space::Plain, Space::Joliet] {
        front.extend(directory::all(space, &layout, date));
    }
    out.write_all(&front).map_err(failed)?;
    for content in layout.contents() {
        content.write(&mut out, path)?;
        let rest = usize::try_from(content.len() % SECTOR as u64).unwrap_or_default();
        if rest > 0 {
            out.write_all(&[0; SECTOR][rest..]).map_err(failed)?;
        }
    }
    out.flush().map_err(failed)?;
    drop(out);
    new.finish()
}

/// A number in both byte orders, as ECMA-119 7.3.3 has it.
fn both32(number: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes[4..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// The same for 16 bits, 7.2.3.
fn both16(number: u16) -> [u8; 4] {
    let [a, b] = number.to_le_bytes();
    [a, b, b, a]
}

/// Fills up to a whole number of sectors.
fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
}
