//! Options of the provisioner `puppet-masterless`.

use super::Puppet;
use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::provisioner::guest::{Elevated, Guest};
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is copied into the machine and applied there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Manifests {
    /// The manifest: a file, or a folder of manifests. Required.
    pub manifest_file: String,
    /// Folder of manifests that the manifest imports.
    pub manifest_dir: String,
    /// Folders of modules.
    pub module_paths: Vec<String>,
    /// Hiera's configuration file.
    pub hiera_config_path: String,
    /// Folder in the machine for all of this. Default: `/tmp/packer-puppet-masterless`, on Windows
    /// `$SYSTEMROOT/Temp/packer-puppet-masterless`.
    pub staging_directory: String,
}

option_set! {
    /// Options of `puppet-masterless`.
    pub struct PuppetMasterless {
        /// What is applied.
        pub manifests: Manifests,
        /// How Puppet is run.
        pub puppet: Puppet,
        /// The machine's system.
        pub guest: Guest,
        /// As whom.
        pub elevated: Elevated,
    }
}

/// What the command can say.
const COMMAND: &[&str] = &[
    "Debug",
    "ExtraArguments",
    "FacterVars",
    "HieraConfigPath",
    "ManifestDir",
    "ManifestFile",
    "ModulePath",
    "ModulePathJoiner",
    "PuppetBinDir",
    "Sudo",
    "WorkingDir",
];

/// Puppet's part of the command.
const APPLY: &str = "apply --detailed-exitcodes {{if .Debug}}--debug {{end}}{{if ne .ModulePath \"\"}}--modulepath='{{.ModulePath}}' {{end}}{{if ne .HieraConfigPath \"\"}}--hiera_config='{{.HieraConfigPath}}' {{end}}{{if ne .ManifestDir \"\"}}--manifestdir='{{.ManifestDir}}' {{end}}{{if ne .ExtraArguments \"\"}}{{.ExtraArguments}} {{end}}{{.ManifestFile}}";

impl Component for PuppetMasterless {
    const TYPE: &'static str = "puppet-masterless";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("execute_command", COMMAND), ("extra_arguments", COMMAND)];

    fn check(&mut self, check: &mut Check) {
        let Self { manifests, puppet, guest, elevated } = self;
        guest.check(check);
        elevated.warn(check);
        if manifests.manifest_file.is_empty() {
            check.missing("manifest_file", "'manifest_file' is missing").hint("name the manifest to apply");
        }
        paths::check(check, "manifest_file", &manifests.manifest_file, Wanted::Any);
        paths::check(check, "manifest_dir", &manifests.manifest_dir, Wanted::Folder);
        paths::check_all(check, "module_paths", &manifests.module_paths, Wanted::Folder);
        paths::check(check, "hiera_config_path", &manifests.hiera_config_path, Wanted::File);
        let staging =
            guest.either("/tmp/packer-puppet-masterless", "$SYSTEMROOT/Temp/packer-puppet-masterless");
        fill(&mut manifests.staging_directory, staging);
        puppet.fill_in(APPLY, &manifests.staging_directory, guest);
    }
}
