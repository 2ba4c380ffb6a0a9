//! Blocked gzip (SAM specification, section 4.1): members of at most 64 KiB that tell their size.

use super::gzip::deflate;
use super::parallel::{Block, Codec};
use flate2::{Crc, FlushCompress};
use std::io;

/// A codec that makes one member of each block.
#[derive(Debug, Clone)]
pub(super) struct Bgzf {
    level: u32,
}

/// The empty member that ends every file.
const END: [u8; 28] =
    [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Bytes of a member beside the deflated ones: the header with the field of its size, checksum and length.
const FRAME: usize = 18 + 8;

impl Bgzf {
    /// `level` is from 1 to 9.
    pub(super) fn new(level: u32) -> Self {
        Self { level }
    }
}

impl Codec for Bgzf {
    type Summary = ();

    /// As htslib has it: so small that a member stays below 64 KiB even when nothing can be packed.
    fn block_size(&self) -> usize {
        0xff00
    }

    fn pack(&mut self, block: &Block) -> io::Result<(Vec<u8>, ())> {
        if block.data.is_empty() {
            return Ok((Vec::new(), ()));
        }
        let body = deflate(self.level, &[], &block.data, FlushCompress::Finish)?;
        let size = u16::try_from(body.len() + FRAME - 1)
            .map_err(|_| io::Error::other("a block cannot be packed into 64 KiB"))?;
        let mut crc = Crc::new();
        crc.update(&block.data);
        let mut member = END[..16].to_vec();
        member.extend(size.to_le_bytes());
        member.extend(body);
        member.extend(crc.sum().to_le_bytes());
        member.extend(crc.amount().to_le_bytes());
        Ok((member, ()))
    }

    fn add((): &mut (), (): ()) {}

    fn end(&self, (): &()) -> Vec<u8> {
        END.to_vec()
    }
}
