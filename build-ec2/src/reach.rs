//! The communicator's options that the builder itself needs: key, address and port.

use record::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How the machine is to be reached.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "Packer's names; documented with the communicator's options")]
pub struct Reach {
    pub communicator: String,
    pub ssh_host: String,
    pub ssh_port: Option<u16>,
    pub ssh_username: String,
    pub ssh_password: String,
    pub ssh_agent_auth: bool,
    pub ssh_keypair_name: String,
    pub ssh_private_key_file: String,
    pub ssh_timeout: template::Duration,
    pub temporary_key_pair_name: String,
    pub temporary_key_pair_type: String,
    pub winrm_host: String,
    pub winrm_port: Option<u16>,
    pub winrm_username: String,
    pub winrm_password: String,
    pub winrm_use_ssl: bool,
}

impl Reach {
    /// Reads the options.
    ///
    /// # Errors
    /// When one is not of its type.
    pub fn read(object: &Map<String, Value>) -> Result<Self, Failure> {
        serde_json::from_value(Value::Object(object.clone())).map_err(|error| {
            Failure::new(format!(
                "an option of the communicator in the record is not as it should be: {error}"
            ))
            .hint("options in a record are typed: 'validate' prints them in the right form")
        })
    }

    /// `ssh`, `winrm` or `none`.
    pub fn communicator(&self) -> &str {
        if self.communicator.is_empty() { "ssh" } else { &self.communicator }
    }

    /// The port that must be open.
    pub fn port(&self) -> u16 {
        match self.communicator() {
            "winrm" => self.winrm_port.filter(|port| *port > 0).unwrap_or(if self.winrm_use_ssl {
                5986
            } else {
                5985
            }),
            _ => self.ssh_port.filter(|port| *port > 0).unwrap_or(22),
        }
    }

    /// The user to log in as.
    pub fn user(&self) -> &str {
        if self.communicator() == "winrm" { &self.winrm_username } else { &self.ssh_username }
    }
}
