//! Options of the provisioner `breakpoint`, which waits for somebody to press Enter.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// When to stop and what to say.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Stop {
    /// What to tell whoever is asked.
    pub note: Option<String>,
    /// Do not stop here.
    pub disable: bool,
}

option_set! {
    /// Options of `breakpoint`.
    pub struct Breakpoint {
        /// When to stop.
        pub stop: Stop,
    }
}

impl Component for Breakpoint {
    const TYPE: &'static str = "breakpoint";

    fn check(&mut self, _check: &mut Check) {}
}
