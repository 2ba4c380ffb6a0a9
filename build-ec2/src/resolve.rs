//! `build-ec2 resolve`: which image each machine would be started from now, for `validate --lock`.
//!
//! Planned records on standard input; for each one of this tool's types a line on standard output: the record's `id` and `source_ami`, or
//! `message` and `hint` where none is found. Exit status 0: all were asked, whatever was found.

use crate::clients::Pool;
use crate::context::Context;
use crate::{source_ami, tool};
use record::check::{self, Visit};
use record::report::Reporter;
use record::signal::Stop;
use record::{Build, Failure, FailureKind, Record};
use serde::Serialize;
use std::process::ExitCode;

/// What is said of a record.
#[derive(Debug, Serialize)]
struct Answer {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ami: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Answers for all records at the same time.
pub fn run() -> ExitCode {
    let reporter = Reporter::new("build-ec2", None);
    record::runtime::run(&reporter, |stop| {
        let (pool, told) = (Pool::default(), reporter.clone());
        check::each_planned(tool::TYPES, &reporter, move |record| {
            resolve(record, told.clone(), stop.clone(), pool.clone())
        })
    })
}

async fn resolve(record: Record, reporter: Reporter, stop: Stop, pool: Pool) -> Result<Vec<Answer>, Failure> {
    let visit = Visit::open(&record, &reporter, &stop)?;
    let found = find(&record, visit.build(), &pool).await;
    visit.leave()?;
    let answer = Answer { id: record.id().to_owned(), source_ami: None, message: None, hint: None };
    match found {
        Ok(image) => Ok(vec![Answer { source_ami: Some(image), ..answer }]),
        Err(failure) if failure.kind == FailureKind::Interrupted => Err(failure),
        Err(Failure { message, hint, .. }) => Ok(vec![Answer { message: Some(message), hint, ..answer }]),
    }
}

async fn find(record: &Record, build: &Build, pool: &Pool) -> Result<String, Failure> {
    let context = Context::open(record, build, pool).await?;
    Ok(source_ami::find(&context).await?.id().to_owned())
}
