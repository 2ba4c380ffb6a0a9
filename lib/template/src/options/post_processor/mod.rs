//! Options of the post-processors, a file or folder each.

pub mod amazon_import;
pub mod artifice;
pub mod checksum;
pub mod compress;
pub mod manifest;
pub mod shell_local;
pub mod vagrant;
pub mod vagrant_registry;
