//! Layouts that are the disk itself: raw, and VMDK descriptors with raw files. Zeros are holes.

use super::{SPLIT, beside, check_capacity, name, split, text};
use crate::Error;
use crate::convert::{Block, ContentId, Output, Sink};
use crate::vmdk::{Adapter, GRAIN, SECTOR};
use std::path::{Path, PathBuf};

/// A disk in progress.
#[derive(Debug)]
pub(crate) struct Flat {
    capacity: u64,
    extents: Vec<Extent>,
    /// Bytes of the disk in each extent but the last.
    size: u64,
    descriptor: Option<Descriptor>,
}

#[derive(Debug)]
struct Extent {
    path: PathBuf,
    output: Output,
    size: u64,
}

#[derive(Debug)]
struct Descriptor {
    output: Output,
    create_type: &'static str,
    adapter: Adapter,
}

impl Flat {
    /// A raw file of so many bytes.
    pub(crate) fn raw(path: &Path, capacity: u64) -> Result<Self, Error> {
        Ok(Self {
            capacity,
            extents: vec![Extent::create(path.to_owned(), capacity)?],
            size: u64::MAX,
            descriptor: None,
        })
    }

    /// A descriptor and one raw file, for a disk of so many bytes.
    pub(crate) fn monolithic(path: &Path, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(path, capacity)?;
        let capacity = capacity.next_multiple_of(SECTOR);
        let extents = vec![Extent::create(beside(path, "flat")?, capacity)?];
        let descriptor = Descriptor { output: Output::create(path)?, create_type: "monolithicFlat", adapter };
        Ok(Self { capacity, extents, size: u64::MAX, descriptor: Some(descriptor) })
    }

    /// A descriptor and raw files of 2047 MiB.
    pub(crate) fn split(path: &Path, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(path, capacity)?;
        let capacity = capacity.next_multiple_of(SECTOR);
        let extents = split(capacity)
            .enumerate()
            .map(|(index, size)| Extent::create(beside(path, &format!("f{:03}", index + 1))?, size))
            .collect::<Result<_, _>>()?;
        let descriptor =
            Descriptor { output: Output::create(path)?, create_type: "twoGbMaxExtentFlat", adapter };
        Ok(Self { capacity, extents, size: SPLIT, descriptor: Some(descriptor) })
    }
}

impl Extent {
    fn create(path: PathBuf, size: u64) -> Result<Self, Error> {
        let output = Output::create(&path)?;
        output.set_length(size)?;
        Ok(Self { path, output, size })
    }
}

impl Sink for Flat {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn compresses(&self) -> bool {
        false
    }

    fn block(&mut self, block: &Block) -> Result<(), Error> {
        let grains = block.bytes.chunks(usize::try_from(GRAIN).unwrap_or(1));
        for (grain, bytes) in block.grains.iter().zip(grains) {
            let offset = grain.number * GRAIN;
            let extent = self.extents.get(usize::try_from(offset / self.size).unwrap_or(usize::MAX));
            let extent = extent.ok_or_else(|| Error::new("a block past the end of the disk"))?;
            let offset = offset % self.size;
            let inside = usize::try_from(extent.size - offset).unwrap_or(usize::MAX).min(bytes.len());
            extent.output.write_at(&bytes[..inside], offset)?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>, content: &ContentId) -> Result<Vec<Output>, Error> {
        let mut outputs = Vec::new();
        if let Some(descriptor) = self.descriptor {
            let mut lines = String::new();
            for extent in &self.extents {
                lines += &format!("RW {} FLAT \"{}\" 0\n", extent.size / SECTOR, name(&extent.path)?);
            }
            let text =
                text::descriptor(descriptor.create_type, &lines, self.capacity, descriptor.adapter, content);
            descriptor.output.write_at(text.as_bytes(), 0)?;
            outputs.push(descriptor.output);
        }
        outputs.extend(self.extents.into_iter().map(|extent| extent.output));
        Ok(outputs)
    }
}
