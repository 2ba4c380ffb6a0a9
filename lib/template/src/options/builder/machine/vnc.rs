//! Options of the machine's VNC server.

use super::Boot;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The machine's VNC server: vmware-*, qemu.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vnc {
    /// Whether there is none, so that nothing can be typed. Default: false.
    pub disable_vnc: bool,
    /// Address that it listens on. Default: 127.0.0.1.
    pub vnc_bind_address: String,
    /// First port to try. Default: 5900.
    pub vnc_port_min: u16,
    /// Last port to try. Default: 6000.
    pub vnc_port_max: u16,
}

impl Vnc {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, boot: &Boot, check: &mut Check) {
        if self.disable_vnc && !boot.boot_command.is_empty() {
            check
                .error("disable_vnc", "boot_command is typed over VNC, which is disabled")
                .hint("leave out one of the two");
        }
        if self.vnc_bind_address.is_empty() {
            self.vnc_bind_address = "127.0.0.1".to_owned();
        } else if self.vnc_bind_address.parse::<IpAddr>().is_err() {
            check.error("vnc_bind_address", format!("'{}' is not an IP address", self.vnc_bind_address));
        }
        for (port, default) in [(&mut self.vnc_port_min, 5900), (&mut self.vnc_port_max, 6000)] {
            if *port == 0 {
                *port = default;
            }
        }
        if self.vnc_port_min > self.vnc_port_max {
            check.error(
                "vnc_port_min",
                format!("the first port, {}, is above the last, {}", self.vnc_port_min, self.vnc_port_max),
            );
        }
    }
}
