//! `check`: what a builder's tool can ask of its platform before anything is made, for `validate --online`.
//!
//! Planned records on standard input; one JSON object a line for each [`Finding`] on standard output.

use crate::report::Reporter;
use crate::signal::Stop;
use crate::state::StateFolder;
use crate::{Build, Failure, FailureKind, Record, Status, exit};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::process::ExitCode;
use tokio::task::JoinSet;

/// A tool that can look at its platform.
pub trait Checker: Clone + Send + Sync + 'static {
    /// The tool's name, as it is called.
    const TOOL: &'static str;
    /// The builder types that it serves.
    const TYPES: &'static [&'static str];

    /// Asks everything that can be asked for a planned record, and changes nothing.
    fn check(&self, record: &Record, build: &Build) -> impl Future<Output = Vec<Problem>> + Send;
}

/// Something that stands in a build's way, and the option that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Path of the option in the builder; empty where it is about none.
    pub path: String,
    /// What is wrong.
    pub failure: Failure,
}

impl Problem {
    /// Something wrong with an option.
    pub fn new(path: impl Into<String>, failure: Failure) -> Self {
        Self { path: path.into(), failure }
    }

    /// What an answer says is wrong with an option, if anything.
    pub fn of<T>(path: &str, answer: Result<T, Failure>) -> Option<Self> {
        answer.err().map(|failure| Self::new(path, failure))
    }
}

/// A line of `check`'s output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Finding {
    /// The build's name.
    pub build: String,
    /// Path of the option in the builder.
    #[serde(default)]
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether it only may be wrong.
    #[serde(default)]
    pub warning: bool,
}

/// Checks all records of standard input at the same time. Exit status 0: all could be asked, whatever was found.
pub fn run<C: Checker>(checker: &C) -> ExitCode {
    let reporter = Reporter::new(C::TOOL, None);
    crate::runtime::run(&reporter, |stop| {
        let (checker, told) = (checker.clone(), reporter.clone());
        each_planned(C::TYPES, &reporter, move |record| {
            one(checker.clone(), record, told.clone(), stop.clone())
        })
    })
}

/// Does something with each planned record of these types on standard input, all at the same time, and writes what comes of it, one JSON
/// object a line. Gives the exit status: 0 where all could be done.
pub async fn each_planned<T, F>(types: &[&str], reporter: &Reporter, look: impl Fn(Record) -> F) -> u8
where
    T: Serialize + Send + 'static,
    F: Future<Output = Result<Vec<T>, Failure>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut status = exit::SUCCESS;
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        match read(line) {
            Ok(Some(record)) if types.contains(&record.kind()) && record.status() == Status::Planned => {
                tasks.spawn(look(record));
            }
            Ok(_) => {}
            Err(error) => {
                reporter.error(format!("standard input, line {}: {error}", number + 1), None);
                status = exit::USAGE;
            }
        }
    }
    while let Some(found) = tasks.join_next().await {
        let found = found.unwrap_or_else(|error| Err(Failure::from_error("a check failed", &error)));
        match found {
            Ok(lines) => {
                if lines.iter().try_for_each(print).is_err() {
                    return exit::FAILED;
                }
            }
            Err(failure) => {
                reporter.error(failure.message, failure.hint);
                status = status.max(exit::FAILED);
            }
        }
    }
    status
}

/// A line's record; `None`: an empty line.
fn read(line: std::io::Result<String>) -> Result<Option<Record>, String> {
    let line = line.map_err(|error| error.to_string())?;
    if line.trim().is_empty() {
        return Ok(None);
    }
    Record::parse(&line).map(Some).map_err(|error| error.to_string())
}

fn print(line: &impl Serialize) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(line).unwrap_or_default())?;
    out.flush()
}

/// A look at a build, whose state folder is gone afterwards unless it was there before.
#[derive(Debug)]
pub struct Visit {
    build: Build,
    was_there: bool,
}

impl Visit {
    /// Opens the build of a record.
    ///
    /// # Errors
    /// When its state folder cannot be made.
    pub fn open(record: &Record, reporter: &Reporter, stop: &Stop) -> Result<Self, Failure> {
        let was_there = StateFolder::root()?.join(record.id()).is_dir();
        Ok(Self { build: Build::open(record, reporter, stop.token().clone())?, was_there })
    }

    /// The build.
    pub fn build(&self) -> &Build {
        &self.build
    }

    /// Ends the look.
    ///
    /// # Errors
    /// When the state folder cannot be removed.
    pub fn leave(self) -> Result<(), Failure> {
        if self.was_there { Ok(()) } else { self.build.folder().remove() }
    }
}

async fn one<C: Checker>(
    checker: C,
    record: Record,
    reporter: Reporter,
    stop: Stop,
) -> Result<Vec<Finding>, Failure> {
    let visit = Visit::open(&record, &reporter, &stop)?;
    let problems = checker.check(&record, visit.build()).await;
    visit.leave()?;
    let finding = |Problem { path, failure }: Problem| {
        if failure.kind == FailureKind::Interrupted {
            return Err(failure);
        }
        let build = record.build().to_owned();
        Ok(Finding { build, path, message: failure.message, hint: failure.hint, warning: false })
    };
    problems.into_iter().map(finding).collect()
}
