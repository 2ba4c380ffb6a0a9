//! `postprocess` as people run it: records in, files and records out.

mod archives;
mod place;
mod scripts;
mod stop;
mod sums;
mod unfinished;
