//! `shell`: runs scripts in the machine.
//!
//! A script takes three commands: one that writes it (mode 0755), `execute_command` exactly as the template has it, and one
//! that removes it, which also runs when the script fails or is stopped.

mod script;

use crate::connection::late;
use crate::step::rest;
use communicator::ssh::{Command, Connection, Outcome, is_lost};
use record::{Build, Failure, FailureKind, Record};
use script::Script;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use template::Late;
use template::options::provisioner::shell::{Run, Shell};

/// Packer's own number for "the connection was lost", in `valid_exit_codes` (plugin SDK, `CmdDisconnect`).
const DISCONNECT: i64 = 2_300_218;

/// How long the removal of a script may take after the step was stopped.
const CLEANUP: Duration = Duration::from_secs(20);

pub(super) async fn run(
    options: Shell,
    record: &Record,
    connection: &Connection,
    build: &Build,
) -> Result<(), Failure> {
    let options = options.run;
    let mut late = late(record)?;
    let variables = variables(&options, record)?;
    let scripts = script::all(&options);
    let names = Names::new(&options);
    late.set("EnvVarFile", names.variables.clone());
    late.set("Path", names.script.clone());
    late.set("Vars", if options.use_env_var_file { String::new() } else { variables.clone() });
    let step = Step { options: &options, connection, names: &names, late: &late };
    let result = step.run_all(&scripts, variables, build).await;
    step.clean(&result, build).await;
    result?;
    let pause = options.pause_after.unwrap_or_default().to_std();
    if pause.is_zero() { Ok(()) } else { rest(pause, build).await }
}

/// Where things are in the machine.
struct Names {
    script: String,
    variables: String,
}

impl Names {
    /// Names that nobody can guess, unless the template gives them: `/tmp` is everybody's.
    fn new(options: &Run) -> Self {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let random = ulid::Ulid::generate().to_string().to_lowercase();
        let folder = given(&options.remote_folder).unwrap_or_else(|| "/tmp".to_owned());
        let folder = folder.trim_end_matches('/');
        let file = given(&options.remote_file).unwrap_or_else(|| format!("kiln_{random}.sh"));
        Self {
            script: given(&options.remote_path).unwrap_or_else(|| format!("{folder}/{file}")),
            variables: format!("{folder}/kiln_{random}.env"),
        }
    }
}

/// The environment variables in `env_var_format`, sorted by name; `'` in values is made safe between single quotes.
fn variables(options: &Run, record: &Record) -> Result<String, Failure> {
    let mut variables = BTreeMap::new();
    variables.insert(record::env::PACKER_BUILD_NAME.to_owned(), record.build().to_owned());
    variables.insert(record::env::PACKER_BUILDER_TYPE.to_owned(), record.kind().to_owned());
    let machine = record.machine()?.unwrap_or_default();
    for (key, name) in [
        ("PackerHTTPAddr", record::env::PACKER_HTTP_ADDR),
        ("PackerHTTPIP", "PACKER_HTTP_IP"),
        ("PackerHTTPPort", "PACKER_HTTP_PORT"),
    ] {
        if let Some(value) = machine.build.get(key).filter(|value| !value.starts_with("ERR_")) {
            variables.insert(name.to_owned(), value.clone());
        }
    }
    for pair in &options.environment_vars {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        variables.insert(key.to_owned(), value.to_owned());
    }
    variables.extend(options.env.clone());
    let format = options.env_var_format.as_deref().unwrap_or("%s='%s' ");
    let parts: Vec<&str> = format.splitn(3, "%s").collect();
    let [before, between, after] = parts[..] else {
        return Err(Failure::new("env_var_format must have '%s' twice").hint("the default is \"%s='%s' \""));
    };
    Ok(variables
        .iter()
        .map(|(key, value)| format!("{before}{key}{between}{}{after}", communicator::local::quote(value)))
        .collect())
}

/// What all scripts of a step share.
struct Step<'a> {
    options: &'a Run,
    connection: &'a Connection,
    names: &'a Names,
    late: &'a Late,
}

impl Step<'_> {
    async fn run_all(&self, scripts: &[Script], variables: String, build: &Build) -> Result<(), Failure> {
        let command =
            self.options.execute_command.as_deref().unwrap_or("chmod +x {{.Path}}; {{.Vars}} {{.Path}}");
        let command = self.late.render(command)?;
        for script in scripts {
            if self.options.use_env_var_file {
                // Each script may have changed or removed it; it holds what may be secret.
                self.send(variables.clone().into_bytes(), 0o600, &self.names.variables, build).await?;
            }
            self.send(script.content()?, 0o755, &self.names.script, build).await?;
            build.say(format!("running {}", script.shown()));
            self.execute(&command, script, build).await?;
        }
        Ok(())
    }

    /// Writes a file in the machine; while only the connection is the problem, for `start_retry_timeout`.
    async fn send(&self, content: Vec<u8>, mode: u32, path: &str, build: &Build) -> Result<(), Failure> {
        let limit =
            self.options.start_retry_timeout.map_or(Duration::from_secs(300), template::Duration::to_std);
        let begun = Instant::now();
        loop {
            let sent = self.connection.write(content.clone(), mode, path, build).await;
            match sent {
                Err(failure) if is_lost(&failure) && begun.elapsed() < limit => {
                    build.waiting("the machine to take the script", &failure.message, begun.elapsed());
                    rest(Duration::from_secs(1), build).await?;
                }
                result => return result.map_err(|failure| failure.context("cannot send the script")),
            }
        }
    }

    async fn execute(&self, command: &str, script: &Script, build: &Build) -> Result<(), Failure> {
        let (mut stdout, mut stderr) = build.output_streams();
        let tail = stdout.tail();
        let output = Box::new(move |stream: record::event::Stream, bytes: &[u8]| {
            match stream {
                record::event::Stream::Stdout => stdout.write(bytes),
                record::event::Stream::Stderr => stderr.write(bytes),
            }
            Ok(())
        });
        let command = Command {
            command: command.to_owned(),
            input: Vec::new(),
            marker: Some(self.names.script.clone()),
            pty: true,
        };
        let outcome = self
            .connection
            .run(command, output, build)
            .await
            .map_err(|failure| failure.with_output(&tail))?;
        self.judge(&outcome, script, build).await.map_err(|failure| failure.with_output(&tail))
    }

    async fn judge(&self, outcome: &Outcome, script: &Script, build: &Build) -> Result<(), Failure> {
        let shown = script.shown();
        let valid =
            if self.options.valid_exit_codes.is_empty() { &[0][..] } else { &self.options.valid_exit_codes };
        let may_disconnect = self.options.expect_disconnect || valid.contains(&DISCONNECT);
        match outcome {
            Outcome::Lost(why) if may_disconnect => {
                build.say(format!("{shown} ended the connection ({why}), as expected"));
                self.connection.drop_session(true, build).await
            }
            Outcome::Lost(why) => Err(Failure::new(format!("{shown} ended the connection: {why}")).hint(
                "if it restarts the machine or its network, set 'expect_disconnect'; else see what happened to the machine",
            )),
            Outcome::Exited(status) if valid.contains(&i64::from(*status)) => {
                // A restart that the script has asked for may begin only now.
                if self.options.expect_disconnect { self.connection.drop_session(true, build).await } else { Ok(()) }
            }
            Outcome::Exited(status) => {
                let failure =
                    Failure::new(format!("{shown} ended with status {status}; valid_exit_codes is {valid:?}"));
                Err(match status {
                    126 => failure.hint(format!(
                        "the script could not be executed: is {} on a file system mounted with noexec? Then set 'remote_folder'",
                        self.names.script
                    )),
                    127 => failure.hint("a command was not found: see the output, and the script's first line"),
                    _ => failure.hint(
                        "see the output; 'provision --hold' keeps the machine to look around, 'provision --resume' goes on",
                    ),
                })
            }
            Outcome::Signalled(signal) => Err(Failure::new(format!("{shown} was killed by SIG{signal}"))),
        }
    }

    /// Removes the script and the file of variables, however the step ended, unless the machine is gone.
    async fn clean(&self, result: &Result<(), Failure>, build: &Build) {
        let gone = result
            .as_ref()
            .is_err_and(|failure| is_lost(failure) || failure.message.contains("ended the connection"));
        if self.options.skip_clean || gone {
            return;
        }
        let mut paths = vec![&self.names.script];
        if self.options.use_env_var_file {
            paths.push(&self.names.variables);
        }
        let paths: String =
            paths.iter().map(|path| format!(" '{}'", communicator::local::quote(path))).collect();
        let command =
            Command { command: format!("rm -f{paths}"), input: Vec::new(), marker: None, pty: false };
        // After an expected restart this waits until the machine is back.
        let stopped = result.as_ref().is_err_and(|failure| failure.kind == FailureKind::Interrupted);
        let patient =
            if stopped || build.is_cancelled() { build.for_cleanup(CLEANUP) } else { build.clone() };
        match self.connection.run(command, Box::new(|_, _| Ok(())), &patient).await {
            Ok(Outcome::Exited(0)) => {}
            Ok(outcome) => {
                build.warn(format!("the script could not be removed from the machine: {outcome:?}"));
            }
            Err(failure) => {
                build.warn(format!("the script could not be removed from the machine: {}", failure.message));
            }
        }
    }
}
