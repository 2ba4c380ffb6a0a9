//! `shell-local`: scripts that run on this machine, for the provisioner and the post-processor of that name.
//!
//! Facts: Packer 1.16, `shell-local`. Beyond Packer, a script runs in a process group of its own, which is ended as a
//! whole when the build stops, and variables' values stay out of argument lists (see `command`).

mod command;
mod process;
mod script;

pub use command::{CommandLine, quote};
pub use process::{Exit, run_group};

use record::{Build, Failure, Record};
use std::collections::BTreeMap;
use std::path::Path;
use template::Late;
use template::options::shell_local::ShellLocal;

/// Variables for scripts, by name.
pub type Environment = BTreeMap<String, String>;

/// Runs what `options` say, one script after another. `extra` are variables that the step itself gives; the user's own win.
///
/// When `build` is cancelled, the script and all its children are ended and the failure is an interruption.
///
/// # Errors
/// When a template cannot be rendered, a script cannot be read or started, or ends with a status that is not valid.
pub async fn run(
    options: &ShellLocal,
    record: &Record,
    extra: &Environment,
    build: &Build,
) -> Result<(), Failure> {
    if !runs_here(options) {
        build.say(format!("skipped: only_on is {}, and this is {}", options.only_on.join(", "), system()));
        return Ok(());
    }
    let late = Late::of(record)?;
    let environment = environment(options, record, extra)?;
    for script in script::prepare(options)? {
        let line = CommandLine::new(options, late.clone(), &environment, script.path())?;
        warn_of_secrets(&line, build);
        build.say(format!("running {} on this machine", script.shown()));
        let exit = run_group(&line, build).await?;
        check(&exit, options, script.shown(), script.path())?;
    }
    Ok(())
}

/// Whether `only_on` lets the step run on this system.
fn runs_here(options: &ShellLocal) -> bool {
    options.only_on.is_empty() || options.only_on.iter().any(|name| name == system())
}

/// This system's name as Go has it.
fn system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// The variables that scripts get on top of this process's own: Packer's, the step's, the user's.
fn environment(options: &ShellLocal, record: &Record, extra: &Environment) -> Result<Environment, Failure> {
    let mut environment = Environment::new();
    environment.insert(record::env::PACKER_BUILD_NAME.to_owned(), record.build().to_owned());
    environment.insert(record::env::PACKER_BUILDER_TYPE.to_owned(), record.kind().to_owned());
    if let Some(machine) = record.machine()? {
        for (key, name) in [
            ("PackerHTTPAddr", "PACKER_HTTP_ADDR"),
            ("PackerHTTPIP", "PACKER_HTTP_IP"),
            ("PackerHTTPPort", "PACKER_HTTP_PORT"),
        ] {
            if let Some(value) = machine.build.get(key).filter(|value| !value.starts_with("ERR_")) {
                environment.insert(name.to_owned(), value.clone());
            }
        }
    }
    environment.extend(extra.clone());
    for pair in &options.environment_vars {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        environment.insert(key.to_owned(), value.to_owned());
    }
    environment.extend(options.env.clone());
    Ok(environment)
}

fn warn_of_secrets(line: &CommandLine, build: &Build) {
    let masker = build.reporter().masker();
    if line.arguments().iter().any(|argument| masker.mask(argument) != *argument) {
        build.warn(
            "execute_command hands a sensitive value over as an argument, which every user of this machine can see; \
             begin it with a shell and -c, or leave {{.Vars}} out: the environment has all variables as well",
        );
    }
}

fn check(exit: &Exit, options: &ShellLocal, shown: &str, path: &Path) -> Result<(), Failure> {
    let valid: &[i32] = if options.valid_exit_codes.is_empty() { &[0] } else { &options.valid_exit_codes };
    if exit.code.is_some_and(|code| valid.contains(&code)) {
        return Ok(());
    }
    let mut failure = Failure::new(match (exit.code, exit.signal) {
        (Some(code), _) => format!("{shown} ended with status {code}; valid_exit_codes is {valid:?}"),
        (None, Some(signal)) => format!("{shown} was killed by signal {signal}"),
        (None, None) => format!("{shown} ended without a status"),
    });
    failure.output.clone_from(&exit.last_lines);
    Err(match exit.code {
        Some(126) => failure.hint(format!(
            "{} could not be executed: is it on a file system mounted with noexec, or is its first line wrong?",
            path.display()
        )),
        Some(127) => failure.hint("a command was not found: check PATH and the script's first line"),
        _ => failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record::parse(
            r#"{"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"web","type":"null","status":"built",
                "machine":{"driver":"x","id":"y","communicator":"none","build":{"PackerHTTPAddr":"10.0.2.2:8080"}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_users_variables_win() {
        let options: ShellLocal = serde_json::from_value(serde_json::json!({
            "environment_vars": ["A=1", "PACKER_BUILD_NAME=mine", "EQ=a=b"], "env": {"A": "2"},
        }))
        .unwrap();
        let extra = Environment::from([("A".to_owned(), "0".to_owned()), ("E".to_owned(), "x".to_owned())]);
        let found = environment(&options, &record(), &extra).unwrap();
        let expected = [
            ("A", "2"),
            ("E", "x"),
            ("EQ", "a=b"),
            ("PACKER_BUILDER_TYPE", "null"),
            ("PACKER_BUILD_NAME", "mine"),
            ("PACKER_HTTP_ADDR", "10.0.2.2:8080"),
        ];
        let found: Vec<(&str, &str)> =
            found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_on_names_this_system() {
        let mut options = ShellLocal::default();
        assert!(runs_here(&options));
        options.only_on = vec!["windows".into()];
        assert!(!runs_here(&options));
        options.only_on.push(system().into());
        assert!(runs_here(&options));
    }
}
