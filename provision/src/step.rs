//! What all steps have in common: `pause_before`, `timeout`, `max_retries`.

use crate::provisioner::{self, Machine};
use record::{Build, Failure, FailureKind, Record};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;

/// Options that every provisioner has.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Common {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pause_before: Option<template::Duration>,
    timeout: Option<template::Duration>,
    max_retries: u32,
}

impl Common {
    /// Reads the common options of a step.
    pub(crate) fn of(options: &Map<String, Value>) -> Result<Self, Failure> {
        serde_json::from_value(Value::Object(options.clone())).map_err(|error| {
            Failure::new(format!("an option of a provisioner is not as it should be: {error}"))
                .hint("pause_before and timeout are texts such as \"5m\", max_retries is a number")
        })
    }
}

/// Takes a step, with its pauses, its time limit and its retries. The failure is the last attempt's (Packer returns the
/// first one's). The time limit is each attempt's own and does not count the pause.
pub(crate) async fn take(
    options: &Map<String, Value>,
    record: &Record,
    machine: &mut Machine,
    build: &Build,
) -> Result<(), Failure> {
    let common = Common::of(options)?;
    let attempts = common.max_retries.saturating_add(1);
    for attempt in 1.. {
        let failure = match attempt_once(&common, options, record, machine, build).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        if attempt >= attempts || failure.kind == FailureKind::Interrupted {
            return Err(match attempt {
                1 => failure,
                _ => Failure {
                    message: format!("{} (attempt {attempt} of {attempts})", failure.message),
                    ..failure
                },
            });
        }
        let left = attempts - attempt;
        let tries = if left == 1 { "1 more try".to_owned() } else { format!("{left} more tries") };
        build.warn(format!("{}; {tries}", failure.message));
    }
    Ok(())
}

async fn attempt_once(
    common: &Common,
    options: &Map<String, Value>,
    record: &Record,
    machine: &mut Machine,
    build: &Build,
) -> Result<(), Failure> {
    if let Some(pause) = common.pause_before.map(template::Duration::to_std).filter(|pause| !pause.is_zero())
    {
        build.say(format!("pausing {} before the next step", template_text(pause)));
        rest(pause, build).await?;
    }
    let limit = common.timeout.map(template::Duration::to_std).filter(|limit| !limit.is_zero());
    let Some(limit) = limit else {
        return provisioner::run(&common.kind, options, record, machine, build).await;
    };
    let token = build.stop().child_token();
    let limited = build.with_stop(token.clone());
    let timer = tokio::spawn(async move {
        tokio::time::sleep(limit).await;
        token.cancel();
    });
    let result = provisioner::run(&common.kind, options, record, machine, &limited).await;
    timer.abort();
    match result {
        Err(failure) if failure.kind == FailureKind::Interrupted && !build.is_cancelled() => Err(Failure {
            kind: FailureKind::Build,
            message: format!(
                "the step took longer than its timeout of {} and was stopped",
                template_text(limit)
            ),
            hint: Some("raise 'timeout', or see in the output where it hangs".into()),
            ..failure
        }),
        result => result,
    }
}

/// Waits, unless the build is stopped.
pub(crate) async fn rest(length: Duration, build: &Build) -> Result<(), Failure> {
    tokio::select! {
        () = tokio::time::sleep(length) => Ok(()),
        () = build.cancelled() => Err(Failure::interrupted()),
    }
}

/// A duration as templates write it.
pub(crate) fn template_text(length: Duration) -> String {
    template::Duration::nanoseconds(i64::try_from(length.as_nanos()).unwrap_or(i64::MAX)).to_string()
}
