//! Data sources: what HCL2 templates ask before there is a build.

pub mod amazon;
pub mod http;
pub mod null;
pub mod ssh_key;
