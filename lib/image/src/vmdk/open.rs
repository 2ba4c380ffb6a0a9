//! Opening a VMDK: from its descriptor to the disk.

use super::SECTOR;
use super::descriptor::{Descriptor, Extent, Kind, Parent};
use super::extents::{Extents, Slice};
use super::header::{Header, MAGIC};
use super::sparse::Sparse;
use crate::Error;
use crate::disk::Opener;
use crate::disk::raw::Raw;
use crate::disk::source::Mapped;
use crate::disk::storage::Storage;
use crate::disk::{Disk, Format};
use std::path::Path;

/// Opens the disk whose descriptor the file is or holds, with its extents and its parents.
pub(crate) fn open(storage: Storage, below: &Opener) -> Result<Disk, Error> {
    if is_extent(&storage)? {
        let header = Header::read(&storage)?;
        let descriptor = embedded(&storage, &header)?;
        let parent = open_parent(storage.path(), descriptor.parent.as_ref(), below)?;
        let capacity = capacity(&header, &descriptor);
        let map = Sparse::new(storage, header, capacity)?;
        return Ok(Disk::new(Mapped { map, below: parent }, Format::Vmdk));
    }
    let descriptor = Descriptor::read(&storage, 0, storage.length())?;
    let parent = open_parent(storage.path(), descriptor.parent.as_ref(), below)?;
    let mut extents = Extents::new();
    for extent in &descriptor.extents {
        let length = extent
            .sectors
            .checked_mul(SECTOR)
            .ok_or_else(|| storage.error("damaged: an extent is too large"))?;
        let slice = parent.as_ref().map(|disk| {
            let slice = Slice { disk: disk.clone(), start: extents.end(), length };
            Disk::new(slice, Format::Vmdk)
        });
        let disk = open_extent(storage.path(), extent, length, slice, below)?;
        extents.push(length, disk).map_err(|error| storage.error(error.message))?;
    }
    Ok(Disk::new(extents, Format::Vmdk))
}

fn is_extent(storage: &Storage) -> Result<bool, Error> {
    Ok(storage.array::<4>(0)? == *MAGIC)
}

/// The descriptor inside an extent.
fn embedded(storage: &Storage, header: &Header) -> Result<Descriptor, Error> {
    if header.descriptor_offset == 0 || header.descriptor_size == 0 {
        return Err(storage
            .error("one of the files of a split disk")
            .hint("Name the disk's descriptor instead: the small .vmdk file beside it that is text."));
    }
    let descriptor = Descriptor::read(
        storage,
        header.descriptor_offset * SECTOR,
        header.descriptor_size.saturating_mul(SECTOR),
    )?;
    if descriptor.extents.len() != 1 || descriptor.extents.iter().any(|extent| extent.kind != Kind::Sparse) {
        return Err(storage.error("damaged: the descriptor inside a sparse extent names other extents"));
    }
    Ok(descriptor)
}

/// Size in bytes. VirtualBox rounds the header's up to whole grains and has the true size in the extent line; with QEMU it is the header's.
fn capacity(header: &Header, descriptor: &Descriptor) -> u64 {
    let said = descriptor.extents.first().map_or(0, |extent| extent.sectors);
    let rounded = said <= header.capacity && header.capacity - said < header.grain;
    (if rounded { said } else { header.capacity }) * SECTOR
}

fn open_extent(
    owner: &Path,
    extent: &Extent,
    length: u64,
    parent: Option<Disk>,
    below: &Opener,
) -> Result<Option<Disk>, Error> {
    if extent.kind == Kind::Zero {
        return Ok(None);
    }
    let storage = below.storage(&below.named(owner, &extent.file)?)?;
    if extent.kind == Kind::Flat {
        let start = extent
            .offset
            .checked_mul(SECTOR)
            .ok_or_else(|| storage.error("damaged: an extent is too large"))?;
        return Ok(Some(Disk::new(Raw::part(storage, start, length)?, Format::Vmdk)));
    }
    let header = Header::read(&storage)?;
    let map = Sparse::new(storage, header, length)?;
    Ok(Some(Disk::new(Mapped { map, below: parent }, Format::Vmdk)))
}

/// Opens the parent, which must be as it was when the child was made.
fn open_parent(owner: &Path, parent: Option<&Parent>, below: &Opener) -> Result<Option<Disk>, Error> {
    let Some(parent) = parent else { return Ok(None) };
    let path = below.named(owner, &parent.file)?;
    let storage = below.storage(&path)?;
    let descriptor = if is_extent(&storage)? {
        embedded(&storage, &Header::read(&storage)?)?
    } else {
        Descriptor::read(&storage, 0, storage.length())?
    };
    if descriptor.cid != parent.cid {
        return Err(storage.error(format_args!("has changed since {} was made upon it", owner.display())));
    }
    below.clone().format(Format::Vmdk).open(path).map(Some)
}
