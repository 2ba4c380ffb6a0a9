//! `build-virtualbox`: OVF and OVA appliances for VirtualBox (`virtualbox-iso`, `virtualbox-ovf`, `virtualbox-vm`).
//!
//! The way of a record is [`hypervisor::flow`]; what is this tool's own is a [`VirtualBox`], under one of two drivers:
//! [`vboxmanage`] is VirtualBox itself, [`qemu`] needs nothing of it.

pub mod additions;
pub mod options;
pub mod platform;
pub mod qemu;
pub mod vboxmanage;

pub use platform::VirtualBox;
