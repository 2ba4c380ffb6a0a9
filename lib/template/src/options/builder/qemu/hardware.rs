//! Processors, memory, network.

use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Processors, memory, network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hardware {
    /// Memory in MiB. Default: 512.
    pub memory: u64,
    /// Number of processors. Default: 1.
    pub cpus: u32,
    /// Number of sockets.
    pub sockets: u32,
    /// Cores a socket.
    pub cores: u32,
    /// Threads a core.
    pub threads: u32,
    /// Processor model. Default: this computer's, or all that the emulator can.
    pub cpu_model: String,
    /// Machine type. Default: `pc`.
    pub machine_type: String,
    /// Network adapter. Default: `virtio-net`.
    pub net_device: String,
    /// Bridge of this host to which the adapter is attached. Not supported.
    pub net_bridge: String,
    /// Graphics adapter, as `-vga` takes it. Default: QEMU's.
    pub vga: String,
    /// Whether the machine has a TPM (needs `swtpm`). Default: false.
    pub vtpm: bool,
    /// Whether that is a TPM 1.2. Default: false.
    pub use_tpm1: bool,
    /// The TPM's device. Default: `tpm-tis`.
    pub tpm_device_type: String,
}

impl Hardware {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        // Packer's rule: what is below cannot be meant.
        if self.memory < 10 {
            self.memory = 512;
        }
        let product = self.sockets.max(1) * self.cores.max(1) * self.threads.max(1);
        if self.cpus == 0 {
            self.cpus = product;
        } else if product > 1 && product > self.cpus {
            check
                .error(
                    "cpus",
                    format!("sockets, cores and threads make {product} processors, more than cpus"),
                )
                .hint("leave out cpus");
        }
        for (value, default) in [
            (&mut self.machine_type, "pc"),
            (&mut self.net_device, "virtio-net"),
            (&mut self.tpm_device_type, "tpm-tis"),
        ] {
            if value.is_empty() {
                default.clone_into(value);
            }
        }
        if !self.net_bridge.is_empty() {
            check
                .error("net_bridge", "bridged networks are not supported yet")
                .hint("leave it out: the guest reaches the network through this host");
        }
    }
}
