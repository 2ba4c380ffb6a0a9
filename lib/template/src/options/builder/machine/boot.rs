//! Options of what is typed when the machine has started.

use crate::Duration;
use crate::boot_command;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is typed on the machine's keyboard when it has started (docs/boot-command.md).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Boot {
    /// What is typed; the texts are joined without anything between them. Rendered when the machine and its HTTP server
    /// are prepared.
    pub boot_command: Vec<String>,
    /// Pause between the machine's start and the first key; a negative one is none. Default: 10s, or none where
    /// `boot_command` begins with `<waitScreen …>`.
    pub boot_wait: Duration,
    /// Pause after each key. Default: the environment variable `PACKER_KEY_INTERVAL`, else 100ms.
    pub boot_key_interval: Duration,
    /// Pause after each group of keys, where a driver types in groups (VBoxManage). Default: none.
    pub boot_keygroup_interval: Duration,
}

impl Boot {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        boot_command::check("boot_command", &self.boot_command, check);
        for (path, duration) in [
            ("boot_key_interval", self.boot_key_interval),
            ("boot_keygroup_interval", self.boot_keygroup_interval),
        ] {
            if duration.is_negative() {
                check.error(path, format!("a pause of {duration} is not possible"));
            }
        }
        if self.boot_wait.is_zero() {
            let looks_itself = self.boot_command.first().is_some_and(|text| text.starts_with("<waitScreen"));
            self.boot_wait = if looks_itself { Duration::seconds(-1) } else { Duration::seconds(10) };
        }
    }

    /// All that is typed, as one text.
    pub fn text(&self) -> String {
        self.boot_command.concat()
    }
}
