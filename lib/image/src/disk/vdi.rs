//! VirtualBox's VDI, dynamic and fixed, version 1.1, as `VDICore.h` of VirtualBox and `block/vdi.c` of QEMU lay it out.
//! Differencing images (snapshots) are refused: their parent is known to VirtualBox's registry only.

use crate::Error;
use crate::disk::source::{Map, Mapped, Packed, Piece, Place};
use crate::disk::storage::{Storage, u32_le, u64_le};
use crate::disk::{Disk, Format};

/// Stands at byte 64.
pub(crate) const SIGNATURE: u32 = 0xbeda_107f;
/// Bytes of the block map that are read at a time.
const PAGE: u64 = 4096;
/// Entries from here on mean: not stored (never written; discarded).
const NOT_STORED: u32 = 0xffff_fffe;

#[derive(Debug)]
struct Vdi {
    storage: Storage,
    capacity: u64,
    block: u64,
    /// Bytes before each block's data.
    extra: u64,
    blocks: u64,
    map_offset: u64,
    data_offset: u64,
}

/// Opens the image.
pub(crate) fn open(storage: Storage) -> Result<Disk, Error> {
    let head: [u8; 392] = storage.array(0)?;
    let version = u32_le(&head, 68);
    if version >> 16 != 1 {
        return Err(storage.error(format_args!(
            "VDI version {}.{} is not read; 1.1 is",
            version >> 16,
            version & 0xffff
        )));
    }
    match u32_le(&head, 76) {
        1 | 2 => {}
        4 => {
            return Err(storage
                .error("VirtualBox's differencing disks (snapshots) are not read")
                .hint("Make a whole disk of it: VBoxManage clonemedium FROM TO"));
        }
        kind => return Err(storage.error(format_args!("VDI images of type {kind} are not read"))),
    }
    let vdi = Vdi {
        capacity: u64_le(&head, 368),
        block: u32_le(&head, 376).into(),
        extra: u32_le(&head, 380).into(),
        blocks: u32_le(&head, 384).into(),
        map_offset: u32_le(&head, 340).into(),
        data_offset: u32_le(&head, 344).into(),
        storage,
    };
    vdi.check()?;
    Ok(Disk::new(Mapped { map: vdi, below: None }, Format::Vdi))
}

impl Vdi {
    fn check(&self) -> Result<(), Error> {
        if !self.block.is_power_of_two() || self.block < 512 || self.extra >= self.block {
            return Err(self
                .storage
                .error(format_args!("damaged: blocks of {}+{} bytes", self.block, self.extra)));
        }
        if self.capacity > i64::MAX as u64 || self.capacity.div_ceil(self.block) > self.blocks {
            return Err(self
                .storage
                .error(format_args!("damaged: {} blocks for {} bytes", self.blocks, self.capacity)));
        }
        if self.map_offset + self.blocks * 4 > self.storage.length() {
            return Err(self
                .storage
                .error("cut short or damaged: the block map is past the end of the file"));
        }
        Ok(())
    }

    fn place(&self, entry: u32) -> Place {
        if entry >= NOT_STORED {
            return Place::Zero;
        }
        Place::Plain(self.data_offset + u64::from(entry) * (self.block + self.extra) + self.extra)
    }
}

impl Map for Vdi {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn storage(&self) -> &Storage {
        &self.storage
    }

    fn locate(&self, offset: u64) -> Result<Piece, Error> {
        let (index, within) = (offset / self.block, offset % self.block);
        let page = index * 4 / PAGE * PAGE;
        let bytes = usize::try_from(PAGE.min(self.blocks * 4 - page)).unwrap_or(0);
        let table = self.storage.table(self.map_offset + page, bytes)?;
        let mut entries = table.chunks_exact(4).skip(usize::try_from(index * 4 % PAGE / 4).unwrap_or(0));
        let place = entries.next().map_or(Place::Zero, |entry| self.place(u32_le(entry, 0)));
        let mut length = self.block;
        for entry in entries {
            if !place.is_followed_by(&self.place(u32_le(entry, 0)), length) {
                break;
            }
            length += self.block;
        }
        Ok(Piece { place: place.advanced(within), length: length - within })
    }

    fn unpack(&self, packed: &Packed, _: &mut [u8]) -> Result<(), Error> {
        Err(self
            .storage
            .error(format_args!("nothing is compressed in a VDI, and the block at {} is", packed.start)))
    }
}
