//! The stream-optimized layout, with tables behind their grains and the directory in a footer: what VMware's and VirtualBox's exports have,
//! and what VirtualBox's import reads in one go. (It refuses files without the end-of-stream marker, as QEMU writes them, where the disk's
//! last grain is empty.)

use super::{DESCRIPTOR, check_capacity, name, text};
use crate::Error;
use crate::convert::{Block, ContentId, Output, Sink};
use crate::vmdk::header::{COMPRESSED, Header, IN_FOOTER, MARKERS};
use crate::vmdk::{Adapter, SECTOR, SPAN, TABLE};
use std::path::{Path, PathBuf};

/// Sectors before the first grain: one grain, as everyone else has.
const OVERHEAD: u64 = 128;

/// Types of markers.
const END_OF_STREAM: u32 = 0;
const GRAIN_TABLE: u32 = 1;
const GRAIN_DIRECTORY: u32 = 2;
const FOOTER: u32 = 3;

/// A stream-optimized VMDK in progress.
#[derive(Debug)]
pub(crate) struct Stream {
    path: PathBuf,
    output: Output,
    adapter: Adapter,
    capacity: u64,
    /// Where the next thing goes, in sectors.
    position: u64,
    directory: Vec<u32>,
    /// The table that is being filled: its index, its entries.
    table: (u64, Vec<u32>),
}

impl Stream {
    /// Begins a file for a disk of so many bytes, whole grains.
    pub(crate) fn new(path: &Path, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(path, capacity)?;
        name(path)?;
        Self::into(Output::create(path)?, capacity, adapter)
    }

    /// Begins one that goes into `output`.
    pub(crate) fn into(output: Output, capacity: u64, adapter: Adapter) -> Result<Self, Error> {
        check_capacity(output.path(), capacity)?;
        name(output.path())?;
        let tables = usize::try_from(capacity.div_ceil(SPAN)).unwrap_or(0);
        Ok(Self {
            path: output.path().to_owned(),
            output,
            adapter,
            capacity,
            position: OVERHEAD,
            directory: vec![0; tables],
            table: (0, vec![0; usize::try_from(TABLE).unwrap_or(0)]),
        })
    }

    fn header(&self) -> Header {
        Header {
            descriptor_offset: 1,
            descriptor_size: DESCRIPTOR,
            directory: IN_FOOTER,
            overhead: OVERHEAD,
            ..Header::ours(3, COMPRESSED | MARKERS, self.capacity)
        }
    }

    /// Writes at the position, whole sectors.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.output.write_at(bytes, self.position * SECTOR)?;
        self.position += bytes.len() as u64 / SECTOR;
        if self.position > u32::MAX.into() {
            return Err(Error::new(format!(
                "{}: would be larger than 2 TiB, which no VMDK may be",
                self.path.display()
            )));
        }
        Ok(())
    }

    /// Writes numbers behind a marker, padded to whole sectors; gives the sector of the first.
    fn append_table(&mut self, marker: u32, entries: &[u32]) -> Result<u64, Error> {
        let mut bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        self.append_marker(marker, bytes.len() as u64 / SECTOR)?;
        let sector = self.position;
        self.append(&bytes)?;
        Ok(sector)
    }

    fn append_marker(&mut self, marker: u32, sectors: u64) -> Result<(), Error> {
        let mut bytes = [0; 512];
        bytes[..8].copy_from_slice(&sectors.to_le_bytes());
        bytes[12..16].copy_from_slice(&marker.to_le_bytes());
        self.append(&bytes)
    }

    /// Writes the table that has been filled, if it has an entry.
    fn flush_table(&mut self) -> Result<(), Error> {
        let (index, entries) = (self.table.0, std::mem::take(&mut self.table.1));
        if entries.iter().any(|entry| *entry != 0) {
            let sector = self.append_table(GRAIN_TABLE, &entries)?;
            self.directory[usize::try_from(index).unwrap_or(usize::MAX)] = entry(sector);
        }
        self.table.1 = vec![0; entries.len()];
        Ok(())
    }

    fn descriptor(&self, content: &ContentId) -> Result<String, Error> {
        let extent = format!("RDONLY {} SPARSE \"{}\"\n", self.capacity / SECTOR, name(&self.path)?);
        let text = text::descriptor("streamOptimized", &extent, self.capacity, self.adapter, content);
        Ok(text + &text::virtualbox_ids(content))
    }
}

/// A sector as tables hold it; [`Stream::append`] has checked that it is small enough.
fn entry(sector: u64) -> u32 {
    u32::try_from(sector).unwrap_or(u32::MAX)
}

impl Sink for Stream {
    fn capacity(&self) -> u64 {
        self.capacity
    }

    fn compresses(&self) -> bool {
        true
    }

    fn block(&mut self, block: &Block) -> Result<(), Error> {
        let Some(first) = block.grains.first() else { return Ok(()) };
        if first.number / TABLE != self.table.0 {
            self.flush_table()?;
            self.table.0 = first.number / TABLE;
        }
        for grain in &block.grains {
            let sector = self.position + grain.start as u64 / SECTOR;
            self.table.1[usize::try_from(grain.number % TABLE).unwrap_or(0)] = entry(sector);
        }
        self.append(&block.bytes)
    }

    fn finish(mut self: Box<Self>, content: &ContentId) -> Result<Vec<Output>, Error> {
        self.flush_table()?;
        let entries = std::mem::take(&mut self.directory);
        let directory = self.append_table(GRAIN_DIRECTORY, &entries)?;
        self.append_marker(FOOTER, 1)?;
        let header = self.header();
        self.append(&Header { directory, ..header.clone() }.to_bytes())?;
        self.append_marker(END_OF_STREAM, 0)?;
        self.output.write_at(&header.to_bytes(), 0)?;
        self.output.write_at(self.descriptor(content)?.as_bytes(), SECTOR)?;
        Ok(vec![self.output])
    }
}
