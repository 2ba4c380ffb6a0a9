//! What provisioners say of the machine's system: its family, and a user with more rights.

use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which family of systems the machine runs; paths, commands and quoting follow from it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Guest {
    /// The machine's system: `unix` or `windows`. Default: `unix`.
    pub guest_os_type: String,
}

impl Guest {
    /// Fills in the default and checks it; case does not count.
    pub(super) fn check(&mut self, check: &mut Check) {
        match self.guest_os_type.to_lowercase().as_str() {
            "" => self.guest_os_type = "unix".into(),
            known @ ("unix" | "windows") => self.guest_os_type = known.into(),
            _ => {
                check
                    .error("guest_os_type", format!("there is no kind of guest '{}'", self.guest_os_type))
                    .hint("one of: unix, windows");
            }
        }
    }

    /// Whether it is Windows.
    pub fn is_windows(&self) -> bool {
        self.guest_os_type == "windows"
    }

    /// The first on Unix, the second on Windows.
    pub(super) fn either(&self, unix: &'static str, windows: &'static str) -> &'static str {
        if self.is_windows() { windows } else { unix }
    }
}

/// A user of a Windows machine, as whom a scheduled task runs the command with all rights.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Elevated {
    /// Name of a user as whom the command runs with all rights of an administrator, in a scheduled task. Default: the
    /// communicator's user, without a task.
    pub elevated_user: String,
    /// Password of that user; service accounts such as `SYSTEM` have none.
    pub elevated_password: String,
}

impl Elevated {
    /// Checks that a password has its user.
    pub(super) fn check(&self, check: &mut Check) {
        if self.elevated_user.is_empty() && !self.elevated_password.is_empty() {
            check
                .missing("elevated_password", "'elevated_password' needs 'elevated_user'")
                .hint("name the user whose password it is");
        }
    }
    /// The same where Packer only leaves such a password out of account.
    pub(super) fn warn(&self, check: &mut Check) {
        if self.elevated_user.is_empty() && !self.elevated_password.is_empty() {
            check
                .warning("elevated_password", "'elevated_password' has no effect without 'elevated_user'")
                .hint("name the user whose password it is");
        }
    }
}
