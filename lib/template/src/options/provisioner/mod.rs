//! Options of the provisioners, a file or folder each.

pub mod shell_local;
