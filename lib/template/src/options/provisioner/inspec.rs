//! Options of the provisioner `inspec`, which runs InSpec on this computer against the machine.

use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::words::{fill, one_of};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to run and how (Packer's inspec plugin 1.0).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Profile {
    /// The profile: a folder, a URL, or a name that InSpec knows. Required.
    pub profile: String,
    /// The program that runs it.
    pub command: String,
    /// InSpec's command.
    pub subcommand: String,
    /// How InSpec reaches the machine: `ssh`, `winrm`, `docker` or `local`.
    pub backend: String,
    /// Arguments for InSpec, one each. Rendered when the machine runs.
    pub extra_arguments: Vec<String>,
    /// Environment variables for InSpec: `NAME=value`. Rendered when the machine runs.
    pub inspec_env_vars: Vec<String>,
    /// Files of attributes.
    pub attributes: Vec<String>,
    /// Folder in which a file of attributes is made. Default: the system's folder for temporary files.
    pub attributes_directory: String,
    /// The user as whom InSpec logs in. Default: this computer's user.
    pub user: String,
    /// The host that InSpec reaches. Default: `127.0.0.1`, where the communicator's connection is served.
    pub host: String,
    /// The first of ten ports to try. Default: any free one.
    pub local_port: i64,
    /// Private key of the server on this computer. Default: one is made.
    pub ssh_host_key_file: String,
    /// Public key that may log in. Default: one is made.
    pub ssh_authorized_key_file: String,
    /// Exit statuses that count as success. Default: `[0, 101]`.
    pub valid_exit_codes: Vec<i64>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            profile: String::new(),
            command: "inspec".into(),
            subcommand: "exec".into(),
            backend: "ssh".into(),
            extra_arguments: Vec::new(),
            inspec_env_vars: Vec::new(),
            attributes: Vec::new(),
            attributes_directory: String::new(),
            user: String::new(),
            host: String::new(),
            local_port: 0,
            ssh_host_key_file: String::new(),
            ssh_authorized_key_file: String::new(),
            valid_exit_codes: vec![0, 101],
        }
    }
}

option_set! {
    /// Options of `inspec`.
    pub struct Inspec {
        /// What to run.
        pub run: Profile,
    }
}

impl Component for Inspec {
    const TYPE: &'static str = "inspec";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("extra_arguments", &[]), ("inspec_env_vars", &[])];

    fn check(&mut self, check: &mut Check) {
        let run = &mut self.run;
        if run.profile.is_empty() {
            check.missing("profile", "'profile' is missing").hint("name the profile to run");
        }
        one_of("backend", &run.backend, &["docker", "local", "ssh", "winrm"], check);
        paths::check(check, "attributes_directory", &run.attributes_directory, Wanted::Folder);
        paths::check(check, "ssh_host_key_file", &run.ssh_host_key_file, Wanted::File);
        paths::check(check, "ssh_authorized_key_file", &run.ssh_authorized_key_file, Wanted::File);
        if !(0..=65535).contains(&run.local_port) {
            check
                .error("local_port", format!("{} is not a TCP port", run.local_port))
                .hint("give 1 to 65535, or leave it out");
        }
        let default = Profile::default();
        fill(&mut run.command, &default.command);
        fill(&mut run.subcommand, &default.subcommand);
        fill(&mut run.backend, &default.backend);
        if run.valid_exit_codes.is_empty() {
            run.valid_exit_codes = default.valid_exit_codes;
        }
    }
}
