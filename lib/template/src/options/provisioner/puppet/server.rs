//! Options of the provisioner `puppet-server`.

use super::Puppet;
use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::provisioner::guest::{Elevated, Guest};
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The Puppet server and how the machine makes itself known to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Server {
    /// Name of the Puppet server. Default: Puppet's own, `puppet`.
    pub puppet_server: String,
    /// The machine's name as a node. Default: its host name.
    pub puppet_node: String,
    /// Folder of the node's certificate.
    pub client_cert_path: String,
    /// Folder of the node's private key.
    pub client_private_key_path: String,
    /// Folder in the machine for all of this. Default: `/tmp/packer-puppet-server`.
    pub staging_dir: String,
}

option_set! {
    /// Options of `puppet-server`.
    pub struct PuppetServer {
        /// The server.
        pub server: Server,
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
    "ClientCertPath",
    "ClientPrivateKeyPath",
    "Debug",
    "ExtraArguments",
    "FacterVars",
    "PuppetBinDir",
    "PuppetNode",
    "PuppetServer",
    "Sudo",
    "WorkingDir",
];

/// Puppet's part of the command.
const AGENT: &str = "agent --onetime --no-daemonize --detailed-exitcodes {{if .Debug}}--debug {{end}}{{if ne .PuppetServer \"\"}}--server='{{.PuppetServer}}' {{end}}{{if ne .PuppetNode \"\"}}--certname='{{.PuppetNode}}' {{end}}{{if ne .ClientCertPath \"\"}}--certdir='{{.ClientCertPath}}' {{end}}{{if ne .ClientPrivateKeyPath \"\"}}--privatekeydir='{{.ClientPrivateKeyPath}}' {{end}}{{if ne .ExtraArguments \"\"}}{{.ExtraArguments}} {{end}}";

impl Component for PuppetServer {
    const TYPE: &'static str = "puppet-server";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("execute_command", COMMAND), ("extra_arguments", COMMAND)];

    fn check(&mut self, check: &mut Check) {
        let Self { server, puppet, guest, elevated } = self;
        guest.check(check);
        elevated.warn(check);
        paths::check(check, "client_cert_path", &server.client_cert_path, Wanted::Folder);
        paths::check(check, "client_private_key_path", &server.client_private_key_path, Wanted::Folder);
        fill(&mut server.staging_dir, "/tmp/packer-puppet-server");
        puppet.fill_in(AGENT, &server.staging_dir, guest);
    }
}
