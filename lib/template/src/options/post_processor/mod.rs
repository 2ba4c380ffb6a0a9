//! Options of the post-processors, a file or folder each.

pub mod shell_local;
