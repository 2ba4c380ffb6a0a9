//! Options of the builders, a file or folder each.

pub mod amazon_chroot;
pub mod amazon_ebs;
pub mod amazon_ebssurrogate;
pub mod amazon_ebsvolume;
pub mod amazon_instance;
pub mod file;
pub mod machine;
pub mod null;
pub mod qemu;
pub mod virtualbox;
pub mod vmware;
