//! Options of how the machine is shut down.

use crate::Duration;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the machine is shut down: all builders of virtual machines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Shutdown {
    /// Command that shuts the guest down. Default: none, and the machine is switched off.
    pub shutdown_command: String,
    /// How long the guest may take to shut down. Default: 5m.
    pub shutdown_timeout: Duration,
}

/// More on how the machine is shut down: virtualbox-*.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShutdownControl {
    /// Pause between the machine's end and what follows. Default: 2s with VBoxManage, which needs it; else none.
    pub post_shutdown_delay: Duration,
    /// Whether the guest shuts itself down, so that it is only waited for. Default: false.
    pub disable_shutdown: bool,
    /// Whether to press the power button instead of running `shutdown_command`. Default: false.
    pub acpi_shutdown: bool,
}

impl Shutdown {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.shutdown_timeout.is_negative() {
            check
                .error("shutdown_timeout", format!("{} is no time", self.shutdown_timeout))
                .hint("such as \"5m\"");
        }
        if self.shutdown_timeout.is_zero() {
            self.shutdown_timeout = Duration::minutes(5);
        }
    }
}
