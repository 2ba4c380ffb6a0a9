//! Growing layouts: one file with its descriptor inside (`monolithicSparse`), or a descriptor and files of 2047 MiB (`twoGbMaxExtentSparse`).
//!
//! An extent is: header, descriptor, redundant directory and its tables, directory and its tables, grains. All tables are there from the
//! beginning, twice, because VMware reads no disk without them.

use super::{DESCRIPTOR, SPLIT, beside, check_capacity, name, split, text};
use crate::Error;
use crate::convert::{Block, ContentId, Output, Sink};
use crate::vmdk::header::{HAS_REDUNDANT, Header};
use crate::vmdk::{Adapter, GRAIN, SECTOR, SPAN, TABLE};
use std::path::Path;

/// Sectors of a grain table.
const TABLE_SECTORS: u64 = TABLE * 4 / SECTOR;

/// A disk in progress.
#[derive(Debug)]
pub(crate) struct Sparse {
    adapter: Adapter,
    capacity: u64,
    extents: Vec<Extent>,
    /// The descriptor's file, where it has its own.
    descriptor: Option<Output>,
}

impl Sparse {
    /// One file, for a disk of so many bytes, whole grains.
    pub(crate) fn monolithic(path: &Path, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(path, capacity)?;
        let extents = vec![Extent::create(path, capacity, DESCRIPTOR)?];
        Ok(Self { adapter, capacity, extents, descriptor: None })
    }

    /// A descriptor and files of 2047 MiB.
    pub(crate) fn split(path: &Path, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(path, capacity)?;
        let extents = split(capacity)
            .enumerate()
            .map(|(index, size)| Extent::create(&beside(path, &format!("s{:03}", index + 1))?, size, 0));
        let extents = extents.collect::<Result<_, _>>()?;
        Ok(Self { adapter, capacity, extents, descriptor: Some(Output::create(path)?) })
    }

    fn text(&self, content: &ContentId) -> String {
        let lines: String = self.extents.iter().map(Extent::line).collect();
        let create_type = if self.descriptor.is_some() { "twoGbMaxExtentSparse" } else { "monolithicSparse" };
        text::descriptor(create_type, &lines, self.capacity, self.adapter, content)
    }
}

impl Sink for Sparse {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn compresses(&self) -> bool {
        false
    }

    fn block(&mut self, block: &Block) -> Result<(), Error> {
        let Some(first) = block.grains.first() else { return Ok(()) };
        let index = if self.descriptor.is_some() { first.number / (SPLIT / GRAIN) } else { 0 };
        let extent = self.extents.get_mut(usize::try_from(index).unwrap_or(usize::MAX));
        let extent = extent.ok_or_else(|| Error::new("a block past the end of the disk"))?;
        extent.block(block, index * (SPLIT / GRAIN))
    }

    fn finish(mut self: Box<Self>, content: &ContentId) -> Result<Vec<Output>, Error> {
        let text = self.text(content);
        for extent in &mut self.extents {
            extent.finish()?;
        }
        match &self.descriptor {
            Some(descriptor) => descriptor.write_at(text.as_bytes(), 0)?,
            None => {
                self.extents.iter().try_for_each(|extent| extent.output.write_at(text.as_bytes(), SECTOR))?;
            }
        }
        Ok(self.descriptor.into_iter().chain(self.extents.into_iter().map(|extent| extent.output)).collect())
    }
}

/// One file of grains.
#[derive(Debug)]
struct Extent {
    name: String,
    output: Output,
    header: Header,
    /// Where the next grain goes, in sectors.
    position: u64,
    /// The table that is being filled: its index, its entries. Tables without entries are holes in the file.
    table: (u64, Vec<u32>),
}

impl Extent {
    fn create(path: &Path, capacity: u64, descriptor: u64) -> Result<Self, Error> {
        let mut header = Header::ours(1, HAS_REDUNDANT, capacity);
        let tables = capacity.div_ceil(SPAN);
        let directory = (tables * 4).div_ceil(SECTOR);
        header.descriptor_offset = descriptor.min(1);
        header.descriptor_size = descriptor;
        header.redundant_directory = 1 + descriptor;
        header.directory = header.redundant_directory + directory + tables * TABLE_SECTORS;
        header.overhead =
            (header.directory + directory + tables * TABLE_SECTORS).next_multiple_of(GRAIN / SECTOR);
        let table = (0, vec![0; usize::try_from(TABLE).unwrap_or(0)]);
        let position = header.overhead;
        Ok(Self { name: name(path)?.to_owned(), output: Output::create(path)?, header, position, table })
    }

    /// Sector of the first table of a directory.
    fn first_table(&self, directory: u64) -> u64 {
        directory + (self.header.tables() * 4).div_ceil(SECTOR)
    }

    fn line(&self) -> String {
        format!("RW {} SPARSE \"{}\"\n", self.header.capacity, self.name)
    }

    /// Appends a block's grains; the extent begins with the grain `base` of the disk.
    fn block(&mut self, block: &Block, base: u64) -> Result<(), Error> {
        for grain in &block.grains {
            let number = grain.number - base;
            if number / TABLE != self.table.0 {
                self.flush_table()?;
                self.table.0 = number / TABLE;
            }
            self.table.1[usize::try_from(number % TABLE).unwrap_or(0)] =
                self.entry(self.position + grain.start as u64 / SECTOR)?;
        }
        self.output.write_at(&block.bytes, self.position * SECTOR)?;
        self.position += block.bytes.len() as u64 / SECTOR;
        Ok(())
    }

    fn entry(&self, sector: u64) -> Result<u32, Error> {
        u32::try_from(sector).map_err(|_| {
            Error::new(format!("{}: would be larger than 2 TiB, which no sparse VMDK may be", self.name))
        })
    }

    fn flush_table(&mut self) -> Result<(), Error> {
        let entries = &mut self.table.1;
        if entries.iter().any(|entry| *entry != 0) {
            let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
            entries.fill(0);
            for directory in [self.header.redundant_directory, self.header.directory] {
                let sector = self.first_table(directory) + self.table.0 * TABLE_SECTORS;
                self.output.write_at(&bytes, sector * SECTOR)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.flush_table()?;
        self.output.set_length(self.position * SECTOR)?;
        self.output.write_at(&self.header.to_bytes(), 0)?;
        for directory in [self.header.redundant_directory, self.header.directory] {
            let first = self.first_table(directory);
            let mut bytes = Vec::new();
            for table in 0..self.header.tables() {
                bytes.extend_from_slice(&self.entry(first + table * TABLE_SECTORS)?.to_le_bytes());
            }
            self.output.write_at(&bytes, directory * SECTOR)?;
        }
        Ok(())
    }
}
