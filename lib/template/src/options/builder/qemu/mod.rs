//! Options of `qemu`: a machine installed from a CD, or one that goes on from a disk.
//!
//! Rules and defaults: Packer's qemu plugin 1.1; what differs is in docs/qemu.md.

mod disks;
mod firmware;
mod hardware;
mod run;

pub use disks::{Disks, bytes};
pub use firmware::QemuFirmware;
pub use hardware::Hardware;
pub use run::{ImageArguments, Run};

use super::machine::{Base, Iso, LATE_VARIABLES, Vnc};
use crate::option_set;
use crate::options::{Check, Component};

/// What `qemuargs` can say.
pub const ARGUMENT_VARIABLES: &[&str] =
    &["HTTPIP", "HTTPPort", "HTTPDir", "OutputDir", "Name", "SSHHostPort"];

option_set! {
    /// Options of `qemu`.
    pub struct Qemu {
        /// The installer's CD, or the disk.
        pub iso: Iso,
        /// The result and the disks.
        pub disks: Disks,
        /// Processors, memory, network.
        pub hardware: Hardware,
        /// What starts the boot loader.
        pub firmware: QemuFirmware,
        /// How QEMU is run.
        pub run: Run,
        /// The remote display.
        pub vnc: Vnc,
    } with {
        /// What all builders of virtual machines have.
        pub base: Base,
    }
}

impl Component for Qemu {
    const TYPE: &'static str = "qemu";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[
        ("boot_command", LATE_VARIABLES),
        ("boot_steps", LATE_VARIABLES),
        ("cd_content", LATE_VARIABLES),
        ("floppy_content", LATE_VARIABLES),
        ("http_content", LATE_VARIABLES),
        ("qemuargs", ARGUMENT_VARIABLES),
    ];

    fn check(&mut self, check: &mut Check) {
        self.run.take_boot_steps(&mut self.base.boot, check);
        self.disks.check(check);
        if self.disks.disk_image && self.iso.iso_target_extension.is_empty() {
            self.iso.iso_target_extension = "qcow2".to_owned();
        }
        self.iso.check(check);
        self.hardware.check(check);
        self.firmware.check(check);
        self.run.check(check);
        self.base.check(check);
        self.vnc.check(&self.base.boot, check);
        if self.base.shutdown.shutdown_command.is_empty() && self.base.talks() {
            check
                .warning(
                    "shutdown_command",
                    "there is none, so the machine is switched off: what its programs have not written is lost",
                )
                .hint("set shutdown_command (\"sudo shutdown -P now\")");
        }
    }
}

/// Checks that an option has one of the known values; an empty one takes the default.
fn one_of(path: &str, value: &mut String, known: &[&str], default: &str, check: &mut Check) {
    if value.is_empty() {
        default.clone_into(value);
    } else if !known.contains(&value.as_str()) {
        check.error(path, format!("'{value}' is not known")).hint(format!("one of: {}", known.join(", ")));
    }
}
