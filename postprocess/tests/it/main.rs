//! `postprocess` as people run it: records in, files and records out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod archives;
mod place;
mod scripts;
mod stop;
mod sums;
mod unfinished;
