//! What every format gives: where data stands, and the data.

use crate::Error;
use crate::disk::Disk;
use crate::disk::storage::Storage;

/// A disk's content, whatever it is stored as. Several threads read at once.
pub(crate) trait Source: Send + Sync + std::fmt::Debug {
    /// Size of the disk in bytes.
    fn capacity(&self) -> u64;

    /// What stands at an offset inside the disk, and for how many bytes (at least one) it is so.
    fn extent(&self, offset: u64) -> Result<Extent, Error>;

    /// Fills the buffer, which ends inside the disk.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error>;
}

/// A range of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Whether something is stored there; else it reads as zeros.
    pub(crate) data: bool,
    /// Length in bytes.
    pub(crate) length: u64,
}

/// A format that keeps the disk in blocks, with tables that say where each stands.
pub(crate) trait Map: Send + Sync + std::fmt::Debug {
    fn capacity(&self) -> u64;

    fn storage(&self) -> &Storage;

    /// Where the byte at an offset inside the disk stands.
    fn locate(&self, offset: u64) -> Result<Piece, Error>;

    /// Decompresses a whole block.
    fn unpack(&self, packed: &Packed, block: &mut [u8]) -> Result<(), Error>;
}

/// A range of the disk that is stored in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) place: Place,
    /// Bytes from the asked offset on, at least one.
    pub(crate) length: u64,
}

/// Where a range stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere here: in the disk below, or zeros where there is none.
    Absent,
    /// Zeros, whatever the disk below has.
    Zero,
    /// At this offset of the file.
    Plain(u64),
    /// In a compressed block.
    Packed(Packed),
}

impl Place {
    /// Whether what stands `length` bytes further is one piece with this.
    pub(crate) fn is_followed_by(&self, next: &Self, length: u64) -> bool {
        match (self, next) {
            (Self::Absent, Self::Absent) | (Self::Zero, Self::Zero) => true,
            (Self::Plain(here), Self::Plain(next)) => here.checked_add(length) == Some(*next),
            _ => false,
        }
    }

    /// The same place so many bytes further in.
    pub(crate) fn advanced(self, by: u64) -> Self {
        match self {
            Self::Plain(offset) => Self::Plain(offset.saturating_add(by)),
            other => other,
        }
    }
}

/// A compressed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed {
    /// Where its stored form stands in the file.
    pub(crate) offset: u64,
    /// Length of the stored form in the file, where the table says so.
    pub(crate) length: u64,
    /// Offset in the disk of the block's first byte.
    pub(crate) start: u64,
    /// Its size in the disk.
    pub(crate) size: usize,
}

/// A mapped format, with the disk below it.
#[derive(Debug)]
pub(crate) struct Mapped<M> {
    pub(crate) map: M,
    /// Disk that has what is absent here: backing file, parent.
    pub(crate) below: Option<Disk>,
}

impl<M: Map> Mapped<M> {
    fn read_piece(&self, piece: &Piece, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        match &piece.place {
            Place::Zero => buffer.fill(0),
            Place::Absent => match &self.below {
                Some(below) => below.read_padded(buffer, offset)?,
                None => buffer.fill(0),
            },
            // The last block of a file may be stored without what lies past the end of the disk.
            Place::Plain(at) => self.map.storage().read_padded(buffer, *at)?,
            Place::Packed(packed) if packed.start == offset && packed.size == buffer.len() => {
                self.map.unpack(packed, buffer)?;
            }
            Place::Packed(packed) => {
                let mut block = vec![0; packed.size];
                self.map.unpack(packed, &mut block)?;
                let skip = usize::try_from(offset - packed.start).unwrap_or(usize::MAX);
                let wanted = block.get(skip..skip.saturating_add(buffer.len()));
                buffer
                    .copy_from_slice(wanted.ok_or_else(|| self.map.storage().error("a block is too short"))?);
            }
        }
        Ok(())
    }

    fn extent_of(&self, piece: &Piece, offset: u64) -> Result<Extent, Error> {
        let (data, length) = match (&piece.place, &self.below) {
            (Place::Zero, _) | (Place::Absent, None) => (false, piece.length),
            (Place::Absent, Some(below)) if offset < below.capacity() => {
                let extent = below.extent(offset)?;
                (extent.data, extent.length.min(piece.length))
            }
            (Place::Absent, Some(_)) => (false, piece.length),
            (Place::Plain(_) | Place::Packed(_), _) => (true, piece.length),
        };
        Ok(Extent { data, length })
    }
}

impl<M: Map> Source for Mapped<M> {
    fn capacity(&self) -> u64 {
        self.map.capacity()
    }

    fn extent(&self, offset: u64) -> Result<Extent, Error> {
        let piece = self.map.locate(offset)?;
        let mut extent = self.extent_of(&piece, offset)?;
        extent.length = extent.length.min(self.capacity() - offset);
        Ok(extent)
    }

    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> Result<(), Error> {
        while !buffer.is_empty() {
            let piece = self.map.locate(offset)?;
            let length = buffer.len().min(usize::try_from(piece.length).unwrap_or(usize::MAX));
            let (now, rest) = buffer.split_at_mut(length);
            self.read_piece(&piece, now, offset)?;
            buffer = rest;
            offset += length as u64;
        }
        Ok(())
    }
}
