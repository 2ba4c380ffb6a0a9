//! Options of the provisioner `chef-client`.

use super::{Chef, EXECUTE, INSTALL};
use crate::option_set;
use crate::options::provisioner::guest::{Elevated, Guest};
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Chef server and what it knows the machine as.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Client {
    /// URL of the Chef server. Required.
    pub server_url: String,
    /// The machine's name as a node. Default: `packer-UUID`.
    pub node_name: String,
    /// Path in the machine of the node's key. Default: `client.pem` in the staging folder.
    pub client_key: String,
    /// Key with which the machine makes itself known; a leading `~/` is the home folder.
    pub validation_key_path: String,
    /// The client whose key that is. Default: `chef-validator`.
    pub validation_client_name: String,
    /// Name of a policy; needs `policy_group`.
    pub policy_name: String,
    /// Group of the policy; needs `policy_name`.
    pub policy_group: String,
    /// How the server's certificate is checked: `verify_none` or `verify_peer`. Default: Chef's own.
    pub ssl_verify_mode: String,
    /// Folder in the machine with certificates to trust.
    pub trusted_certs_dir: String,
    /// Where Ruby gems come from. Default: Chef's own.
    pub rubygems_url: String,
    /// The command that removes node and client from the server; variables: `Args`, `Flags`, `Sudo`.
    pub knife_command: String,
    /// Whether the node stays on the server. Default: false.
    pub skip_clean_node: bool,
    /// Whether the client stays on the server. Default: false.
    pub skip_clean_client: bool,
    /// Whether the staging folder stays. Default: false.
    pub skip_clean_staging_directory: bool,
}

option_set! {
    /// Options of `chef-client`.
    pub struct ChefClient {
        /// The Chef server.
        pub client: Client,
        /// How Chef is run.
        pub chef: Chef,
        /// The machine's system.
        pub guest: Guest,
        /// As whom.
        pub elevated: Elevated,
    }
}

impl Component for ChefClient {
    const TYPE: &'static str = "chef-client";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[EXECUTE, INSTALL, ("knife_command", &["Args", "Flags", "Sudo"])];

    fn check(&mut self, check: &mut Check) {
        let Self { client, chef, guest, elevated } = self;
        guest.check(check);
        if client.server_url.is_empty() {
            check.missing("server_url", "'server_url' is missing").hint("give the URL of the Chef server");
        }
        if client.policy_name.is_empty() != client.policy_group.is_empty() {
            let (given, missing) = if client.policy_name.is_empty() {
                ("policy_group", "policy_name")
            } else {
                ("policy_name", "policy_group")
            };
            check.missing(given, format!("'{given}' needs '{missing}'")).hint("give both, or neither");
        }
        chef.check(Self::TYPE, guest, check);
        elevated.warn(check);
        fill(&mut client.validation_client_name, "chef-validator");
        fill(&mut client.client_key, &format!("{}/client.pem", chef.staging_directory));
        fill(
            &mut client.knife_command,
            guest.either(
                "{{if .Sudo}}sudo {{end}}knife {{.Args}} {{.Flags}}",
                "c:/opscode/chef/bin/knife.bat {{.Args}} {{.Flags}}",
            ),
        );
    }
}
