//! Virtual machines on this computer (and on ESXi): what every builder of them needs.

pub mod boot_command;
pub mod driver;
pub mod flow;
pub mod http;
pub mod iso;
pub mod keyboard;
pub mod media;
pub mod orphans;
pub mod qemu;
pub mod rfb;
