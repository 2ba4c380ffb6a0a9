//! Writing disks: from any disk that can be read to any layout that platforms take.
//!
//! One pass over the source: worker threads read, drop zeros and compress; what they make is written in order. So the same content
//! gives the same bytes, whatever the source was stored as and however many threads there were. Identifiers inside the files come from a
//! digest of the content. It is known at the end only and stands at the beginning, so headers are written last, and SHA-256 is taken
//! when a file is whole. Names of files are part of descriptors: another name gives another descriptor.

mod content;
mod ordered;
mod output;
mod pipeline;

pub use content::ContentId;
pub(crate) use output::Output;
pub use output::WrittenFile;
pub(crate) use pipeline::{Block, Sink};

use crate::disk::Disk;
use crate::vmdk::{self, Adapter};
use crate::{Error, vmdk::GRAIN};
use std::fs::File;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::Path;

/// What a disk is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The disk itself, with holes for zeros.
    Raw,
    /// Compressed VMDK in one file, as OVF and OVA carry it.
    StreamOptimized,
    /// Growing VMDK in one file.
    MonolithicSparse,
    /// VMDK descriptor with one raw file, `NAME-flat.vmdk`.
    MonolithicFlat,
    /// VMDK descriptor with growing files for 2047 MiB each, `NAME-s001.vmdk` …
    SplitSparse,
    /// VMDK descriptor with raw files of 2047 MiB each, `NAME-f001.vmdk` …
    SplitFlat,
}

/// How a disk is written.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Controller that VMDK descriptors name.
    pub adapter: Adapter,
    /// Number of worker threads; all cores where it isn't said.
    pub threads: Option<NonZeroUsize>,
    /// Leaves [`WrittenFile::sha256`] empty: for disks that only we read. A raw disk's digest takes the time of all its holes.
    pub undigested: bool,
}

/// What has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All files; the first is the one that was asked for and names the others.
    pub files: Vec<WrittenFile>,
    /// Size of the disk in bytes: the source's, in VMDK rounded up to whole sectors (flat) or 64 KiB (others).
    pub capacity: u64,
    /// Bytes of the disk that are stored, before compression: `ovf:populatedSize`.
    pub populated: u64,
    /// What identifiers are derived from.
    pub content: ContentId,
}

/// Writes the disk to `target` and, for layouts of several files, beside it. Files that are there are replaced; they appear when all is whole,
/// `target` last, and nothing is left on an error.
///
/// `progress` gets bytes of the disk that are done, and all; breaking stops the work with an error.
pub fn convert(
    disk: &Disk,
    target: &Path,
    layout: Layout,
    options: &Options,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Written, Error> {
    run(disk, sink(disk.capacity(), target, layout, options)?, options, progress)
}

/// Writes the disk as a stream-optimized VMDK into an open file, from an offset on: a member of an archive, which bears
/// `name`. The file's other parts are left alone. For the rest see [`convert`].
///
/// # Errors
/// When the disk cannot be read, the file cannot be written, or `progress` breaks.
pub fn convert_into(
    disk: &Disk,
    file: &File,
    start: u64,
    name: &str,
    options: &Options,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let output = Output::inside(file, start, name)?;
    let whole_grains = disk.capacity().next_multiple_of(GRAIN);
    run(disk, Box::new(vmdk::stream::Stream::into(output, whole_grains, options.adapter)?), options, progress)
}

fn run(
    disk: &Disk,
    mut sink: Box<dyn Sink>,
    options: &Options,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Written, Error> {
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok());
    let (content, populated) =
        pipeline::run(disk, threads.map_or(1, NonZeroUsize::get), sink.as_mut(), progress)?;
    let capacity = sink.capacity();
    let outputs = sink.finish(&content)?;
    Ok(Written { files: output::finish(outputs, options.undigested)?, capacity, populated, content })
}

fn sink(capacity: u64, target: &Path, layout: Layout, options: &Options) -> Result<Box<dyn Sink>, Error> {
    let adapter = options.adapter;
    let whole_grains = capacity.next_multiple_of(GRAIN);
    Ok(match layout {
        Layout::Raw => Box::new(vmdk::flat::Flat::raw(target, capacity)?),
        Layout::MonolithicFlat => Box::new(vmdk::flat::Flat::monolithic(target, capacity, adapter)?),
        Layout::SplitFlat => Box::new(vmdk::flat::Flat::split(target, capacity, adapter)?),
        Layout::StreamOptimized => Box::new(vmdk::stream::Stream::new(target, whole_grains, adapter)?),
        Layout::MonolithicSparse => {
            Box::new(vmdk::sparse_writer::Sparse::monolithic(target, whole_grains, adapter)?)
        }
        Layout::SplitSparse => Box::new(vmdk::sparse_writer::Sparse::split(target, whole_grains, adapter)?),
    })
}
