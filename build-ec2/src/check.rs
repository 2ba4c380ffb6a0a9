//! `build-ec2 check`: what can be asked of AWS before anything is created, for `validate --online`.
//!
//! Planned records on standard input; one JSON object a line for each finding on standard output.

use crate::clients::Pool;
use crate::context::Context;
use crate::{capture, network, source_ami, start, tool};
use record::report::Reporter;
use record::signal::Stop;
use record::state::StateFolder;
use record::{Build, Failure, FailureKind, Record, Status, exit};
use serde::Serialize;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use tokio::task::JoinSet;

/// One thing that is wrong.
#[derive(Debug, Serialize)]
struct Finding {
    build: String,
    /// Path of the option in the builder.
    path: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    warning: bool,
}

/// Checks all records at the same time. Exit status 0: all could be asked, whatever was found.
pub fn run() -> ExitCode {
    let reporter = Reporter::new("build-ec2", None);
    record::cli::init_logging(&reporter);
    let runtime = match record::runtime::build() {
        Ok(runtime) => runtime,
        Err(error) => {
            reporter.error(format!("cannot start: {error}"), None);
            return ExitCode::from(exit::USAGE);
        }
    };
    let status = runtime.block_on(check(&reporter));
    runtime.shutdown_background();
    ExitCode::from(status)
}

async fn check(reporter: &Reporter) -> u8 {
    let Ok(stop) = Stop::listen() else { return exit::USAGE };
    let pool = Pool::default();
    let mut tasks = JoinSet::new();
    let mut status = exit::SUCCESS;
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let record = match line.map_err(|error| error.to_string()).and_then(|line| {
            if line.trim().is_empty() {
                Ok(None)
            } else {
                Record::parse(&line).map(Some).map_err(|error| error.to_string())
            }
        }) {
            Ok(Some(record)) => record,
            Ok(None) => continue,
            Err(error) => {
                reporter.error(format!("standard input, line {}: {error}", number + 1), None);
                status = exit::USAGE;
                continue;
            }
        };
        if tool::TYPES.contains(&record.kind()) && record.status() == Status::Planned {
            let (reporter, stop, pool) = (reporter.clone(), stop.clone(), pool.clone());
            tasks.spawn(async move { check_record(&record, &reporter, &stop, &pool).await });
        }
    }
    while let Some(found) = tasks.join_next().await {
        match found {
            Ok(Ok(findings)) => {
                if findings.iter().try_for_each(print).is_err() {
                    return exit::FAILED;
                }
            }
            Ok(Err(failure)) => {
                reporter.error(failure.message, failure.hint);
                status = status.max(exit::FAILED);
            }
            Err(error) => {
                reporter.error(format!("a check failed: {error}"), None);
                status = status.max(exit::FAILED);
            }
        }
    }
    stop.raise_again();
    status
}

fn print(finding: &Finding) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(finding).unwrap_or_default())?;
    out.flush()
}

async fn check_record(
    record: &Record,
    reporter: &Reporter,
    stop: &Stop,
    pool: &Pool,
) -> Result<Vec<Finding>, Failure> {
    let was_there = StateFolder::root()?.join(record.id()).is_dir();
    let build = Build::open(record, reporter, stop.token().clone())?;
    let asked = ask(record, &build, pool).await;
    if !was_there {
        build.folder().remove()?;
    }
    asked
}

/// Asks everything at the same time.
async fn ask(record: &Record, build: &Build, pool: &Pool) -> Result<Vec<Finding>, Failure> {
    let finding = |path, failure: Failure| {
        let (build, warning) = (record.build().to_owned(), false);
        Finding { build, path, message: failure.message, hint: failure.hint, warning }
    };
    let context = match Context::open(record, build, pool).await {
        Ok(context) => context,
        Err(failure) => return Ok(vec![finding("region", failure)]),
    };
    if let Err(failure) = start::supported(&context) {
        return Ok(vec![finding("", failure)]);
    }
    // Where this fails, all else fails for the same reason.
    if let Err(failure) = credentials(&context).await {
        return if failure.kind == FailureKind::Interrupted {
            Err(failure)
        } else {
            Ok(vec![finding("", failure)])
        };
    }
    let source = async { source_ami::find(&context).await.map(drop) };
    let (source, name, network, key, profile, regions) = tokio::join!(
        source,
        start::names_free(&context),
        network(&context),
        key_pair(&context),
        profile(&context),
        regions(&context)
    );
    let source_path =
        if context.options.run.source_ami.is_empty() { "source_ami_filter" } else { "source_ami" };
    let asked = [
        (source_path, source),
        ("ami_name", name),
        ("subnet_id", network),
        ("ssh_keypair_name", key),
        ("iam_instance_profile", profile),
        ("ami_regions", regions),
    ];
    let mut findings = Vec::new();
    for (path, answer) in asked {
        match answer {
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => findings.push(finding(path, failure)),
            Ok(()) => {}
        }
    }
    Ok(findings)
}

/// Whether AWS accepts the credentials: any call tells, and this one every account may make.
async fn credentials(context: &Context) -> Result<(), Failure> {
    if context.options.access.skip_credential_validation {
        return Ok(());
    }
    let client = context.ec2();
    match context.call("DescribeRegions", || client.describe_regions().send()).await {
        Err(error) if error.is("UnauthorizedOperation") => Ok(()),
        answer => Ok(answer.map(drop)?),
    }
}

async fn network(context: &Context) -> Result<(), Failure> {
    let network = network::find(context).await?;
    network::security_groups(context, &network).await.map(drop)
}

async fn key_pair(context: &Context) -> Result<(), Failure> {
    let name = &context.reach.key_pair;
    if name.is_empty() {
        return Ok(());
    }
    let client = context.ec2();
    context.call("DescribeKeyPairs", || client.describe_key_pairs().key_names(name).send()).await?;
    Ok(())
}

async fn profile(context: &Context) -> Result<(), Failure> {
    let run = &context.options.run;
    if run.iam_instance_profile.is_empty() || run.skip_profile_validation {
        return Ok(());
    }
    let client = context.clients.iam();
    let name = &run.iam_instance_profile;
    context
        .call("GetInstanceProfile", || client.get_instance_profile().instance_profile_name(name).send())
        .await?;
    Ok(())
}

/// Whether the regions of copies exist and are enabled.
async fn regions(context: &Context) -> Result<(), Failure> {
    let ami = &context.options.ami;
    if ami.skip_region_validation || ami.ami_regions.is_empty() {
        return Ok(());
    }
    let client = context.ec2();
    let answer = context.call("DescribeRegions", || client.describe_regions().send()).await?;
    let known: Vec<&str> = answer.regions().iter().filter_map(|region| region.region_name()).collect();
    for region in capture::target_regions(context) {
        if !known.contains(&region.as_str()) {
            return Err(Failure::new(format!("the account has no region '{region}'"))
                .hint(format!("its regions are {}; skip_region_validation takes any", known.join(", "))));
        }
    }
    Ok(())
}
