//! bzip2 as a row of streams, one for each block, as pbzip2 writes it and every bzip2 reads it.

use super::parallel::{Block, Codec};
use bzip2::Compression;
use bzip2::write::BzEncoder;
use std::io::{self, Write};

/// A codec that makes one bzip2 stream of each block.
#[derive(Debug, Clone)]
pub(super) struct Bzip {
    level: u32,
}

impl Bzip {
    /// `level` is from 1 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self { level }
    }
}

impl Codec for Bzip {
    type Summary = usize;

    /// What bzip2 packs at once at this level, a little less because of its run-length coding.
    fn block_size(&self) -> usize {
        self.level as usize * 100_000 - 1_000
    }

    fn pack(&mut self, block: &Block) -> io::Result<(Vec<u8>, usize)> {
        if block.data.is_empty() {
            return Ok((Vec::new(), 0));
        }
        Ok((stream(self.level, &block.data)?, block.data.len()))
    }

    fn add(sum: &mut usize, next: usize) {
        *sum += next;
    }

    /// Nothing, unless the input was empty: a file without any stream is none.
    fn end(&self, sum: &usize) -> Vec<u8> {
        if *sum == 0 { stream(self.level, &[]).unwrap_or_default() } else { Vec::new() }
    }
}

fn stream(level: u32, data: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = BzEncoder::new(Vec::with_capacity(data.len() / 2), Compression::new(level));
    encoder.write_all(data)?;
    encoder.finish()
}
