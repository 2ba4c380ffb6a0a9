//! Options of the provisioner `windows-shell`, which runs batch files in a Windows machine.

use super::script;
use crate::options::words::fill;
use crate::options::{Check, Component};
use crate::{Duration, option_set};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to run and how (Packer 1.16, `provisioner/windows-shell`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Run {
    /// Lines of a batch file.
    pub inline: Vec<String>,
    /// A batch file.
    pub script: String,
    /// Batch files, run one after the other.
    pub scripts: Vec<String>,
    /// The command that runs a batch file: `{{.Path}}` is its path in the machine, `{{.Vars}}` sets the environment variables.
    pub execute_command: String,
    /// Environment variables: `NAME=value`.
    pub environment_vars: Vec<String>,
    /// Environment variables by name; wins over `environment_vars`.
    pub env: BTreeMap<String, String>,
    /// How one variable is set: a format with two `%s`, the name and the value.
    pub env_var_format: String,
    /// Path of the batch file in the machine.
    pub remote_path: String,
    /// How long to try to start a batch file. Default: 5m.
    pub start_retry_timeout: Duration,
    /// Exit statuses that count as success. Default: `[0]`.
    pub valid_exit_codes: Vec<i64>,
    /// Has no effect.
    pub binary: bool,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            inline: Vec::new(),
            script: String::new(),
            scripts: Vec::new(),
            execute_command: "{{.Vars}}\"{{.Path}}\"".into(),
            environment_vars: Vec::new(),
            env: BTreeMap::new(),
            env_var_format: "set \"%s=%s\" && ".into(),
            remote_path: "c:/Windows/Temp/script.bat".into(),
            start_retry_timeout: Duration::minutes(5),
            valid_exit_codes: vec![0],
            binary: false,
        }
    }
}

option_set! {
    /// Options of `windows-shell`.
    pub struct WindowsShell {
        /// What to run, and how.
        pub run: Run,
    }
}

impl Component for WindowsShell {
    const TYPE: &'static str = "windows-shell";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("execute_command", &["Path", "Vars"])];

    fn check(&mut self, check: &mut Check) {
        let run = &mut self.run;
        script::check_sources(Self::TYPE, &run.inline, &run.script, &run.scripts, check);
        script::check_environment("environment_vars", &run.environment_vars, check);
        let default = Run::default();
        fill(&mut run.execute_command, &default.execute_command);
        fill(&mut run.env_var_format, &default.env_var_format);
        fill(&mut run.remote_path, &default.remote_path);
        if run.start_retry_timeout.is_zero() {
            run.start_retry_timeout = default.start_retry_timeout;
        }
        if run.valid_exit_codes.is_empty() {
            run.valid_exit_codes = default.valid_exit_codes;
        }
    }
}
