//! Media that are made for a machine: a floppy disk and a CD with the user's files.
//!
//! The same files give the same bytes: dates are `SOURCE_DATE_EPOCH`, else always the same.

mod cd;
mod date;
mod floppy;
mod iso9660;
mod tree;

pub use cd::write_cd;
pub use floppy::write_floppy;
