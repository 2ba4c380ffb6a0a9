//! Options of the provisioner `windows-restart`, which restarts a Windows machine and waits for it.

use crate::options::words::fill;
use crate::options::{Check, Component};
use crate::{Duration, option_set};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to restart, and what shows that it is done (Packer 1.16, `provisioner/windows-restart`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Restart {
    /// The command that restarts the machine.
    pub restart_command: String,
    /// A command that succeeds when the machine is up again. Default: PowerShell that says that it has restarted.
    pub restart_check_command: String,
    /// How long to wait for the machine. Default: 5m.
    pub restart_timeout: Duration,
    /// Whether to wait also until no key of `registry_keys` is there. Default: false.
    pub check_registry: bool,
    /// Registry keys that are there as long as a restart is pending. Default: `RebootPending`, `PackagesPending` and
    /// `RebootInProgress` of Windows' Component Based Servicing.
    pub registry_keys: Vec<String>,
}

/// Where Windows notes what waits for a restart.
const SERVICING: &str = "HKLM:SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing";

impl Default for Restart {
    fn default() -> Self {
        Self {
            restart_command: "shutdown /r /f /t 0 /c \"packer restart\"".into(),
            restart_check_command: String::new(),
            restart_timeout: Duration::minutes(5),
            check_registry: false,
            registry_keys: Vec::new(),
        }
    }
}

option_set! {
    /// Options of `windows-restart`.
    pub struct WindowsRestart {
        /// How to restart.
        pub restart: Restart,
    }
}

impl Component for WindowsRestart {
    const TYPE: &'static str = "windows-restart";
    const RUNS: bool = false;

    fn check(&mut self, _check: &mut Check) {
        let restart = &mut self.restart;
        let default = Restart::default();
        fill(&mut restart.restart_command, &default.restart_command);
        if restart.restart_timeout.is_zero() {
            restart.restart_timeout = default.restart_timeout;
        }
        if restart.registry_keys.is_empty() {
            restart.registry_keys = ["RebootPending", "PackagesPending", "RebootInProgress"]
                .map(|key| format!("{SERVICING}\\{key}"))
                .to_vec();
        }
    }
}
