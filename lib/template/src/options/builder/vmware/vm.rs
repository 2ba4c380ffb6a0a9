//! Options of the machine as a whole, and of what is made of it.

use super::Remote;
use crate::options::Check;
use crate::options::words::{fill, one_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Drivers that VMware's builders have.
const DRIVERS: [&str; 4] = ["auto", "vmrun", "esxi", "qemu"];

/// The machine and its result.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vm {
    /// What runs the machine: `vmrun` (Workstation, Fusion, Player), `esxi` (a host over SSH), `qemu`, or `auto`: vmrun where it is
    /// installed, else qemu. Kiln's own. Default: `auto`; with `remote_type`, `esxi`.
    pub driver: String,
    /// The machine's name, and its files'. Default: `packer-BUILD`; for `vmware-vmx` with the time behind it.
    pub vm_name: String,
    /// The name that VMware shows. Default: `vm_name`.
    pub display_name: String,
    /// Name of a snapshot that is made of the result. Default: none.
    pub snapshot_name: String,
    /// Version of the virtual hardware. Default: 21.
    pub version: u32,
    /// The guest's operating system in VMware's terms, such as `debian12-64`. Default: `other-64`.
    pub guest_os_type: String,
    /// Whether no window opens. Default: false.
    pub headless: bool,
    /// Keys to set in the .vmx before the machine starts; an empty value removes a key.
    pub vmx_data: BTreeMap<String, String>,
    /// Keys to set in the .vmx of the result; an empty value removes a key.
    pub vmx_data_post: BTreeMap<String, String>,
    /// Whether the result has no network adapters, as Vagrant wants it. Default: false.
    pub vmx_remove_ethernet_interfaces: bool,
    /// Whether the VNC server asks for no password. Default: false.
    pub vnc_disable_password: bool,
    /// What becomes of VMware's tools for the guest: `upload`, `attach` (as a CD) or `disable`. Default: nothing, unless
    /// `tools_upload_flavor` is given: `upload`.
    pub tools_mode: String,
    /// The tools' image, where it is not the product's own.
    pub tools_source_path: String,
    /// Which of the product's images: `darwin`, `linux` or `windows`.
    pub tools_upload_flavor: String,
    /// Where the tools' image goes in the guest. Default: `{{.Flavor}}.iso`.
    pub tools_upload_path: String,
    /// What the result is: `vmx` (the machine's files), `ovf` or `ova`. Default: `vmx`; on ESXi `ovf`.
    pub format: String,
    /// Options for ovftool. Where there are some, ovftool makes the OVF or OVA; else Kiln does.
    pub ovftool_options: Vec<String>,
    /// Whether nothing is exported: with `format` ovf or ova, the machine's files are the result. Default: false.
    pub skip_export: bool,
    /// Whether disks are left as they are in the end. Default: false; on ESXi true.
    pub skip_compaction: Option<bool>,
    /// Where Fusion is. Default: the environment variable `FUSION_APP_PATH`, else `/Applications/VMware Fusion.app`.
    pub fusion_app_path: String,
}

/// VMware's CDs of tools: `linux.iso` and so on.
const TOOLS: &[&str] = &[
    "darwin",
    "darwinPre15",
    "freebsd",
    "linux",
    "linuxPreGlibc25",
    "netware",
    "solaris",
    "windows",
    "winPre2k",
    "winPreVista",
];

impl Vm {
    /// Settles what runs the machine. Whether it is ESXi.
    pub(super) fn settle(&mut self, remote: &mut Remote, check: &mut Check) -> bool {
        one_of("driver", &self.driver, &DRIVERS, check);
        one_of("remote_type", &remote.remote_type, &["esxi", "esx5"], check);
        if !remote.remote_type.is_empty() {
            if !matches!(self.driver.as_str(), "" | "esxi") {
                check
                    .error("driver", format!("remote_type asks for ESXi, and driver for {}", self.driver))
                    .hint("leave out one of the two");
            }
            "esxi".clone_into(&mut self.driver);
        }
        fill(&mut self.driver, "auto");
        self.driver == "esxi"
    }

    /// Checks the options and fills in defaults.
    pub(super) fn check(&mut self, esxi: bool, name: &str, check: &mut Check) {
        fill(&mut self.vm_name, name);
        if self.vm_name.contains('/') || self.vm_name.starts_with('.') {
            check
                .error("vm_name", format!("'{}' cannot name files", self.vm_name))
                .hint("leave out slashes and a dot at the beginning; display_name may have them");
        }
        fill(&mut self.display_name, &self.vm_name);
        fill(&mut self.guest_os_type, "other-64");
        fill(&mut self.format, if esxi { "ovf" } else { "vmx" });
        one_of("format", &self.format, &["vmx", "ovf", "ova"], check);
        if self.version == 0 {
            self.version = 21;
        } else if self.version < 4 {
            check.error("version", format!("{} is no version of VMware's hardware", self.version)).hint(
                "such as 21 (Workstation 17.5, ESXi 8.0 U2); older products read lower ones: 14 is ESXi 6.7",
            );
        }
        one_of("tools_mode", &self.tools_mode, &["upload", "attach", "disable"], check);
        one_of("tools_upload_flavor", &self.tools_upload_flavor, TOOLS, check);
        if self.tools_mode.is_empty() && !self.tools_upload_flavor.is_empty() {
            "upload".clone_into(&mut self.tools_mode);
        }
        if self.wants_tools() && self.tools_upload_flavor.is_empty() && self.tools_source_path.is_empty() {
            check.error("tools_mode", format!("{} needs to know which tools", self.tools_mode)).hint(
                "set tools_upload_flavor to linux, windows or darwin, or tools_source_path to an image",
            );
        }
        fill(&mut self.tools_upload_path, "{{ .Flavor }}.iso");
        self.skip_compaction = self.skip_compaction.or(Some(esxi));
    }

    /// Whether the guest gets VMware's tools.
    pub fn wants_tools(&self) -> bool {
        matches!(self.tools_mode.as_str(), "upload" | "attach")
    }
}
