//! Virtual machines under QEMU, as the target platform would show them to the guest.
//!
//! A machine is planned once ([`Qemu::create`]); the plan lies in the work folder, so any later process can take the machine
//! up again ([`Qemu::at`]). QEMU runs on its own ([`record::process`]) and is steered over a QMP socket in the state folder.
//! It stays when the guest switches itself off, until somebody has seen that: so a QEMU that is gone has crashed, and is
//! told apart from a guest that is off.

mod accelerator;
mod board;
mod controllers;
pub mod disk;
mod driver;
mod firmware;
mod keyboard;
mod link;
mod look;
mod plan;
mod process;
mod qmp;
mod screen;
mod text;

pub use board::{Target, vmware_slot};
pub use controllers::DiskOptions;
pub use driver::Qemu;
pub use firmware::{Efi, find as find_firmware};
pub use look::look;
pub use plan::{CommandLine, Options, is_installed};
pub use qmp::Qmp;
