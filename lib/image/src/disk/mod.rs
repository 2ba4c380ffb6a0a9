//! Disks to read, in whatever format they are stored: raw, qcow2, VMDK, VDI.
//!
//! [`Disk::open`] tells formats by content. Holes and zero blocks are known without reading, all tables are read as they are needed,
//! and nothing that a file claims is believed before it is checked: a damaged or hostile image gives an [`Error`].

mod open;
mod qcow2;
pub(crate) mod raw;
pub(crate) mod source;
pub(crate) mod storage;
mod vdi;

pub use open::{Format, Opener};

use crate::Error;
use source::{Extent, Source};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// An open disk image. Cheap to clone; threads read it at once.
#[derive(Debug, Clone)]
pub struct Disk {
    source: Arc<dyn Source>,
    format: Format,
}

impl Disk {
    /// Opens an image for reading; its format is told from its content. Files that it names (backing files, extents) must be in its
    /// folder or below it: see [`Opener`] for images that one trusts.
    ///
    /// A raw disk's content is the guest's: where a format is known, say so with [`Opener::format`], or the guest could write the
    /// header of another.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Opener::new().open(path)
    }

    pub(crate) fn new(source: impl Source + 'static, format: Format) -> Self {
        Self { source: Arc::new(source), format }
    }

    /// Size of the disk in bytes, as the guest sees it.
    pub fn capacity(&self) -> u64 {
        self.source.capacity()
    }

    /// What it is stored as.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Fills the buffer from an offset in bytes; reading past the end is an error.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        if offset.checked_add(buffer.len() as u64).is_none_or(|end| end > self.capacity()) {
            return Err(Error::new(format!(
                "{} bytes at {offset} are past the end of a disk of {} bytes",
                buffer.len(),
                self.capacity()
            )));
        }
        self.source.read_at(buffer, offset)
    }

    /// The next range at or after an offset in which something is stored; none where only zeros follow. What is stored may be zeros too.
    /// Ranges of one disk may touch.
    pub fn next_data(&self, mut offset: u64) -> Result<Option<Range<u64>>, Error> {
        while offset < self.capacity() {
            let extent = self.extent(offset)?;
            if extent.data {
                return Ok(Some(offset..offset + extent.length));
            }
            offset += extent.length;
        }
        Ok(None)
    }

    /// What stands at an offset inside the disk, and how far.
    pub(crate) fn extent(&self, offset: u64) -> Result<Extent, Error> {
        self.source.extent(offset)
    }

    /// As [`Disk::read_at`], with zeros past the end.
    pub(crate) fn read_padded(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        let there =
            usize::try_from(self.capacity().saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let (data, rest) = buffer.split_at_mut(there);
        rest.fill(0);
        if data.is_empty() { Ok(()) } else { self.source.read_at(data, offset) }
    }
}
