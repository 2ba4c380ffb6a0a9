//! Options of `vmware-iso` and `vmware-vmx`.
//!
//! Rules and defaults: packer-plugin-vmware 2.1; the options of ESXi over SSH (`remote_*`), which that version has dropped, are those of
//! 1.2.0. What differs on purpose stands in docs/vmware.md.

mod disks;
mod hardware;
mod ports;
mod remote;
mod rules;
mod source;
mod vm;

pub use disks::Disks;
pub use hardware::Hardware;
pub use ports::{Parallel, Serial};
pub use remote::Remote;
pub use source::Source;
pub use vm::Vm;

use super::machine::{Base, DEFERRED, Iso, Vnc};
use crate::option_set;
use crate::options::{Check, Component};

option_set! {
    /// Options that both types have.
    pub struct Machine {
        /// The machine and its result.
        pub vm: Vm,
        /// Its disks.
        pub disks: Disks,
        /// The VNC server over which the boot command is typed.
        pub vnc: Vnc,
        /// The ESXi host.
        pub remote: Remote,
    } with {
        /// What all builders of virtual machines have.
        pub base: Base,
    }
}

option_set! {
    /// Options of `vmware-iso`: a machine that is installed from a CD.
    pub struct VMwareIso {
        /// The installer's CD.
        pub iso: Iso,
        /// Its devices.
        pub hardware: Hardware,
    } with {
        /// What both types have.
        pub machine: Machine,
    }
}

option_set! {
    /// Options of `vmware-vmx`: a machine that is made of another one.
    pub struct VMwareVmx {
        /// The other machine.
        pub source: Source,
    } with {
        /// What both types have.
        pub machine: Machine,
    }
}

/// What is rendered late: what all builders of machines have, and the path of the tools in the guest.
const LATE: [(&str, &[&str]); 5] =
    [DEFERRED[0], DEFERRED[1], DEFERRED[2], DEFERRED[3], ("tools_upload_path", &["Flavor"])];

impl Machine {
    /// Checks the options and fills in defaults. `name` is the machine's where it is not given; `is_new` says that its disks are made.
    fn check(&mut self, esxi: bool, name: &str, is_new: bool, check: &mut Check) {
        self.base.check(check);
        self.vnc.check(&self.base.boot, check);
        self.vm.check(esxi, name, check);
        self.disks.check(esxi, is_new, check);
        self.remote.check(esxi, &self.vm, check);
        rules::check(&self.vm, &self.disks, &self.base.communicator, check);
    }
}

impl Component for VMwareIso {
    const TYPE: &'static str = "vmware-iso";

    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &LATE;

    fn check(&mut self, check: &mut Check) {
        let esxi = self.machine.vm.settle(&mut self.machine.remote, check);
        self.iso.check(check);
        self.hardware.check(check);
        let name = format!("packer-{}", check.build);
        self.machine.check(esxi, &name, true, check);
    }
}

impl Component for VMwareVmx {
    const TYPE: &'static str = "vmware-vmx";

    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &LATE;

    fn check(&mut self, check: &mut Check) {
        let esxi = self.machine.vm.settle(&mut self.machine.remote, check);
        self.source.check(esxi, check);
        let name = format!("packer-{}-{}", check.build, check.moment.as_seconds());
        self.machine.check(esxi, &name, false, check);
    }
}

#[cfg(test)]
mod tests;
