//! The header of a sparse extent: 512 bytes, little endian, packed.

use super::{GRAIN, SECTOR, TABLE};
use crate::Error;
use crate::disk::storage::{Storage, u32_le, u64_le};

/// The first four bytes.
pub(super) const MAGIC: &[u8; 4] = b"KDMV";
/// Bytes that show whether a transfer in text mode has changed the file.
const NEWLINES: &[u8; 4] = b"\n \r\n";
/// Flag: the newline bytes are there.
pub(super) const HAS_NEWLINES: u32 = 1;
/// Flag: a second set of tables.
pub(super) const HAS_REDUNDANT: u32 = 1 << 1;
/// Flag: an entry of 1 is a grain of zeros.
const HAS_ZEROED: u32 = 1 << 2;
/// Flag: grains are compressed.
pub(super) const COMPRESSED: u32 = 1 << 16;
/// Flag: each grain says where it belongs, and markers stand between.
pub(super) const MARKERS: u32 = 1 << 17;
/// Offset of the grain directory in a header whose footer has it.
pub(super) const IN_FOOTER: u64 = u64::MAX;
/// Smallest and largest grain that is read, in sectors: the format's minimum, and what a decompression may take.
const GRAINS: std::ops::RangeInclusive<u64> = 8..=4096;

/// A header; offsets and sizes are in sectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) flags: u32,
    pub(super) capacity: u64,
    pub(super) grain: u64,
    pub(super) descriptor_offset: u64,
    pub(super) descriptor_size: u64,
    pub(super) redundant_directory: u64,
    pub(super) directory: u64,
    pub(super) overhead: u64,
}

impl Header {
    /// Reads a header, or the footer at the end where the header says so, and checks what later arithmetic relies on.
    pub(super) fn read(storage: &Storage) -> Result<Self, Error> {
        let header = Self::parse(&storage.array(0)?, storage)?;
        if header.directory != IN_FOOTER {
            return header.checked(storage);
        }
        // Footer and end-of-stream marker are the last two sectors.
        let offset = storage.length().saturating_sub(2 * SECTOR);
        let footer = Self::parse(&storage.array(offset)?, storage).map_err(|_| {
            storage.error("cut short: the footer is missing at its end").hint("Copy or download it again.")
        })?;
        Self { directory: footer.directory, ..header }.checked(storage)
    }

    fn parse(bytes: &[u8; 512], storage: &Storage) -> Result<Self, Error> {
        let header = Self {
            version: u32_le(bytes, 4),
            flags: u32_le(bytes, 8),
            capacity: u64_le(bytes, 12),
            grain: u64_le(bytes, 20),
            descriptor_offset: u64_le(bytes, 28),
            descriptor_size: u64_le(bytes, 36),
            redundant_directory: u64_le(bytes, 48),
            directory: u64_le(bytes, 56),
            overhead: u64_le(bytes, 64),
        };
        let damaged = |what: &str| Err(storage.error(format_args!("damaged: {what}")));
        if !bytes.starts_with(MAGIC) {
            return damaged("not a VMDK extent");
        }
        if !(1..=3).contains(&header.version) {
            return Err(
                storage.error(format_args!("VMDK version {} is not read; 1 to 3 are", header.version))
            );
        }
        if header.flags & HAS_NEWLINES != 0 && bytes[73..77] != *NEWLINES {
            return damaged("changed by a transfer in text mode");
        }
        if u64::from(u32_le(bytes, 44)) != TABLE {
            return damaged("grain tables are not of 512 entries");
        }
        match u16::from_le_bytes([bytes[77], bytes[78]]) {
            0 | 1 => Ok(header),
            algorithm => Err(storage.error(format_args!("VMDK compression {algorithm} is not known"))),
        }
    }

    fn checked(self, storage: &Storage) -> Result<Self, Error> {
        if !self.grain.is_power_of_two() || !GRAINS.contains(&self.grain) {
            return Err(storage.error(format_args!("damaged: grains of {} sectors", self.grain)));
        }
        let fits = |offset: u64, bytes: u64| {
            let end = offset.checked_mul(SECTOR).and_then(|start| start.checked_add(bytes));
            end.is_some_and(|end| end <= storage.length())
        };
        if self.capacity > u64::MAX / SECTOR / 2 || !fits(self.directory, self.tables() * 4) {
            return Err(
                storage.error("cut short or damaged: the grain directory is past the end of the file")
            );
        }
        if !fits(self.descriptor_offset, self.descriptor_size.saturating_mul(SECTOR)) {
            return Err(storage.error("cut short or damaged: the descriptor is past the end of the file"));
        }
        Ok(self)
    }

    /// How many grain tables cover the disk.
    pub(super) fn tables(&self) -> u64 {
        self.capacity.div_ceil(self.grain * TABLE)
    }

    /// Whether entries of 1 are grains of zeros.
    pub(super) fn has_zeroed(&self) -> bool {
        self.flags & HAS_ZEROED != 0
    }

    /// The header of a disk of so many bytes, a multiple of the grain, with grains and tables as we write them.
    pub(super) fn ours(version: u32, flags: u32, capacity: u64) -> Self {
        Self {
            version,
            flags: flags | HAS_NEWLINES,
            capacity: capacity / SECTOR,
            grain: GRAIN / SECTOR,
            descriptor_offset: 0,
            descriptor_size: 0,
            redundant_directory: 0,
            directory: 0,
            overhead: 0,
        }
    }

    pub(super) fn to_bytes(&self) -> [u8; 512] {
        let mut bytes = [0; 512];
        let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
        put(0, MAGIC);
        put(4, &self.version.to_le_bytes());
        put(8, &self.flags.to_le_bytes());
        put(12, &self.capacity.to_le_bytes());
        put(20, &self.grain.to_le_bytes());
        put(28, &self.descriptor_offset.to_le_bytes());
        put(36, &self.descriptor_size.to_le_bytes());
        put(44, &512_u32.to_le_bytes());
        put(48, &self.redundant_directory.to_le_bytes());
        put(56, &self.directory.to_le_bytes());
        put(64, &self.overhead.to_le_bytes());
        put(73, NEWLINES);
        put(77, &u16::from(self.flags & COMPRESSED != 0).to_le_bytes());
        bytes
    }
}
