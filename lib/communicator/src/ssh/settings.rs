//! How to reach one machine over SSH.

use record::{Failure, Machine};
use std::path::PathBuf;
use std::time::Duration;
use template::options::communicator::Communicator;

/// How files travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// Through the input and output of commands: needs a POSIX shell in the machine.
    Shell,
    /// Through the SFTP subsystem.
    Sftp,
}

/// Everything a connection needs to know. Its `Debug` form shows no secret.
#[derive(Clone)]
pub struct Settings {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User to log in as.
    pub user: String,
    /// Answers password and keyboard-interactive authentication.
    pub password: Option<String>,
    /// Private key without passphrase.
    pub key_file: Option<PathBuf>,
    /// Certificate for that key.
    pub certificate_file: Option<PathBuf>,
    /// Whether the SSH agent's keys are tried.
    pub agent: bool,
    /// Whether the SSH agent, where there is one, is lent to the machine.
    pub forward_agent: bool,
    /// Ciphers, best first; empty is libssh2's own list.
    pub ciphers: Vec<String>,
    /// Key exchange methods, best first; empty is libssh2's own list.
    pub key_exchanges: Vec<String>,
    /// Whether commands get a pseudo terminal.
    pub pty: bool,
    /// How long to try to connect.
    pub timeout: Duration,
    /// How many logins may be refused.
    pub attempts: Option<u32>,
    /// How often to show that the connection is in use.
    pub keep_alive: Option<Duration>,
    /// How long the server may be silent.
    pub silence: Option<Duration>,
    /// How long to wait between a first connection and the one that is used.
    pub pause_before: Duration,
    /// How files travel.
    pub transfer: Transfer,
    /// The host key that the server must have: `SHA256:…`.
    pub host_key: Option<String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Settings({}@{}:{})", self.user, self.host, self.port)
    }
}

impl Settings {
    /// Takes the options of the template and what the builder says of the machine, which wins.
    ///
    /// # Errors
    /// When there is no host or no user.
    pub fn new(options: &Communicator, machine: &Machine) -> Result<Self, Failure> {
        let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let either = |own: &str, option: &Option<String>| {
            Some(own.to_owned()).filter(|own| !own.is_empty()).or_else(|| text(option))
        };
        let host = either(&machine.host, &options.ssh_host)
            .ok_or_else(|| missing("host", "the builder writes it into machine.host"))?;
        let user = either(&machine.user, &options.ssh_username)
            .ok_or_else(|| missing("user", "set 'ssh_username' in the template"))?;
        let length = |duration: Option<template::Duration>| {
            duration.map(template::Duration::to_std).filter(|duration| !duration.is_zero())
        };
        Ok(Self {
            host,
            port: machine.port.or(options.ssh_port).filter(|port| *port != 0).unwrap_or(22),
            user,
            password: text(&options.ssh_password),
            key_file: text(&machine.key_file)
                .or_else(|| text(&options.ssh_private_key_file))
                .map(PathBuf::from),
            certificate_file: text(&options.ssh_certificate_file).map(PathBuf::from),
            agent: options.ssh_agent_auth.unwrap_or(false),
            forward_agent: !options.ssh_disable_agent_forwarding.unwrap_or(false),
            ciphers: options.ssh_ciphers.clone().unwrap_or_default(),
            key_exchanges: options.ssh_key_exchange_algorithms.clone().unwrap_or_default(),
            pty: options.ssh_pty.unwrap_or(false),
            timeout: length(options.ssh_timeout).unwrap_or(Duration::from_secs(300)),
            attempts: options.ssh_handshake_attempts.filter(|attempts| *attempts > 0),
            keep_alive: match options.ssh_keep_alive_interval {
                Some(interval) if interval.is_negative() => None,
                interval => length(interval).or(Some(Duration::from_secs(5))),
            },
            silence: length(options.ssh_read_write_timeout),
            pause_before: length(options.pause_before_connecting).unwrap_or_default(),
            transfer: match options.ssh_file_transfer_method.as_deref() {
                Some("sftp") => Transfer::Sftp,
                _ => Transfer::Shell,
            },
            host_key: text(&machine.host_key),
        })
    }
}

fn missing(what: &str, hint: &str) -> Failure {
    Failure::new(format!("the record's machine has no {what} to connect to")).hint(hint)
}
