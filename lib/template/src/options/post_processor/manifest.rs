//! Options of the post-processor `manifest`.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the list of what was built goes, and what it holds.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ManifestOptions {
    /// Path of the manifest.
    pub output: String,
    /// Write base names of files only.
    pub strip_path: bool,
    /// Leave the time out.
    pub strip_time: bool,
    /// Whatever else the manifest shall say of this build.
    pub custom_data: Option<BTreeMap<String, String>>,
}

impl Default for ManifestOptions {
    fn default() -> Self {
        Self {
            output: "packer-manifest.json".into(),
            strip_path: false,
            strip_time: false,
            custom_data: None,
        }
    }
}

option_set! {
    /// Options of `manifest`.
    pub struct Manifest {
        /// Where it goes, and what it holds.
        pub manifest: ManifestOptions,
    }
}

impl Component for Manifest {
    const TYPE: &'static str = "manifest";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[("custom_data", &[])];

    fn check(&mut self, check: &mut Check) {
        let options = &mut self.manifest;
        if options.output.is_empty() {
            options.output = ManifestOptions::default().output;
        }
        if options.output.ends_with('/') {
            check.error("output", format!("output '{}' names a folder, not a file", options.output));
        }
    }
}
