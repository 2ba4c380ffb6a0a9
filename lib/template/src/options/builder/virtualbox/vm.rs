//! Options of `virtualbox-vm`: a machine that VirtualBox has already.

use super::{DEFERRED, Machine};
use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The snapshots of the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Snapshots {
    /// Snapshot to start from. Default: the machine as it is.
    pub attach_snapshot: String,
    /// Snapshot to leave behind.
    pub target_snapshot: String,
    /// Whether an older `target_snapshot` of that name is removed first. Default: false.
    pub force_delete_snapshot: bool,
}

option_set! {
    /// Options of `virtualbox-vm`.
    pub struct VirtualBoxVm {
        /// The snapshots.
        pub snapshots: Snapshots,
    } with {
        /// What all three types have.
        pub machine: Machine,
    }
}

impl Component for VirtualBoxVm {
    const TYPE: &'static str = "virtualbox-vm";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = DEFERRED;

    fn check(&mut self, check: &mut Check) {
        let driver = &mut self.machine.driver.driver;
        if driver.is_empty() || driver == "auto" {
            "vboxmanage".clone_into(driver);
        }
        if driver == "qemu" {
            check
                .error("driver", "a machine of VirtualBox's own can only be run by VirtualBox")
                .hint("leave 'driver' out, or export the machine and build it with virtualbox-ovf");
        }
        if self.machine.common.vm_name.is_empty() {
            check.missing("vm_name", "'vm_name' is missing").hint("name the machine that VirtualBox has");
        }
        let Snapshots { attach_snapshot, target_snapshot, .. } = &self.snapshots;
        if !target_snapshot.is_empty() && attach_snapshot == target_snapshot {
            check
                .error(
                    "target_snapshot",
                    "the snapshot to start from cannot be replaced by the one to leave behind",
                )
                .hint("give them two names");
        }
        self.machine.check("ide", check);
    }
}
