//! Options of the builders, a file or folder each.

pub mod amazon_ebs;
pub mod file;
pub mod null;
