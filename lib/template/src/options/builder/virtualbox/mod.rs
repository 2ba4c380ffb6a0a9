//! Options of `virtualbox-iso`, `virtualbox-ovf` and `virtualbox-vm`.
//!
//! Rules and defaults: Packer's virtualbox plugin 1.1; what differs is in docs/virtualbox.md.

mod common;
mod guest_additions;
mod hardware;
mod iso;
mod ovf;
mod vm;

pub use common::{Common, Driver, Export, Ports, Vrdp};
pub use guest_additions::GuestAdditions;
pub use hardware::{Devices, Disks, Hardware};
pub use iso::VirtualBoxIso;
pub use ovf::{Source, VirtualBoxOvf};
pub use vm::{Snapshots, VirtualBoxVm};

use super::machine::{Base, LATE_VARIABLES, ShutdownControl};
use crate::option_set;
use crate::options::Check;

/// What the lists `vboxmanage` and `vboxmanage_post` can say.
const LISTS: &[&str] = &["Name", "HTTPIP", "HTTPPort"];

/// What is rendered when the machine is prepared, or later.
const DEFERRED: &[(&str, &[&str])] = &[
    ("boot_command", LATE_VARIABLES),
    ("cd_content", LATE_VARIABLES),
    ("floppy_content", LATE_VARIABLES),
    ("http_content", LATE_VARIABLES),
    ("vboxmanage", LISTS),
    ("vboxmanage_post", LISTS),
    ("guest_additions_path", &["Version"]),
    ("guest_additions_url", &["Version"]),
];

/// Checks that an option has one of the known values; an empty one takes the default.
fn one_of(path: &str, value: &mut String, known: &[&str], default: &str, check: &mut Check) {
    if value.is_empty() {
        default.clone_into(value);
    } else if !known.contains(&value.as_str()) {
        check.error(path, format!("'{value}' is not known")).hint(format!("one of: {}", known.join(", ")));
    }
}

option_set! {
    /// Options that all three types have.
    pub struct Machine {
        /// What runs the machine.
        pub driver: Driver,
        /// How the machine is run and changed.
        pub common: Common,
        /// The forwarded port.
        pub ports: Ports,
        /// The remote display.
        pub vrdp: Vrdp,
        /// Guest additions.
        pub guest_additions: GuestAdditions,
        /// More on how it is shut down.
        pub control: ShutdownControl,
        /// What the machine becomes.
        pub export: Export,
    } with {
        /// What all builders of virtual machines have.
        pub base: Base,
    }
}

impl Machine {
    /// Checks the options and fills in defaults; guest additions go to a drive at the controller `interface`.
    fn check(&mut self, interface: &str, check: &mut Check) {
        let talks = self.base.talks();
        self.base.check(check);
        self.driver.check(check);
        self.common.check(talks, check);
        self.ports.check(check);
        self.vrdp.check(check);
        self.guest_additions.check(talks, interface, check);
        self.export.check(check);
        self.check_end(check);
    }

    /// Checks how the machine is shut down, and warns where it would be cut off.
    fn check_end(&self, check: &mut Check) {
        let (control, command) = (&self.control, &self.base.shutdown.shutdown_command);
        if control.post_shutdown_delay.is_negative() {
            check.error(
                "post_shutdown_delay",
                format!("a pause of {} is not possible", control.post_shutdown_delay),
            );
        }
        if command.is_empty() && !control.acpi_shutdown && !control.disable_shutdown {
            check
                .warning(
                    "shutdown_command",
                    "there is none, so the machine is switched off: what its programs have not written is lost",
                )
                .hint("set shutdown_command (\"sudo shutdown -P now\"), or acpi_shutdown");
        }
    }
}
