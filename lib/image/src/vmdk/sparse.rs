//! Reading a sparse extent, compressed or not.

use super::header::{COMPRESSED, Header, MARKERS};
use super::{SECTOR, TABLE};
use crate::Error;
use crate::disk::source::{Map, Packed, Piece, Place};
use crate::disk::storage::{Storage, u32_le, u64_le};

/// Bytes of the grain directory that are read at a time.
const PAGE: u64 = 4096;

#[derive(Debug)]
pub(super) struct Sparse {
    storage: Storage,
    header: Header,
    /// Size in bytes: the header's may be rounded up to whole grains.
    capacity: u64,
}

impl Sparse {
    /// An extent of so many bytes, which must not be more than its header says.
    pub(super) fn new(storage: Storage, header: Header, capacity: u64) -> Result<Self, Error> {
        if capacity > header.capacity * SECTOR {
            return Err(storage.error(format_args!(
                "damaged: its descriptor wants {capacity} bytes, its header {}",
                header.capacity * SECTOR
            )));
        }
        Ok(Self { storage, header, capacity })
    }

    fn grain(&self) -> u64 {
        self.header.grain * SECTOR
    }

    /// Sector of the grain table with this index, and how many tables from it on are absent.
    fn table_sector(&self, index: u64) -> Result<(u64, u64), Error> {
        let page = index * 4 / PAGE * PAGE;
        let length = usize::try_from(PAGE.min(self.header.tables() * 4 - page)).unwrap_or(0);
        let table = self.storage.table(self.header.directory * SECTOR + page, length)?;
        let entries = table.chunks_exact(4).skip(usize::try_from(index * 4 % PAGE / 4).unwrap_or(0));
        let mut entries = entries.map(|entry| u32_le(entry, 0));
        match entries.next() {
            Some(0) | None => Ok((0, 1 + entries.take_while(|entry| *entry == 0).count() as u64)),
            Some(sector) => Ok((sector.into(), 0)),
        }
    }

    fn place(&self, entry: u32, start: u64) -> Place {
        match entry {
            0 => Place::Absent,
            1 if self.header.has_zeroed() => Place::Zero,
            sector if self.header.flags & COMPRESSED != 0 => Place::Packed(Packed {
                offset: u64::from(sector) * SECTOR,
                length: 0,
                start,
                size: usize::try_from(self.grain()).unwrap_or(0),
            }),
            sector => Place::Plain(u64::from(sector) * SECTOR),
        }
    }

    /// Offset and length of a compressed grain's data. Before it stand its sector in the disk, where there are markers, and its length.
    fn stored(&self, packed: &Packed) -> Result<(u64, u64), Error> {
        if self.header.flags & MARKERS == 0 {
            let length: [u8; 4] = self.storage.array(packed.offset)?;
            return Ok((packed.offset + 4, u32_le(&length, 0).into()));
        }
        let marker: [u8; 12] = self.storage.array(packed.offset)?;
        if u64_le(&marker, 0) != packed.start / SECTOR {
            return Err(self.damaged(packed));
        }
        Ok((packed.offset + 12, u32_le(&marker, 8).into()))
    }

    fn damaged(&self, packed: &Packed) -> Error {
        self.storage.error(format_args!(
            "damaged: the grain for {} at {} does not decompress",
            packed.start, packed.offset
        ))
    }
}

impl Map for Sparse {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn storage(&self) -> &Storage {
        &self.storage
    }

    fn locate(&self, offset: u64) -> Result<Piece, Error> {
        let grain = self.grain();
        let (index, within) = (offset / (grain * TABLE), offset % (grain * TABLE));
        let (sector, absent) = self.table_sector(index)?;
        if sector == 0 {
            return Ok(Piece { place: Place::Absent, length: absent * grain * TABLE - within });
        }
        let table = self.storage.table(sector * SECTOR, 2048)?;
        let start = offset - offset % grain;
        let mut entries = table.chunks_exact(4).skip(usize::try_from(within / grain).unwrap_or(0));
        let place = entries.next().map_or(Place::Absent, |entry| self.place(u32_le(entry, 0), start));
        let mut length = grain;
        for entry in entries {
            if !place.is_followed_by(&self.place(u32_le(entry, 0), start + length), length) {
                break;
            }
            length += grain;
        }
        Ok(Piece { place: place.advanced(offset % grain), length: length - offset % grain })
    }

    fn unpack(&self, packed: &Packed, block: &mut [u8]) -> Result<(), Error> {
        let (offset, length) = self.stored(packed)?;
        // Data that doesn't shrink grows by some bytes; VirtualBox's limit is two grains as well.
        if length > 2 * packed.size as u64 {
            return Err(self.damaged(packed));
        }
        let mut stored = vec![0; usize::try_from(length).unwrap_or(0)];
        self.storage.read_at(&mut stored, offset)?;
        match libdeflater::Decompressor::new().zlib_decompress(&stored, block) {
            // The last grain may hold no more than belongs to the disk.
            Ok(length)
                if packed.start + length as u64 >= self.capacity.min(packed.start + packed.size as u64) =>
            {
                block[length..].fill(0);
                Ok(())
            }
            _ => Err(self.damaged(packed)),
        }
    }
}
