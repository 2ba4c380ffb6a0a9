//! Compressed streams, on all cores where their format allows it.

mod archive;
mod bgzf;
mod bzip;
mod encoder;
mod gzip;
mod parallel;

pub use archive::{Input, write};
pub use encoder::Encoder;
