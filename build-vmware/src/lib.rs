//! Builds VMware images: `vmware-iso` and `vmware-vmx`.
//!
//! The steps are [`hypervisor::flow`]'s; here is what VMware's machines are. Three drivers run them: `vmrun` (Workstation, Fusion, Player), `esxi`
//! (a host over SSH) and `qemu` (nothing of VMware's).

pub mod disks;
pub mod esxi;
pub mod options;
pub mod platform;
pub mod qemu;
pub mod result;
pub mod source;
pub mod vmrun;
pub mod vmx;
pub mod vnc;

pub use platform::VMware;

use record::Failure;

/// An error of the image library as a failure.
pub(crate) fn failure(error: image::Error) -> Failure {
    let failure = Failure::new(error.message);
    match error.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
