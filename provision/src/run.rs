//! The steps of one build, in order, from the first that is not done.

use crate::connection::connect;
use crate::policy::{Decision, OnError, decide};
use crate::provisioner::Machine;
use crate::step;
use crate::tool::Options;
use record::{Build, Failure, FailureKind, Record, Status};
use serde_json::{Map, Value};
use std::time::Duration;
use template::steps::provision::{needs_machine, provisioner as provisioner_step};

/// How long an error-cleanup-provisioner may take after an interruption.
const CLEANUP: Duration = Duration::from_secs(60);

/// Why it did not work, and whether the machine stays.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) failure: Failure,
    pub(crate) keep: bool,
}

/// Runs the steps that are not done.
pub(crate) async fn run(record: &mut Record, options: &Options, build: &Build) -> Result<(), Broken> {
    if record.status() != Status::Running {
        record.set_status(Status::Running);
    }
    let mut machine = Machine::default();
    loop {
        let Err(failure) = steps(record, &mut machine, build).await else { return Ok(()) };
        let failure = named(failure, build);
        // Whoever holds on to a machine wants it for a look, also where the connection was the problem.
        match decide(options.on_error, options.hold, &failure, build).await {
            Decision::Retry => build.say("trying the step again"),
            Decision::End { clean, keep } => {
                let failure =
                    if clean { clean_up(record, &mut machine, failure, build).await } else { failure };
                let keep =
                    keep && (failure.kind != FailureKind::Usage || options.on_error != OnError::Cleanup);
                return Err(Broken { failure, keep });
            }
        }
    }
}

/// The step that failed is named before other steps run.
fn named(failure: Failure, build: &Build) -> Failure {
    if failure.step.is_some() || build.step_name().is_empty() {
        return failure;
    }
    let step = build.step_name();
    failure.step(step)
}

async fn steps(record: &mut Record, machine: &mut Machine, build: &Build) -> Result<(), Failure> {
    let steps = record.provisioners()?;
    let done = record.done()?;
    let first = steps.iter().skip(done);
    if !machine.is_connected() && (record.kind() == "null" || first.clone().any(needs_machine)) {
        machine.set(connect(record, build).await?);
        let _ = build.folder().save(record);
    }
    for (index, options) in steps.iter().enumerate().skip(done) {
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let name = provisioner_step(kind(options), index + 1, steps.len());
        let guard = build.step(&name);
        step::take(options, record, machine, build).await.map_err(|failure| failure.step(name))?;
        guard.done();
        record.set("done", &(index + 1));
        let _ = build.folder().save(record);
    }
    machine.forget_temporary_key(record, build).await;
    Ok(())
}

fn kind(options: &Map<String, Value>) -> &str {
    options.get("type").and_then(Value::as_str).unwrap_or("step")
}

/// Runs the error-cleanup-provisioner. Where that fails too, both failures are told.
async fn clean_up(record: &mut Record, machine: &mut Machine, failure: Failure, build: &Build) -> Failure {
    let options = match record.get::<Map<String, Value>>("error_cleanup_provisioner") {
        Ok(Some(options)) => options,
        Ok(None) => return failure,
        Err(error) => return also(failure, &error.into()),
    };
    build.error(failure.message.clone(), failure.hint.clone());
    build.say("running the error-cleanup-provisioner");
    let limited = if build.is_cancelled() { build.for_cleanup(CLEANUP) } else { build.clone() };
    let guard = limited.step(format!("error-cleanup-provisioner {}", kind(&options)));
    match step::take(&options, record, machine, &limited).await {
        Ok(()) => {
            guard.done();
            failure
        }
        Err(second) => also(failure, &second),
    }
}

fn also(failure: Failure, second: &Failure) -> Failure {
    Failure {
        message: format!(
            "{}; the error-cleanup-provisioner failed as well: {}",
            failure.message, second.message
        ),
        ..failure
    }
}
