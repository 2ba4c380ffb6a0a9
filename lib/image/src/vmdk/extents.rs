//! A disk in several files, one after the other.

use crate::Error;
use crate::disk::Disk;
use crate::disk::source::{Extent, Source};

/// Extents in the order of the disk.
#[derive(Debug)]
pub(super) struct Extents {
    parts: Vec<Part>,
    capacity: u64,
}

/// One extent.
#[derive(Debug)]
struct Part {
    start: u64,
    end: u64,
    /// None for zeros.
    disk: Option<Disk>,
}

impl Extents {
    pub(super) fn new() -> Self {
        Self { parts: Vec::new(), capacity: 0 }
    }

    /// Where the next part begins, in bytes.
    pub(super) fn end(&self) -> u64 {
        self.capacity
    }

    /// Adds a part of so many bytes; the disk has at least these.
    pub(super) fn push(&mut self, length: u64, disk: Option<Disk>) -> Result<(), Error> {
        let end = self.capacity.checked_add(length).filter(|end| *end <= i64::MAX as u64);
        let end = end.ok_or_else(|| Error::new("damaged: the extents together are too large"))?;
        if length > 0 {
            self.parts.push(Part { start: self.capacity, end, disk });
        }
        self.capacity = end;
        Ok(())
    }

    fn part(&self, offset: u64) -> Result<&Part, Error> {
        let index = self.parts.partition_point(|part| part.end <= offset);
        self.parts.get(index).ok_or_else(|| Error::new(format!("no extent has the disk's byte {offset}")))
    }
}

impl Source for Extents {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn extent(&self, offset: u64) -> Result<Extent, Error> {
        let part = self.part(offset)?;
        let rest = part.end - offset;
        match &part.disk {
            None => Ok(Extent { data: false, length: rest }),
            Some(disk) => {
                let extent = disk.extent(offset - part.start)?;
                Ok(Extent { length: extent.length.min(rest), ..extent })
            }
        }
    }

    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> Result<(), Error> {
        while !buffer.is_empty() {
            let part = self.part(offset)?;
            let length = buffer.len().min(usize::try_from(part.end - offset).unwrap_or(usize::MAX));
            let (now, rest) = buffer.split_at_mut(length);
            match &part.disk {
                Some(disk) => disk.read_at(now, offset - part.start)?,
                None => now.fill(0),
            }
            buffer = rest;
            offset += length as u64;
        }
        Ok(())
    }
}

/// A range of a disk; zeros past its end. What an extent of a child has below it.
#[derive(Debug)]
pub(super) struct Slice {
    pub(super) disk: Disk,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl Source for Slice {
    fn capacity(&self) -> u64 {
        self.length
    }

    fn extent(&self, offset: u64) -> Result<Extent, Error> {
        let rest = self.length - offset;
        let at = self.start + offset;
        if at >= self.disk.capacity() {
            return Ok(Extent { data: false, length: rest });
        }
        let extent = self.disk.extent(at)?;
        Ok(Extent { length: extent.length.min(rest), ..extent })
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        self.disk.read_padded(buffer, self.start + offset)
    }
}
