//! Options of the builders, a file or folder each.

pub mod file;
pub mod null;
