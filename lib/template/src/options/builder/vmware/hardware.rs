//! Options of the other devices of a machine that is made anew.

use super::ports::{Parallel, Serial};
use crate::options::Check;
use crate::options::words::{fill, one_of};
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Devices of a machine that is made anew.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hardware {
    /// What starts the boot loader: `bios`, `efi` or `efi-secure`. Default: the product's own, which is bios.
    pub firmware: String,
    /// Number of processors. Default: 1.
    pub cpus: u32,
    /// Processors in a socket. Default: the product's own.
    pub cores: u32,
    /// Memory in MB. Default: 512.
    pub memory: u64,
    /// Whether the guest can run virtual machines itself. Default: false.
    pub vhv_enabled: bool,
    /// The network: `nat`, `hostonly`, `bridged`, or the name of a device such as `vmnet3`. Default: `nat`.
    pub network: String,
    /// Name of the network on ESXi. Default: `VM Network`.
    pub network_name: String,
    /// The network adapter: `e1000`, `e1000e` or `vmxnet3`. Default: `e1000`, which every guest knows.
    pub network_adapter_type: String,
    /// Whether there is a sound card. Default: false.
    pub sound: bool,
    /// Whether there is USB. Default: false.
    pub usb: bool,
    /// Version of USB: 2.0, 3.1 or 3.2. Default: 3.1.
    pub usb_version: String,
    /// A serial port: `FILE:PATH`, `DEVICE:PATH`, `PIPE:PATH,client|server,app|vm`, `AUTO:` or `NONE`; `,yield` behind it lets the guest
    /// give up its processor while it waits.
    pub serial: String,
    /// A parallel port: `FILE:PATH`, `DEVICE:PATH,uni|bi`, `AUTO:uni|bi` or `NONE`.
    pub parallel: String,
    /// A file from which the .vmx is made, instead of the built-in template.
    pub vmx_template_path: String,
    /// A file from which the .vmx's keys of each additional disk are made, instead of the built-in template.
    pub vmx_disk_template_path: String,
}

impl Hardware {
    /// Checks the options and fills in defaults.
    pub(super) fn check(&mut self, check: &mut Check) {
        one_of("firmware", &self.firmware, &["bios", "efi", "efi-secure"], check);
        self.cpus = self.cpus.max(1);
        if self.cores > 0 && !self.cpus.is_multiple_of(self.cores) {
            check
                .error("cores", format!("{} processors do not fill sockets of {}", self.cpus, self.cores))
                .hint("cpus counts all processors; make it a multiple of cores");
        }
        match self.memory {
            0 => self.memory = 512,
            memory if memory % 4 != 0 => {
                check.warning("memory", format!("{memory} MB is no multiple of 4, as VMware asks for"));
            }
            _ => {}
        }
        fill(&mut self.network, "nat");
        self.network_adapter_type = self.network_adapter_type.to_lowercase();
        one_of("network_adapter_type", &self.network_adapter_type, &["vmxnet3", "e1000e", "e1000"], check);
        fill(&mut self.network_adapter_type, "e1000");
        if self.usb_version == "3" || self.usb_version == "2" {
            self.usb_version = if self.usb_version == "2" { "2.0" } else { "3.1" }.to_owned();
        }
        one_of("usb_version", &self.usb_version, &["2.0", "3.1", "3.2"], check);
        fill(&mut self.usb_version, "3.1");
        if let Err(message) = Serial::parse(&self.serial) {
            check.error("serial", message).hint(
                "FILE:PATH, DEVICE:PATH, PIPE:PATH,client|server,app|vm, AUTO: or NONE, with ,yield or not",
            );
        }
        if let Err(message) = Parallel::parse(&self.parallel) {
            check.error("parallel", message).hint("FILE:PATH, DEVICE:PATH,uni|bi, AUTO:uni|bi or NONE");
        }
        for (path, file) in [
            ("vmx_template_path", &self.vmx_template_path),
            ("vmx_disk_template_path", &self.vmx_disk_template_path),
        ] {
            if !file.is_empty() && !std::path::Path::new(file).is_file() {
                check.error(path, format!("there is no file '{file}'")).code(Code::MissingFile).hint(
                    "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
                );
            }
        }
    }
}
