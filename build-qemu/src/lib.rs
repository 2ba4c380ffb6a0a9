//! `build-qemu`: disks for QEMU and KVM (`qemu`): qcow2 or raw.
//!
//! The way of a record is [`hypervisor::flow`], and what runs the machine is [`hypervisor::qemu`]; this tool's own is the
//! machine's command line, as Packer's templates know it, and what becomes of its disks.

pub mod command_line;
pub mod disks;
pub mod export;
pub mod platform;
pub mod qemu_img;
pub mod tpm;

pub use platform::Qemu;
