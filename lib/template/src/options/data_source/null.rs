//! The data source `null`, which gives what it is given.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What it gives.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Input {
    /// The text that `output` is.
    pub input: String,
}

option_set! {
    /// Options of `null`.
    pub struct Null {
        /// What it gives.
        pub input: Input,
    }
}

impl Component for Null {
    const TYPE: &'static str = "null";

    fn check(&mut self, check: &mut Check) {
        if self.input.input.is_empty() {
            check.missing("input", "'input' is missing").hint("the data source's 'output' is this text");
        }
    }
}
