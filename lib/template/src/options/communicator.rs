//! Options of the communicators: how a machine is reached.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a machine is reached.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Communicator {
    /// `ssh` (where nothing is given), `winrm` or `none`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub communicator: String,
}
