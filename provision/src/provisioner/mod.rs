//! The steps that this version can take, a file each. Adding one is a file and a line in [`run`].

mod breakpoint;
mod file;
mod shell;
mod shell_local;
mod sleep;

use crate::connection::late;
use communicator::ssh::{Command, Connection};
use record::{Build, Failure, Record};
use serde_json::{Map, Value};
use std::time::Duration;
use template::options::communicator::Communicator;
use template::options::registry::Sort;

/// Takes one step of the type `kind`.
pub(crate) async fn run(
    kind: &str,
    options: &Map<String, Value>,
    record: &Record,
    machine: &mut Machine,
    build: &Build,
) -> Result<(), Failure> {
    let options = &late(record)?.settle(Sort::Provisioner, options)?;
    match kind {
        "breakpoint" => breakpoint::run(&template::options::read(options)?, build).await,
        "file" => file::run(&template::options::read(options)?, machine.connection(kind)?, build).await,
        "shell" => {
            shell::run(template::options::read(options)?, record, machine.connection(kind)?, build).await
        }
        "shell-local" => shell_local::run(&template::options::read(options)?, record, build).await,
        "sleep" => sleep::run(&template::options::read(options)?, build).await,
        other => Err(Failure::new(format!("the provisioner '{other}' is not in this version"))
            .hint("this version has: breakpoint, file, shell, shell-local, sleep")),
    }
}

/// The machine as steps reach it.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    connection: Option<Connection>,
}

impl Machine {
    /// Whether there is a connection.
    pub(crate) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Takes the connection.
    pub(crate) fn set(&mut self, connection: Option<Connection>) {
        self.connection = connection;
    }

    fn connection(&self, kind: &str) -> Result<&Connection, Failure> {
        self.connection.as_ref().ok_or_else(|| {
            Failure::new(format!("the step '{kind}' needs a connection, and the machine has none"))
                .hint("set 'communicator' to \"ssh\", or use steps that run on this machine: shell-local")
        })
    }

    /// Removes the temporary key from the machine (`ssh_clear_authorized_keys`). That it fails is no reason to stop, as in
    /// Packer: the key itself is thrown away.
    pub(crate) async fn forget_temporary_key(&self, record: &Record, build: &Build) {
        let Some(connection) = &self.connection else { return };
        let Ok(options) =
            record.builder().map_err(Failure::from).and_then(|options| Communicator::of(&options))
        else {
            return;
        };
        let own = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        if options.ssh_clear_authorized_keys != Some(true)
            || own(&options.ssh_private_key_file)
            || own(&options.ssh_password)
        {
            return;
        }
        let name = options
            .temporary_key_pair_name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| format!("kiln_{}", record.id()));
        // Names of key pairs may hold what sed takes for a pattern.
        let pattern: String = name
            .chars()
            .flat_map(|c| (!c.is_ascii_alphanumeric()).then_some('\\').into_iter().chain([c]))
            .collect();
        let sed = |sudo: &str, file: &str| {
            format!("{sudo}sed -i.bak '/ {pattern}$/d' {file} && {sudo}rm -f {file}.bak")
        };
        let command = format!(
            "{}; {}",
            sed("", "~/.ssh/authorized_keys"),
            sed("sudo -n ", "/root/.ssh/authorized_keys")
        );
        let quiet = build.for_cleanup(Duration::from_secs(30));
        let command = Command { command, input: Vec::new(), marker: None, pty: false };
        if let Err(failure) = connection.run(command, Box::new(|_, _| Ok(())), &quiet).await {
            build.warn(format!(
                "the temporary key could not be removed from the machine: {}",
                failure.message
            ));
        }
    }
}
