//! gzip (RFC 1952) as one stream: blocks that end at a byte, each packed with the 32 KiB before it in sight.

use super::parallel::{Block, Codec};
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use std::io;

/// How far back deflate sees (RFC 1951).
const WINDOW: usize = 32 * 1024;

/// A codec that makes one gzip member.
#[derive(Debug, Clone)]
pub(super) struct Gzip {
    level: u32,
}

impl Gzip {
    /// `level` is from 1 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self { level }
    }
}

impl Codec for Gzip {
    type Summary = Crc;

    fn block_size(&self) -> usize {
        512 * 1024
    }

    fn history(&self) -> usize {
        WINDOW
    }

    /// Deflate, no flags, no time, so that the same input gives the same bytes; made on Unix.
    fn begin(&self) -> Vec<u8> {
        let extra = match self.level {
            9 => 2,
            1 => 4,
            _ => 0,
        };
        vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, 3]
    }

    fn pack(&mut self, block: &Block) -> io::Result<(Vec<u8>, Crc)> {
        let mut crc = Crc::new();
        crc.update(&block.data);
        let flush = if block.last { FlushCompress::Finish } else { FlushCompress::Sync };
        Ok((deflate(self.level, &block.history, &block.data, flush)?, crc))
    }

    fn add(sum: &mut Crc, next: Crc) {
        sum.combine(&next);
    }

    fn end(&self, sum: &Crc) -> Vec<u8> {
        [sum.sum().to_le_bytes(), sum.amount().to_le_bytes()].concat()
    }
}

/// Deflates a piece, up to the byte at which the next piece begins.
pub(super) fn deflate(level: u32, history: &[u8], data: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut deflate = Compress::new(Compression::new(level), false);
    if !history.is_empty() {
        deflate.set_dictionary(history)?;
    }
    let mut packed = Vec::with_capacity(data.len() / 2 + 1024);
    loop {
        let done = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX).min(data.len());
        let status = deflate.compress_vec(&data[done..], &mut packed, flush)?;
        let all_read = deflate.total_in() == data.len() as u64;
        // There is more to come for as long as it fills all the room that it is given.
        let all_written = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => all_read && packed.len() < packed.capacity(),
        };
        if all_written {
            return Ok(packed);
        }
        packed.reserve(data.len() / 4 + 1024);
    }
}
