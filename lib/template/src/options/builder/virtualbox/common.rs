//! Options that all `virtualbox-*` builders have.

use super::one_of;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What runs the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Driver {
    /// What runs the machine. Kiln's own. `vboxmanage` is VirtualBox itself; `qemu` needs nothing of VirtualBox's. Default:
    /// `auto`, VirtualBox where it is installed, else QEMU.
    pub driver: String,
}

impl Driver {
    /// Checks the option and fills in the default.
    pub fn check(&mut self, check: &mut Check) {
        one_of("driver", &mut self.driver, &["auto", "vboxmanage", "qemu"], "auto", check);
    }
}

/// How the machine is run and changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Common {
    /// The machine's name in VirtualBox. Default: `packer-`, the build's name, and the time in seconds.
    pub vm_name: String,
    /// Whether the machine has no window. Default: false.
    pub headless: bool,
    /// Arguments of `VBoxManage` calls before the first start, a list each: `[["modifyvm", "{{.Name}}", "--cpus", "2"]]`.
    pub vboxmanage: Vec<Vec<String>>,
    /// The same after the shutdown, before the export.
    pub vboxmanage_post: Vec<Vec<String>>,
    /// Whether the machine stays registered in VirtualBox when it is built. Default: false.
    pub keep_registered: bool,
    /// File in the guest that gets VirtualBox's version; empty writes none. Default: `.vbox_version`.
    pub virtualbox_version_file: Option<String>,
}

impl Common {
    /// Checks the options and fills in defaults; `talks` says that the build has a communicator.
    pub fn check(&mut self, talks: bool, check: &mut Check) {
        for (option, list) in [("vboxmanage", &self.vboxmanage), ("vboxmanage_post", &self.vboxmanage_post)] {
            for (index, call) in list.iter().enumerate() {
                if call.is_empty() {
                    check.error(format!("{option}[{index}]"), "this call has no arguments").hint("remove it");
                }
            }
        }
        let file = self
            .virtualbox_version_file
            .get_or_insert_with(|| if talks { ".vbox_version".to_owned() } else { String::new() });
        if !talks && !file.is_empty() {
            check
                .error(
                    "virtualbox_version_file",
                    "without a communicator no file can be written in the guest",
                )
                .hint("leave the option out");
        }
    }
}

/// The machine's remote display, which VirtualBox offers with an extension pack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vrdp {
    /// Address that it listens on. Default: 127.0.0.1.
    pub vrdp_bind_address: String,
    /// First port to try. Default: 5900.
    pub vrdp_port_min: u16,
    /// Last port to try. Default: 6000.
    pub vrdp_port_max: u16,
}

impl Vrdp {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.vrdp_bind_address.is_empty() {
            self.vrdp_bind_address = "127.0.0.1".to_owned();
        }
        range("vrdp_port_min", &mut self.vrdp_port_min, &mut self.vrdp_port_max, (5900, 6000), check);
    }
}

/// The host's port through which the guest is reached.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ports {
    /// First port of this host to try. Default: 2222.
    pub host_port_min: u16,
    /// Last port to try. Default: 4444.
    pub host_port_max: u16,
    /// Whether the guest is reached without a forwarded port. Default: false.
    pub skip_nat_mapping: bool,
    /// Old name of `host_port_min`.
    pub ssh_host_port_min: u16,
    /// Old name of `host_port_max`.
    pub ssh_host_port_max: u16,
    /// Old name of `skip_nat_mapping`.
    pub ssh_skip_nat_mapping: bool,
}

impl Ports {
    /// Moves old options, checks all and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        for (old, new) in [
            (&mut self.ssh_host_port_min, &mut self.host_port_min),
            (&mut self.ssh_host_port_max, &mut self.host_port_max),
        ] {
            let old = std::mem::take(old);
            if *new == 0 {
                *new = old;
            }
        }
        self.skip_nat_mapping |= std::mem::take(&mut self.ssh_skip_nat_mapping);
        range("host_port_min", &mut self.host_port_min, &mut self.host_port_max, (2222, 4444), check);
    }
}

fn range(path: &str, min: &mut u16, max: &mut u16, default: (u16, u16), check: &mut Check) {
    if *min == 0 {
        *min = default.0;
    }
    if *max == 0 {
        *max = default.1.max(*min);
    }
    if min > max {
        check
            .error(path, format!("the first port, {min}, is above the last, {max}"))
            .hint("set the first port below the last, or leave both out");
    }
}

/// What the machine becomes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Export {
    /// `ovf` (a description and its disks) or `ova` (all in one file). Default: `ovf`.
    pub format: String,
    /// More arguments of `VBoxManage export`: `--manifest`, `--vsys 0 --product NAME --vendor NAME --version V …`.
    pub export_opts: Vec<String>,
    /// Whether nothing is exported. Default: false.
    pub skip_export: bool,
    /// The result's file name, without extension. Default: the machine's name.
    pub output_filename: String,
    /// Whether the boot CD stays in the drive and goes into the result. Default: false.
    pub bundle_iso: bool,
}

impl Export {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        one_of("format", &mut self.format, &["ovf", "ova"], "ovf", check);
        if self.output_filename.contains('/') {
            check
                .error("output_filename", format!("'{}' is a path, not a name", self.output_filename))
                .hint("output_directory says where it goes");
        }
    }
}
