//! Options of the provisioners `chef-client` and `chef-solo`, which run Chef in the machine.
//!
//! Rules and defaults: Packer's chef plugin 1.0.

mod client;
mod solo;

pub use client::{ChefClient, Client};
pub use solo::{ChefSolo, Cookbooks, Solo};

use super::guest::Guest;
use crate::options::Check;
use crate::options::paths::{self, Wanted};
use crate::options::words::fill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What both ways to run Chef have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Chef {
    /// The command that runs Chef; variables: `ConfigPath`, `JsonPath`, `Sudo`.
    pub execute_command: String,
    /// The command that installs Chef; variables: `Sudo`, `Version`.
    pub install_command: String,
    /// Version of Chef to install. Default: the newest.
    pub version: String,
    /// Whether Chef is there already. Default: false.
    pub skip_install: bool,
    /// A template of Chef's configuration in place of the usual one.
    pub config_template: String,
    /// Chef's environment.
    pub chef_environment: String,
    /// How the license is accepted. Default: `accept-silent` where Chef is installed by the usual command.
    pub chef_license: String,
    /// File with the secret of encrypted data bags.
    pub encrypted_data_bag_secret_path: String,
    /// Chef's run list.
    pub run_list: Vec<String>,
    /// Attributes of the node, as an object.
    pub json: Map<String, Value>,
    /// Attributes of the node, as the text of a JSON object: in HCL2, `jsonencode({ … })`.
    pub json_string: String,
    /// Whether commands run without `sudo`. Default: false.
    pub prevent_sudo: bool,
    /// Folder in the machine for all of this.
    pub staging_directory: String,
}

/// What the command that runs Chef can say.
const EXECUTE: (&str, &[&str]) = ("execute_command", &["ConfigPath", "JsonPath", "Sudo"]);
/// What the command that installs Chef can say.
const INSTALL: (&str, &[&str]) = ("install_command", &["Sudo", "Version"]);

impl Chef {
    /// Checks the options and fills in defaults; `program` is `chef-client` or `chef-solo`.
    fn check(&mut self, program: &str, guest: &Guest, check: &mut Check) {
        paths::check(check, "config_template", &self.config_template, Wanted::File);
        let secret = &self.encrypted_data_bag_secret_path;
        paths::check(check, "encrypted_data_bag_secret_path", secret, Wanted::File);
        if !self.json_string.is_empty() {
            if !self.json.is_empty() {
                check
                    .error("json_string", "'json' and 'json_string' exclude each other")
                    .hint("keep one of them");
            }
            self.read_json(check);
        }
        if !self.skip_install && self.install_command.is_empty() {
            fill(&mut self.chef_license, "accept-silent");
        }
        let install = guest.either(
            "curl -L https://omnitruck.chef.io/install.sh | {{if .Sudo}}sudo {{end}}bash -s --{{if .Version}} -v {{.Version}}{{end}}",
            "powershell.exe -Command \". { iwr -useb https://omnitruck.chef.io/install.ps1 } | iex; Install-Project{{if .Version}} -version {{.Version}}{{end}}\"",
        );
        fill(&mut self.install_command, install);
        let execute = if guest.is_windows() {
            format!(
                "c:/opscode/chef/bin/{program}.bat --no-color -c {{{{.ConfigPath}}}} -j {{{{.JsonPath}}}}"
            )
        } else {
            format!(
                "{{{{if .Sudo}}}}sudo {{{{end}}}}{program} --no-color -c {{{{.ConfigPath}}}} -j {{{{.JsonPath}}}}"
            )
        };
        fill(&mut self.execute_command, &execute);
        let staging = guest.either("/tmp", "C:/Windows/Temp");
        fill(&mut self.staging_directory, &format!("{staging}/packer-{program}"));
    }

    fn read_json(&mut self, check: &mut Check) {
        match serde_json::from_str::<Map<String, Value>>(&self.json_string) {
            Ok(json) => {
                self.json.extend(json);
                self.json_string.clear();
            }
            Err(error) => {
                check
                    .error("json_string", format!("'json_string' is not a JSON object: {error}"))
                    .hint("in HCL2, json_string = jsonencode({ … }) writes one");
            }
        }
    }
}
