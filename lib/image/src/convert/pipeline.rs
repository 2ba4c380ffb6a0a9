//! From a disk to blocks without zeros, compressed where the layout wants it, on all cores.

use super::content::{ContentId, Hasher, checksum};
use super::{Output, ordered};
use crate::Error;
use crate::disk::Disk;
use crate::vmdk::{GRAIN, SECTOR};
use std::ops::{ControlFlow, Range};

/// Bytes that one worker takes at a time. Divides what a grain table covers and what an extent of a split disk has, so no block belongs to two.
const BLOCK: u64 = 8 * GRAIN;
/// More threads than this would only take memory: 3 MiB each.
const THREADS: usize = 32;
/// What libdeflate calls level 5: faster and no larger than zlib's usual level 6 (docs/disks.md).
const LEVEL: i32 = 5;

/// Where blocks go.
pub(crate) trait Sink {
    /// Size of the disk as it is written, in bytes.
    fn capacity(&self) -> u64;

    /// Whether grains are wanted as records of a stream-optimized VMDK, or as they are.
    fn compresses(&self) -> bool;

    /// Takes the next block; they come in ascending order.
    fn block(&mut self, block: &Block) -> Result<(), Error>;

    /// Writes what stands at the beginning and the end. Gives all files, the main one first.
    fn finish(self: Box<Self>, content: &ContentId) -> Result<Vec<Output>, Error>;
}

/// The grains of a part of the disk that aren't zero.
#[derive(Debug)]
pub(crate) struct Block {
    /// Offset in the disk of its end.
    end: u64,
    /// Grains or records, one after the other.
    pub(crate) bytes: Vec<u8>,
    pub(crate) grains: Vec<Grain>,
}

/// A grain in a block.
#[derive(Debug)]
pub(crate) struct Grain {
    /// Counted from the disk's beginning.
    pub(crate) number: u64,
    /// Where it begins in [`Block::bytes`].
    pub(crate) start: usize,
    checksum: u64,
}

/// Moves the whole disk. Gives the content's name and how many bytes aren't zero, counted in grains.
pub(super) fn run(
    disk: &Disk,
    threads: usize,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<(ContentId, u64), Error> {
    let capacity = disk.capacity();
    let mut hasher = Hasher::new(capacity.next_multiple_of(GRAIN));
    let mut populated = 0;
    let compresses = sink.compresses();
    let worker = || {
        let mut worker = Worker::new(disk, compresses);
        move |offset| worker.block(offset)
    };
    ordered::run(Parts { disk, position: 0 }, threads.clamp(1, THREADS), worker, |block: Block| {
        for grain in &block.grains {
            hasher.grain(grain.number, grain.checksum);
        }
        populated += block.grains.len() as u64 * GRAIN;
        if !block.grains.is_empty() {
            sink.block(&block)?;
        }
        stopped(progress(block.end, capacity))
    })?;
    stopped(progress(capacity, capacity))?;
    Ok((hasher.finish(), populated))
}

fn stopped(flow: ControlFlow<()>) -> Result<(), Error> {
    if flow.is_break() { Err(Error::new("writing the disk was stopped")) } else { Ok(()) }
}

/// Offsets of the blocks in which something is stored.
struct Parts<'a> {
    disk: &'a Disk,
    position: u64,
}

impl Iterator for Parts<'_> {
    type Item = Result<u64, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let data = self.disk.next_data(self.position).transpose()?;
        Some(data.map(|Range { start, .. }| {
            let offset = start - start % BLOCK;
            self.position = offset + BLOCK;
            offset
        }))
    }
}

struct Worker<'a> {
    disk: &'a Disk,
    buffer: Vec<u8>,
    compressor: Option<libdeflater::Compressor>,
}

impl<'a> Worker<'a> {
    fn new(disk: &'a Disk, compresses: bool) -> Self {
        let level = libdeflater::CompressionLvl::new(LEVEL).unwrap_or_default();
        let compressor = compresses.then(|| libdeflater::Compressor::new(level));
        Self { disk, buffer: vec![0; usize::try_from(BLOCK).unwrap_or(0)], compressor }
    }

    fn block(&mut self, offset: u64) -> Result<Block, Error> {
        let end = self.disk.capacity().min(offset + BLOCK);
        self.disk.read_padded(&mut self.buffer, offset)?;
        let mut block = Block { end, bytes: Vec::with_capacity(self.buffer.len()), grains: Vec::new() };
        for (index, grain) in self.buffer.chunks_exact(usize::try_from(GRAIN).unwrap_or(1)).enumerate() {
            if is_zero(grain) {
                continue;
            }
            let number = offset / GRAIN + index as u64;
            block.grains.push(Grain { number, start: block.bytes.len(), checksum: checksum(grain) });
            match &mut self.compressor {
                None => block.bytes.extend_from_slice(grain),
                Some(compressor) => record(compressor, number, grain, &mut block.bytes)?,
            }
        }
        Ok(block)
    }
}

/// A grain's record in a stream-optimized VMDK: its sector in the disk, the length of its data, a zlib stream, zeros up to the next sector.
fn record(
    compressor: &mut libdeflater::Compressor,
    number: u64,
    grain: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let start = out.len();
    out.resize(start + 12 + compressor.zlib_compress_bound(grain.len()), 0);
    let length = compressor
        .zlib_compress(grain, &mut out[start + 12..])
        .map_err(|error| Error::new(format!("a grain cannot be compressed: {error}")))?;
    out[start..start + 8].copy_from_slice(&(number * (GRAIN / SECTOR)).to_le_bytes());
    out[start + 8..start + 12].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    out.truncate(start + 12 + length);
    out.resize(out.len().next_multiple_of(512), 0);
    Ok(())
}

/// Whether all is zero: in steps that the compiler makes wide instructions of.
fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(256).all(|chunk| chunk.iter().fold(0, |all, byte| all | byte) == 0)
}
