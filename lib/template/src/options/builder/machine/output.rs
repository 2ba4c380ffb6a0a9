//! Options of where the result goes.

use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the result goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Output {
    /// Folder that is made for the result. Default: `output-` and the build's name.
    pub output_directory: String,
    /// Whether an `output_directory` that exists gives way when the new one is whole. Kiln's own: `validate --force` sets
    /// it. Default: false, and the build fails before it starts.
    pub replace_output_directory: bool,
}

impl Output {
    /// Fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.output_directory.is_empty() {
            self.output_directory = format!("output-{}", check.build);
        }
        self.replace_output_directory |= check.force;
    }
}
