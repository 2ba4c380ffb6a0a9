//! Options of `virtualbox-iso`: a machine installed from a CD.

use super::{DEFERRED, Devices, Disks, Hardware, Machine};
use crate::option_set;
use crate::options::builder::machine::Iso;
use crate::options::{Check, Component};

option_set! {
    /// Options of `virtualbox-iso`.
    pub struct VirtualBoxIso {
        /// The installer's CD.
        pub iso: Iso,
        /// Board, processors, memory.
        pub hardware: Hardware,
        /// Disks and drives.
        pub disks: Disks,
        /// Other devices.
        pub devices: Devices,
    } with {
        /// What all three types have.
        pub machine: Machine,
    }
}

impl Component for VirtualBoxIso {
    const TYPE: &'static str = "virtualbox-iso";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = DEFERRED;

    fn check(&mut self, check: &mut Check) {
        self.iso.check(check);
        self.hardware.check(check);
        self.disks.check(check);
        self.devices.check(check);
        self.machine.check(&self.disks.iso_interface, check);
        let additions = &self.machine.guest_additions;
        if additions.guest_additions_mode == "attach"
            && additions.guest_additions_interface == "ide"
            && self.disks.hard_drive_interface == "ide"
            && !self.disks.disk_additional_size.is_empty()
        {
            check
                .error("disk_additional_size", "the second IDE disk has the place of the guest additions' CD")
                .hint("set hard_drive_interface or guest_additions_interface to \"sata\"");
        }
    }
}
