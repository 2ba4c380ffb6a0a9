//! Options of the provisioners `puppet-masterless` and `puppet-server`, which run Puppet in the machine.
//!
//! Rules and defaults: Packer's puppet plugin 1.0.

mod masterless;
mod server;

pub use masterless::{Manifests, PuppetMasterless};
pub use server::{PuppetServer, Server};

use super::guest::Guest;
use crate::options::words::fill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What both ways to run Puppet have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Puppet {
    /// The command that runs Puppet. Its variables stand at the provisioner's own options.
    pub execute_command: String,
    /// Arguments for Puppet. Rendered when the machine runs, as `execute_command` is.
    pub extra_arguments: Vec<String>,
    /// Facts; `packer_build_name` and `packer_builder_type` are added.
    pub facter: BTreeMap<String, String>,
    /// Whether any exit status counts as success. Default: false: 0 and 2 do.
    pub ignore_exit_codes: bool,
    /// Whether commands run without `sudo`. Default: false.
    pub prevent_sudo: bool,
    /// Folder in the machine of the program `puppet`. Default: found by `PATH`.
    pub puppet_bin_dir: String,
    /// Folder in the machine in which Puppet runs. Default: the staging folder.
    pub working_directory: String,
    /// Whether the staging folder is removed afterwards. Default: false.
    pub clean_staging_directory: bool,
}

/// What comes before Puppet's own options in each command: the folder, the facts, the program.
const BEGIN: &str = "cd {{.WorkingDir}} && {{if ne .FacterVars \"\"}}{{.FacterVars}} {{end}}{{if .Sudo}}sudo -E {{end}}{{if ne .PuppetBinDir \"\"}}{{.PuppetBinDir}}/{{end}}puppet";
/// The same on Windows.
const BEGIN_WINDOWS: &str = "cd {{.WorkingDir}} && {{if ne .FacterVars \"\"}}{{.FacterVars}} && {{end}}{{if ne .PuppetBinDir \"\"}}{{.PuppetBinDir}}/{{end}}puppet";

impl Puppet {
    /// Fills in defaults: `command` is what follows the program's name.
    fn fill_in(&mut self, command: &str, staging: &str, guest: &Guest) {
        let begin = guest.either(BEGIN, BEGIN_WINDOWS);
        fill(&mut self.execute_command, &format!("{begin} {command}"));
        fill(&mut self.working_directory, staging);
    }
}
