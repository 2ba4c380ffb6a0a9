//! How QEMU is run.

use super::one_of;
use crate::options::Check;
use crate::options::builder::machine::Boot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How QEMU is run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Run {
    /// The machine's name, and the result's file name. Default: `packer-` and the build's name.
    pub vm_name: String,
    /// What runs the guest's instructions: `kvm`, `tcg`, `xen`, `hvf`, … Default: what is found to work.
    pub accelerator: String,
    /// QEMU's program. Default: `qemu-system-x86_64`.
    pub qemu_binary: String,
    /// More arguments of QEMU, each with its value: `[["-device", "virtio-rng-pci"]]`. One that is given replaces all
    /// arguments of that name.
    pub qemuargs: Vec<Vec<String>>,
    /// More arguments of `qemu-img`.
    pub qemu_img_args: ImageArguments,
    /// Whether the machine has no window. Default: false.
    pub headless: bool,
    /// Kind of window. Default: what QEMU has.
    pub display: String,
    /// Whether QEMU chooses the kind of window. Default: false.
    pub use_default_display: bool,
    /// Whether VNC asks for a password. Not supported: VNC is served on a private socket. Default: false.
    pub vnc_use_password: bool,
    /// That password.
    pub vnc_password: String,
    /// Whether there is a QMP socket: there always is. Default: true.
    pub qmp_enable: bool,
    /// Where it is. Not supported: it is in the state folder.
    pub qmp_socket_path: String,
    /// First port of this host to try for the way to the guest. Default: 2222.
    pub host_port_min: u16,
    /// Last port to try. Default: 4444.
    pub host_port_max: u16,
    /// Old name of `host_port_min`.
    pub ssh_host_port_min: u16,
    /// Old name of `host_port_max`.
    pub ssh_host_port_max: u16,
    /// Whether the guest is reached without a forwarded port. Default: false.
    pub skip_nat_mapping: bool,
    /// What is typed, in steps of a text and its description. Excludes `boot_command`.
    pub boot_steps: Vec<Vec<String>>,
    /// Whether a machine that has stopped is not started again. It never is. Default: false.
    pub run_once: bool,
}

/// More arguments of `qemu-img`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ImageArguments {
    /// Of `qemu-img convert`.
    pub convert: Vec<String>,
    /// Of `qemu-img create`.
    pub create: Vec<String>,
    /// Of `qemu-img resize`.
    pub resize: Vec<String>,
}

impl Run {
    /// Makes of `boot_steps` what `boot_command` would say.
    pub fn take_boot_steps(&mut self, boot: &mut Boot, check: &mut Check) {
        if self.boot_steps.is_empty() {
            return;
        }
        if !boot.boot_command.is_empty() {
            check
                .error("boot_steps", "boot_command and boot_steps exclude each other")
                .hint("keep one of them");
        }
        for (index, step) in self.boot_steps.iter().enumerate() {
            if step.is_empty() || step.len() > 2 {
                check
                    .error(format!("boot_steps[{index}]"), "a step is a text and its description")
                    .hint("such as [\"<enter>\", \"choose the first entry\"]");
            }
        }
        boot.boot_command = self.boot_steps.iter().filter_map(|step| step.first().cloned()).collect();
    }

    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.vm_name.is_empty() {
            self.vm_name = format!("packer-{}", check.build);
        }
        if self.vm_name.contains('/') {
            check.error("vm_name", "a name has no '/'").hint("output_directory says where the result goes");
        }
        if !self.accelerator.is_empty() {
            let known = ["kvm", "tcg", "xen", "hax", "hvf", "whpx", "none"];
            one_of("accelerator", &mut self.accelerator, &known, "", check);
        }
        for (index, argument) in self.qemuargs.iter().enumerate() {
            if argument.is_empty() || argument.len() > 2 {
                check
                    .error(format!("qemuargs[{index}]"), "an argument has a name and at most one value")
                    .hint("such as [\"-smp\", \"4\"]");
            }
        }
        for (old, new) in [
            (&mut self.ssh_host_port_min, &mut self.host_port_min),
            (&mut self.ssh_host_port_max, &mut self.host_port_max),
        ] {
            let old = std::mem::take(old);
            if *new == 0 {
                *new = old;
            }
        }
        if self.host_port_min == 0 {
            self.host_port_min = 2222;
        }
        if self.host_port_max == 0 {
            self.host_port_max = 4444.max(self.host_port_min);
        }
        if self.host_port_min > self.host_port_max {
            let text =
                format!("the first port, {}, is above the last, {}", self.host_port_min, self.host_port_max);
            check.error("host_port_min", text).hint("set the first port below the last, or leave both out");
        }
        self.check_unsupported(check);
    }

    fn check_unsupported(&mut self, check: &mut Check) {
        self.qmp_enable = true;
        if !self.qmp_socket_path.is_empty() {
            check.warning("qmp_socket_path", "QMP's socket is in the build's state folder, as qmp.sock");
        }
        if self.vnc_use_password || !self.vnc_password.is_empty() {
            check
                .warning("vnc_use_password", "VNC is served on a private socket, which asks for no password");
        }
        if self.skip_nat_mapping {
            check
                .error("skip_nat_mapping", "the guest is reached through a forwarded port only")
                .hint("leave it out; a bridged network is not supported yet");
        }
    }
}
