//! The header of a qcow2 file.

use crate::Error;
use crate::disk::Format;
use crate::disk::storage::{Storage, u32_be, u64_be};

/// QEMU's own limit for the L1 table, in bytes.
const L1_LIMIT: u64 = 32 << 20;
/// Incompatible features: what stands at which bit.
const DIRTY: u64 = 1;
const CORRUPT: u64 = 1 << 1;
const DATA_FILE: u64 = 1 << 2;
const COMPRESSION: u64 = 1 << 3;
const EXTENDED_L2: u64 = 1 << 4;
/// Header extension that says what the backing file is stored as.
const BACKING_FORMAT: u32 = 0xe279_2aca;

/// What the reader needs of the header.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) cluster_bits: u32,
    /// Size of the disk in bytes.
    pub(super) size: u64,
    pub(super) l1_offset: u64,
    pub(super) l1_entries: u64,
    pub(super) backing: Option<Backing>,
}

/// The disk below.
#[derive(Debug)]
pub(super) struct Backing {
    /// As the header names it: from the image's folder.
    pub(super) name: String,
    pub(super) format: Option<Format>,
}

impl Header {
    /// Reads the header and checks all that later arithmetic relies on.
    pub(super) fn read(storage: &Storage) -> Result<Self, Error> {
        let head: [u8; 72] = storage.array(0)?;
        let version = u32_be(&head, 4);
        if !(2..=3).contains(&version) {
            return Err(storage
                .error(format_args!("qcow version {version} is not read; 2 and 3 are"))
                .hint("Convert it first: qemu-img convert -O qcow2 FROM TO"));
        }
        let header_length = if version == 3 { check_features(storage)? } else { 72 };
        if u32_be(&head, 32) != 0 {
            return Err(storage
                .error("encrypted qcow2 disks are not read")
                .hint("Decrypt it first with qemu-img convert and --object secret."));
        }
        let header = Self {
            version,
            cluster_bits: u32_be(&head, 20),
            size: u64_be(&head, 24),
            l1_offset: u64_be(&head, 40),
            l1_entries: u32_be(&head, 36).into(),
            backing: backing(storage, &head, header_length)?,
        };
        header.check(storage)?;
        Ok(header)
    }

    fn check(&self, storage: &Storage) -> Result<(), Error> {
        if !(9..=21).contains(&self.cluster_bits) {
            return Err(storage.error(format_args!("damaged: clusters of 2^{} bytes", self.cluster_bits)));
        }
        if self.size > i64::MAX as u64 {
            return Err(storage.error(format_args!("damaged: a disk of {} bytes", self.size)));
        }
        let needed = self.size.div_ceil(1 << (2 * self.cluster_bits - 3));
        if self.l1_entries < needed || self.l1_entries * 8 > L1_LIMIT {
            return Err(storage.error(format_args!(
                "damaged: an L1 table of {} entries for {} bytes",
                self.l1_entries, self.size
            )));
        }
        if self.l1_offset.checked_add(self.l1_entries * 8).is_none_or(|end| end > storage.length()) {
            return Err(storage.error("cut short or damaged: the L1 table is past the end of the file"));
        }
        Ok(())
    }
}

/// Refuses what version 3 may ask for and isn't read here; gives the header's length.
fn check_features(storage: &Storage) -> Result<u64, Error> {
    let more: [u8; 32] = storage.array(72)?;
    let features = u64_be(&more, 0);
    let refused = |what: &str| {
        Err(storage.error(format_args!("{what}")).hint("Convert it first: qemu-img convert -O qcow2 FROM TO"))
    };
    let length = u64::from(u32_be(&more, 28));
    if features & CORRUPT != 0 {
        return Err(storage.error("marked as corrupt").hint("Repair it first: qemu-img check -r all FILE"));
    }
    if features & DATA_FILE != 0 {
        return refused("qcow2 disks with an external data file are not read");
    }
    if features & EXTENDED_L2 != 0 {
        return refused("qcow2 disks with subclusters (extended_l2) are not read");
    }
    if features & COMPRESSION != 0 {
        return match storage.array::<1>(104)? {
            [0] => Ok(length),
            [1] => refused("qcow2 disks compressed with zstd are not read"),
            [kind] => refused(&format!("qcow2 compression type {kind} is not known")),
        };
    }
    if features & !DIRTY != 0 {
        return refused(&format!("qcow2 features {features:#x} are not known"));
    }
    if length < 104 {
        return Err(storage.error(format_args!("damaged: a header of {length} bytes")));
    }
    Ok(length)
}

fn backing(storage: &Storage, head: &[u8; 72], header_length: u64) -> Result<Option<Backing>, Error> {
    let (offset, length) = (u64_be(head, 8), u32_be(head, 16));
    if offset == 0 || length == 0 {
        return Ok(None);
    }
    if length > 1023 {
        return Err(storage.error("damaged: the name of the backing file is too long"));
    }
    let mut name = vec![0; length as usize];
    storage.read_at(&mut name, offset)?;
    let name = String::from_utf8(name)
        .map_err(|_| storage.error("the name of the backing file is not UTF-8, which is not read"))?;
    Ok(Some(Backing { name, format: backing_format(storage, header_length, offset)? }))
}

/// Looks for the format among the header's extensions, which end before the backing file's name.
fn backing_format(storage: &Storage, header_length: u64, end: u64) -> Result<Option<Format>, Error> {
    let mut at = header_length;
    while at.checked_add(8).is_some_and(|next| next <= end) {
        let extension: [u8; 8] = storage.array(at)?;
        let (kind, length) = (u32_be(&extension, 0), u32_be(&extension, 4));
        match kind {
            0 => break,
            BACKING_FORMAT if length <= 16 => {
                let mut name = vec![0; length as usize];
                storage.read_at(&mut name, at + 8)?;
                return format_named(storage, &String::from_utf8_lossy(&name)).map(Some);
            }
            _ => at += 8 + u64::from(length).next_multiple_of(8),
        }
    }
    Ok(None)
}

fn format_named(storage: &Storage, name: &str) -> Result<Format, Error> {
    match name {
        "raw" | "host_device" | "file" => Ok(Format::Raw),
        "qcow2" => Ok(Format::Qcow2),
        "vmdk" => Ok(Format::Vmdk),
        "vdi" => Ok(Format::Vdi),
        _ => Err(storage.error(format_args!("its backing file has the format {name:?}, which is not read"))),
    }
}
