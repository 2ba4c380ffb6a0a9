//! Options of the post-processor `artifice`.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which files go on in place of the build's own.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ArtificeOptions {
    /// Paths or patterns (`*`, `?`, `[a-z]`, `**`) of the files. Required; each must match something.
    pub files: Vec<String>,
}

option_set! {
    /// Options of `artifice`.
    pub struct Artifice {
        /// Which files go on.
        pub artifice: ArtificeOptions,
    }
}

impl Component for Artifice {
    const TYPE: &'static str = "artifice";

    fn check(&mut self, check: &mut Check) {
        if self.artifice.files.iter().all(String::is_empty) {
            check
                .error("files", "files is required: artifice does not know which files to take")
                .hint("name the files that a script has made, such as \"files\": [\"output/*.box\"]");
        }
    }
}
