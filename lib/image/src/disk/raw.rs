//! Raw disks: the file is the disk.

use crate::Error;
use crate::disk::source::{Extent, Source};
use crate::disk::storage::Storage;
use rustix::fs::SeekFrom;
use rustix::io::Errno;

/// A range of a file as a disk: a whole raw image, or a flat extent of a VMDK.
#[derive(Debug)]
pub(crate) struct Raw {
    storage: Storage,
    /// Where the disk begins in the file.
    start: u64,
    capacity: u64,
}

impl Raw {
    /// The whole file.
    pub(crate) fn whole(storage: Storage) -> Self {
        Self { start: 0, capacity: storage.length(), storage }
    }

    /// So many bytes from an offset on, all of which the file must have.
    pub(crate) fn part(storage: Storage, start: u64, capacity: u64) -> Result<Self, Error> {
        if start.checked_add(capacity).is_none_or(|end| end > storage.length()) {
            return Err(storage.error(format_args!(
                "cut short: {capacity} bytes at {start} belong to the disk, and the file has {}",
                storage.length()
            )));
        }
        Ok(Self { storage, start, capacity })
    }

    /// Next offset of data or of a hole; none where the file system can't tell or nothing follows.
    fn seek(&self, to: SeekFrom) -> Result<Option<u64>, Error> {
        match rustix::fs::seek(self.storage.file(), to) {
            Ok(offset) => Ok(Some(offset)),
            Err(Errno::NXIO | Errno::INVAL | Errno::OPNOTSUPP) => Ok(None),
            Err(error) => Err(self.storage.error(format_args!("cannot be read: {error}"))),
        }
    }
}

impl Source for Raw {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn extent(&self, offset: u64) -> Result<Extent, Error> {
        let (at, end) = (self.start + offset, self.start + self.capacity);
        // With two questions both answers are sure: "no data follows" and "cannot tell" are one error to the first.
        let Some(hole) = self.seek(SeekFrom::Hole(at))? else {
            return Ok(Extent { data: true, length: end - at });
        };
        if hole > at {
            return Ok(Extent { data: true, length: hole.min(end) - at });
        }
        let data = self.seek(SeekFrom::Data(at))?.unwrap_or(end).clamp(at, end);
        // A file that is written meanwhile: data begins here now.
        Ok(if data == at {
            Extent { data: true, length: end - at }
        } else {
            Extent { data: false, length: data - at }
        })
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        self.storage.read_at(buffer, self.start + offset)
    }
}
