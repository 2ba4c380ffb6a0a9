//! The communicator's options that the builder itself needs: key, address and port, with their defaults.

use std::time::Duration;
use template::options::communicator::Communicator;

/// How the machine is to be reached. Texts that are not set are empty.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// `ssh`, `winrm` or `none`.
    pub communicator: String,
    /// Address given in the template.
    pub host: String,
    /// TCP port that must be open.
    pub port: u16,
    /// User to log in as.
    pub user: String,
    /// Whether the template gives a password.
    pub has_password: bool,
    /// Whether the keys of the user's agent are to be used.
    pub agent: bool,
    /// Name of the user's key pair.
    pub key_pair: String,
    /// The user's private key.
    pub key_file: String,
    /// Name of the temporary key pair.
    pub temporary_key_pair: String,
    /// Kind of the temporary key pair.
    pub temporary_key_pair_type: String,
    /// How long to wait for the port.
    pub timeout: Duration,
}

/// How long to wait for the port where the template does not say (Packer plugin SDK 0.6: `ssh_timeout`).
const TIMEOUT: Duration = Duration::from_secs(300);
/// The same for a Windows machine (`winrm_timeout`).
const WINRM_TIMEOUT: Duration = Duration::from_secs(1800);

impl Reach {
    /// Takes what matters here from the communicator's options.
    pub fn of(options: &Communicator) -> Self {
        let text = |option: &Option<String>| option.clone().unwrap_or_default();
        let length = |option: Option<template::Duration>, default| {
            option.map(template::Duration::to_std).filter(|length| !length.is_zero()).unwrap_or(default)
        };
        let kind = options.communicator.clone().filter(|kind| !kind.is_empty());
        let shared = Self {
            communicator: kind.unwrap_or_else(|| String::from("ssh")),
            agent: options.ssh_agent_auth.unwrap_or_default(),
            key_pair: text(&options.ssh_keypair_name),
            key_file: text(&options.ssh_private_key_file),
            temporary_key_pair: text(&options.temporary_key_pair_name),
            temporary_key_pair_type: text(&options.temporary_key_pair_type),
            ..Self::default()
        };
        if shared.communicator == "winrm" {
            let port = if options.winrm_use_ssl.unwrap_or_default() { 5986 } else { 5985 };
            return Self {
                host: text(&options.winrm_host),
                port: options.winrm_port.filter(|port| *port > 0).unwrap_or(port),
                user: text(&options.winrm_username),
                has_password: !text(&options.winrm_password).is_empty(),
                timeout: length(options.winrm_timeout, WINRM_TIMEOUT),
                ..shared
            };
        }
        Self {
            host: text(&options.ssh_host),
            port: options.ssh_port.filter(|port| *port > 0).unwrap_or(22),
            user: text(&options.ssh_username),
            has_password: !text(&options.ssh_password).is_empty(),
            timeout: length(options.ssh_timeout, TIMEOUT),
            ..shared
        }
    }
}
