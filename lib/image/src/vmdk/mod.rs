//! VMware's VMDK: descriptors, sparse and flat extents, and the compressed form that appliances carry.
//!
//! Sources: VMware's *Virtual Disk Format 5.0* (technical note of 2011) for headers, tables and markers; `block/vmdk.c` of QEMU 10
//! and VirtualBox 7.2's export for what readers expect beyond it. Where they differ, the comments say whom we follow.

mod descriptor;
mod extents;
mod header;
mod open;
mod sparse;
mod write;

pub use write::Adapter;

pub(crate) use descriptor::is_descriptor;
pub(crate) use open::open;
pub(crate) use write::{flat, sparse as sparse_writer, stream};

/// Bytes of a sector: VMDK counts in sectors.
pub(crate) const SECTOR: u64 = 512;
/// Bytes of a grain in what we write: all known writers take 64 KiB.
pub(crate) const GRAIN: u64 = 64 << 10;
/// Entries of a grain table, fixed by the format.
pub(crate) const TABLE: u64 = 512;
/// Bytes of the disk that one grain table of ours covers: 32 MiB.
pub(crate) const SPAN: u64 = GRAIN * TABLE;
