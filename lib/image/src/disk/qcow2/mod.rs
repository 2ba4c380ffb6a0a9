//! QEMU's qcow2, versions 2 and 3, as `docs/interop/qcow2.rst` of QEMU describes it.
//!
//! Read are backing files, compressed clusters (deflate) and zero clusters. Refused with a message are encryption, external data files,
//! extended L2 entries (subclusters), zstd, and what this version doesn't know. Snapshots inside the file aren't looked at.

mod header;

use crate::Error;
use crate::disk::Opener;
use crate::disk::source::{Map, Mapped, Packed, Piece, Place};
use crate::disk::storage::{Storage, u64_be};
use crate::disk::{Disk, Format};
use header::Header;
use std::sync::Arc;

/// Bits 9 to 55 of an entry: where in the file.
const OFFSET: u64 = 0x00ff_ffff_ffff_fe00;
/// Bit 62 of an L2 entry: a compressed cluster.
const COMPRESSED: u64 = 1 << 62;
/// Bit 0 of an L2 entry since version 3: reads as zeros.
const ZERO: u64 = 1;
/// Bytes of the L1 table that are read at a time.
const L1_PAGE: u64 = 4096;

#[derive(Debug)]
struct Qcow2 {
    storage: Storage,
    header: Header,
}

/// Opens the image and all that it stands upon.
pub(crate) fn open(storage: Storage, below: &Opener) -> Result<Disk, Error> {
    let header = Header::read(&storage)?;
    let below = match &header.backing {
        None => None,
        Some(backing) => {
            let path = below.named(storage.path(), &backing.name)?;
            let opener = match backing.format {
                Some(format) => below.clone().format(format),
                None => below.clone(),
            };
            Some(opener.open(path)?)
        }
    };
    Ok(Disk::new(Mapped { map: Qcow2 { storage, header }, below }, Format::Qcow2))
}

impl Qcow2 {
    fn cluster(&self) -> u64 {
        1 << self.header.cluster_bits
    }

    /// Bytes of the disk that one L2 table covers.
    fn span(&self) -> u64 {
        1 << (2 * self.header.cluster_bits - 3)
    }

    /// The L2 table for a part of the disk, where there is one.
    fn l2(&self, index: u64) -> Result<Option<Arc<[u8]>>, Error> {
        let (page, within) = (index * 8 / L1_PAGE * L1_PAGE, index * 8 % L1_PAGE);
        let length = L1_PAGE.min(self.header.l1_entries * 8 - page);
        let table = self.storage.table(self.header.l1_offset + page, small(length))?;
        match u64_be(&table, small(within)) & OFFSET {
            0 => Ok(None),
            offset if !offset.is_multiple_of(self.cluster()) => Err(self
                .storage
                .error(format_args!("damaged: L2 table {index} at {offset}, off the cluster grid"))),
            offset => Ok(Some(self.storage.table(offset, small(self.cluster()))?)),
        }
    }

    fn place(&self, entry: u64, start: u64) -> Result<Place, Error> {
        if entry & COMPRESSED != 0 {
            return Ok(Place::Packed(self.packed(entry, start)));
        }
        let offset = entry & OFFSET;
        if self.header.version >= 3 && entry & ZERO != 0 {
            Ok(Place::Zero)
        } else if offset == 0 {
            Ok(Place::Absent)
        } else if !offset.is_multiple_of(self.cluster()) {
            Err(self
                .storage
                .error(format_args!("damaged: the cluster for {start} at {offset}, off the cluster grid")))
        } else {
            Ok(Place::Plain(offset))
        }
    }

    /// A compressed cluster's entry: offset in the low bits, above it how many further sectors hold it.
    fn packed(&self, entry: u64, start: u64) -> Packed {
        let bits = 62 - (self.header.cluster_bits - 8);
        let offset = entry & ((1 << bits) - 1);
        let sectors = (entry & (COMPRESSED - 1)) >> bits;
        Packed { offset, length: (sectors + 1) * 512 - offset % 512, start, size: small(self.cluster()) }
    }
}

impl Map for Qcow2 {
    fn capacity(&self) -> u64 {
        self.header.size
    }

    fn storage(&self) -> &Storage {
        &self.storage
    }

    fn locate(&self, offset: u64) -> Result<Piece, Error> {
        let (index, within) = (offset / self.span(), offset % self.span());
        let Some(table) = self.l2(index)? else {
            return Ok(Piece { place: Place::Absent, length: self.span() - within });
        };
        let cluster = self.cluster();
        let first = within / cluster;
        let start = offset - offset % cluster;
        let place = self.place(u64_be(&table, small(first * 8)), start)?;
        let mut length = cluster;
        // What follows in the same way is one piece.
        for entry in first + 1..cluster / 8 {
            let next = self.place(u64_be(&table, small(entry * 8)), start + length)?;
            if !place.is_followed_by(&next, length) {
                break;
            }
            length += cluster;
        }
        Ok(Piece { place: place.advanced(offset % cluster), length: length - offset % cluster })
    }

    fn unpack(&self, packed: &Packed, block: &mut [u8]) -> Result<(), Error> {
        let mut stored = vec![0; small(packed.length)];
        self.storage.read_padded(&mut stored, packed.offset)?;
        // The stored form ends somewhere in its last sector; what follows belongs to the next.
        let length = libdeflater::Decompressor::new().deflate_decompress(&stored, block);
        match length {
            Ok(length) if length == block.len() => Ok(()),
            _ => Err(self
                .storage
                .error(format_args!("damaged: the cluster for {} does not decompress", packed.start))),
        }
    }
}

/// A length of at most a few MiB, checked with the header.
fn small(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
