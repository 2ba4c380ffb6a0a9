//! One writer for all ways of packing.

use super::bgzf::Bgzf;
use super::bzip::Bzip;
use super::gzip::Gzip;
use super::parallel::Parallel;
use liblzma::stream::{Check, MtStreamBuilder};
use liblzma::write::XzEncoder;
use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
use std::io::{self, Write};
use std::num::NonZero;
use std::thread;
use template::options::post_processor::compress::Packing;

/// How much memory the xz encoder may take: a bound on its threads.
const XZ_MEMORY: u64 = 1024 * 1024 * 1024;

/// Packs what is written to it.
pub struct Encoder<W: Write>(Inner<W>);

enum Inner<W: Write> {
    Gzip(Parallel<Gzip, W>),
    Bgzf(Parallel<Bgzf, W>),
    Bzip2(Parallel<Bzip, W>),
    Lz4(Box<FrameEncoder<W>>),
    Xz(XzEncoder<W>),
    None(W),
}

impl<W: Write> Encoder<W> {
    /// Starts to pack into `out`. `level` is from 1 to 9, or nothing for the format's default: 6, for bzip2 9. LZ4 has
    /// one level only.
    ///
    /// # Errors
    /// When `out` cannot be written, or threads cannot be started.
    pub fn new(packing: Packing, level: Option<u32>, out: W) -> io::Result<Self> {
        let usual = level.unwrap_or(6);
        Ok(Self(match packing {
            Packing::Gzip => Inner::Gzip(Parallel::new(Gzip::new(usual), out)?),
            Packing::Bgzf => Inner::Bgzf(Parallel::new(Bgzf::new(usual), out)?),
            Packing::Bzip2 => Inner::Bzip2(Parallel::new(Bzip::new(level.unwrap_or(9)), out)?),
            Packing::Lz4 => Inner::Lz4(Box::new(FrameEncoder::with_frame_info(lz4_frame(), out))),
            Packing::Xz => Inner::Xz(xz(usual, out)?),
            Packing::None => Inner::None(out),
        }))
    }

    /// Writes what is left and the end, and gives back where it was written to.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Inner::Gzip(encoder) => encoder.finish(),
            Inner::Bgzf(encoder) => encoder.finish(),
            Inner::Bzip2(encoder) => encoder.finish(),
            Inner::Lz4(encoder) => encoder.finish().map_err(io::Error::other),
            Inner::Xz(encoder) => encoder.finish(),
            Inner::None(out) => Ok(out),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Gzip(encoder) => encoder.write(bytes),
            Inner::Bgzf(encoder) => encoder.write(bytes),
            Inner::Bzip2(encoder) => encoder.write(bytes),
            Inner::Lz4(encoder) => encoder.write(bytes),
            Inner::Xz(encoder) => encoder.write(bytes),
            Inner::None(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lz4_frame() -> FrameInfo {
    FrameInfo::new().block_size(BlockSize::Max4MB).block_mode(BlockMode::Linked).content_checksum(true)
}

fn xz<W: Write>(level: u32, out: W) -> io::Result<XzEncoder<W>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let build = |threads: usize| {
        let mut builder = MtStreamBuilder::new();
        builder.threads(u32::try_from(threads).unwrap_or(1)).preset(level).check(Check::Crc64);
        builder
    };
    let fits = |threads: &usize| build(*threads).memusage() <= XZ_MEMORY;
    let threads = (1..=cores).rev().find(fits).unwrap_or(1);
    Ok(XzEncoder::new_stream(out, build(threads).encoder().map_err(io::Error::other)?))
}
