//! Options of the communicators: how a machine is reached. Every builder that makes a machine has them.

mod bastion;
mod check;
mod keys;
mod winrm;

pub use check::{CIPHERS, KEY_EXCHANGES};

use crate::Duration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How to reach the machine (Packer plugin SDK 0.6, `communicator/config.go`). An option that is not set is absent;
/// [`Communicator::check`] fills in the defaults.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Communicator {
    /// `ssh` (the default), `winrm` or `none`.
    pub communicator: Option<String>,
    /// How long to wait, once connected, before connecting again for good.
    pub pause_before_connecting: Option<Duration>,
    /// Address to connect to, instead of the builder's.
    pub ssh_host: Option<String>,
    /// TCP port of the SSH server; 22 unless the builder says otherwise.
    pub ssh_port: Option<u16>,
    /// User to log in as. Required.
    pub ssh_username: Option<String>,
    /// Password, for password and keyboard-interactive authentication.
    pub ssh_password: Option<String>,
    /// Name of a key pair that the platform knows.
    pub ssh_keypair_name: Option<String>,
    /// Name of the temporary key pair.
    pub temporary_key_pair_name: Option<String>,
    /// Kind of the temporary key: `rsa`, `ecdsa` or `ed25519`.
    pub temporary_key_pair_type: Option<String>,
    /// Bits of the temporary key; 0 is the kind's own default.
    pub temporary_key_pair_bits: Option<u32>,
    /// Ciphers to offer, best first.
    pub ssh_ciphers: Option<Vec<String>>,
    /// Key exchange methods to offer, best first.
    pub ssh_key_exchange_algorithms: Option<Vec<String>>,
    /// Remove the temporary key from the machine's `authorized_keys` when provisioning is over.
    pub ssh_clear_authorized_keys: Option<bool>,
    /// File of a private key without passphrase; a leading `~/` is the home folder.
    pub ssh_private_key_file: Option<String>,
    /// File of a certificate for that key.
    pub ssh_certificate_file: Option<String>,
    /// Run commands on a pseudo terminal.
    pub ssh_pty: Option<bool>,
    /// How long to try to connect; 5m.
    pub ssh_timeout: Option<Duration>,
    /// Old name of `ssh_timeout`.
    pub ssh_wait_timeout: Option<Duration>,
    /// How many logins may be refused before it fails; 10 unless `ssh_timeout` is given.
    pub ssh_handshake_attempts: Option<u32>,
    /// Authenticate with the keys of the SSH agent.
    pub ssh_agent_auth: Option<bool>,
    /// Do not lend the SSH agent of `SSH_AUTH_SOCK` to the machine.
    pub ssh_disable_agent_forwarding: Option<bool>,
    /// A host through which the machine is reached; excludes `ssh_proxy_host`.
    pub ssh_bastion_host: Option<String>,
    /// TCP port of the bastion's SSH server. Default: 22.
    pub ssh_bastion_port: Option<u16>,
    /// Authenticate at the bastion with the keys of the SSH agent.
    pub ssh_bastion_agent_auth: Option<bool>,
    /// User to log in as at the bastion.
    pub ssh_bastion_username: Option<String>,
    /// Password at the bastion.
    pub ssh_bastion_password: Option<String>,
    /// Ask for what the bastion wants to know, on the terminal.
    pub ssh_bastion_interactive: Option<bool>,
    /// File of a private key for the bastion. Default: `ssh_private_key_file`.
    pub ssh_bastion_private_key_file: Option<String>,
    /// File of a certificate for that key. Default: `ssh_certificate_file`.
    pub ssh_bastion_certificate_file: Option<String>,
    /// `scp` (the default: files travel through a command's input and output) or `sftp`.
    pub ssh_file_transfer_method: Option<String>,
    /// A SOCKS5 proxy through which the machine is reached; excludes `ssh_bastion_host`.
    pub ssh_proxy_host: Option<String>,
    /// TCP port of the proxy. Default: 1080.
    pub ssh_proxy_port: Option<u16>,
    /// User of the proxy.
    pub ssh_proxy_username: Option<String>,
    /// Password of the proxy.
    pub ssh_proxy_password: Option<String>,
    /// How often to show the server that the connection is in use; 5s. A negative one is never.
    pub ssh_keep_alive_interval: Option<Duration>,
    /// How long the server may stay silent while it is asked something; 0s is no limit.
    pub ssh_read_write_timeout: Option<Duration>,
    /// Ports of the machine that lead here, as `PORT:HOST:PORT`: where the machine listens, and what is reached from here.
    pub ssh_remote_tunnels: Option<Vec<String>>,
    /// Ports of this computer that lead into the machine, as `PORT:HOST:PORT`: where this computer listens, and what is reached from the machine.
    pub ssh_local_tunnels: Option<Vec<String>>,
    /// User to log in as with WinRM. Required with it.
    pub winrm_username: Option<String>,
    /// Password. Default: the builder's own, where it knows one.
    pub winrm_password: Option<String>,
    /// Address to connect to, instead of the builder's.
    pub winrm_host: Option<String>,
    /// Reach the machine past the proxies that the environment names.
    pub winrm_no_proxy: Option<bool>,
    /// TCP port of WinRM. Default: 5985; 5986 with `winrm_use_ssl`.
    pub winrm_port: Option<u16>,
    /// How long to try to connect. Default: 30m.
    pub winrm_timeout: Option<Duration>,
    /// Connect by HTTPS.
    pub winrm_use_ssl: Option<bool>,
    /// Accept any certificate of the machine.
    pub winrm_insecure: Option<bool>,
    /// Authenticate with NTLM rather than in plain.
    pub winrm_use_ntlm: Option<bool>,
}

impl Communicator {
    /// Reads the group out of any builder's options, whatever else stands there.
    ///
    /// # Errors
    /// When an option is not of its type: somebody has edited the record.
    pub fn of(builder: &serde_json::Map<String, Value>) -> Result<Self, record::Failure> {
        let known = super::fields_of::<Self>();
        let fields = builder.iter().filter(|(key, _)| known.contains(&key.as_str()));
        serde_json::from_value(Value::Object(
            fields.map(|(key, value)| (key.clone(), value.clone())).collect(),
        ))
        .map_err(|error| {
            record::Failure::new(format!("an option in the record is not as it should be: {error}"))
                .hint("options in a record are typed: 'validate' prints them in the right form")
        })
    }

    /// `ssh`, `winrm` or `none`.
    pub fn kind(&self) -> &str {
        self.communicator.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("ssh")
    }

    /// The options that are set, but that no tool of this version honours. A line less, and one is honoured.
    pub fn gaps(&self) -> Vec<&'static str> {
        if self.kind() != "ssh" {
            return Vec::new();
        }
        let is_set = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let options = [
            ("ssh_bastion_host", given(self.ssh_bastion_host.as_deref())),
            ("ssh_proxy_host", given(self.ssh_proxy_host.as_deref())),
            ("ssh_remote_tunnels", is_set(&self.ssh_remote_tunnels)),
            ("ssh_local_tunnels", is_set(&self.ssh_local_tunnels)),
        ];
        options.iter().filter(|(_, is_set)| *is_set).map(|(option, _)| *option).collect()
    }

    /// Whether a password or a key is given, rather than left to a temporary key.
    pub fn has_authentication(&self) -> bool {
        given(self.ssh_password.as_deref())
            || given(self.ssh_private_key_file.as_deref())
            || self.ssh_agent_auth == Some(true)
    }
}

/// Whether a text is there and not empty: Packer knows no difference between unset and empty.
fn given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}
