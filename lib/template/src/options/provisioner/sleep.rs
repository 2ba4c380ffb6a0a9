//! Options of the provisioner `sleep`, which waits.

use crate::options::{Check, Component};
use crate::{Duration, option_set};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long to wait.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pause {
    /// How long to wait.
    pub duration: Option<Duration>,
}

option_set! {
    /// Options of `sleep`.
    pub struct Sleep {
        /// How long.
        pub pause: Pause,
    }
}

impl Component for Sleep {
    const TYPE: &'static str = "sleep";

    fn check(&mut self, check: &mut Check) {
        if self.pause.duration.is_none_or(|duration| duration.to_std().is_zero()) {
            check.warning("duration", "this step waits for no time").hint("set 'duration', such as \"10s\"");
        }
    }
}
