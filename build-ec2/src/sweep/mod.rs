//! `build-ec2 sweep`: finds and destroys what a killed process left, by the state folders here and by tag in AWS.
//!
//! Images that are finished are results and stay: their tag `kiln:status` says `built`, and only what says `building` is taken.

mod found;
mod local;
mod remote;

use crate::clients::Pool;
use crate::resources::{Kind, Resource};
use jiff::Timestamp;
use record::report::Reporter;
use record::signal::Stop;
use record::{Build, Failure, Record, exit};
use serde::Serialize;
use serde_json::json;
use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use template::options::builder::amazon_ebs::Access;
use tokio::time::Instant;

/// What to sweep.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Look for tagged resources in this region (can be repeated) [default: the region of the AWS configuration]
    #[arg(long, value_name = "REGION")]
    pub region: Vec<String>,

    /// Sweep this build only (can be repeated)
    #[arg(long, value_name = "ID")]
    pub id: Vec<String>,

    /// Also destroy machines that are kept on purpose, and everything of other computers
    #[arg(long)]
    pub all: bool,

    /// Destroy resources of other computers when their builds are older than this
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = template::Duration::parse)]
    pub older_than: template::Duration,

    /// Only show what would be destroyed
    #[arg(long)]
    pub dry_run: bool,

    /// Write JSON Lines even where standard output is a terminal
    #[arg(long)]
    pub json: bool,
}

/// How long the removal of one build's things may take.
const LIMIT: Duration = Duration::from_secs(900);

/// What one sweep holds.
struct Sweep<'a> {
    options: &'a Options,
    reporter: Reporter,
    stop: Stop,
    pool: Pool,
    failed: AtomicBool,
    json: bool,
}

/// What the state folders tell.
#[derive(Debug, Default)]
struct Known {
    /// Builds that are in somebody's hands, or were just swept.
    settled: HashSet<String>,
    /// Where there may be something.
    regions: HashSet<String>,
    /// Until when what a killed tool has asked for may still come.
    quiet: Option<Instant>,
}

/// A line of the result.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    build: &'a str,
    kind: Kind,
    region: &'a str,
    resource: &'a str,
    removed: bool,
}

/// Sweeps and gives the exit status: 1 when something could not be removed.
pub fn run(options: &Options) -> ExitCode {
    let reporter = Reporter::new("build-ec2", None);
    record::runtime::run(&reporter, |stop| sweep(options, reporter.clone(), stop))
}

async fn sweep(options: &Options, reporter: Reporter, stop: Stop) -> u8 {
    let json = options.json || !std::io::stdout().is_terminal();
    let (pool, failed) = (Pool::default(), AtomicBool::new(false));
    let sweep = Sweep { options, reporter, stop, pool, failed, json };
    let mut known = Known { regions: options.region.iter().cloned().collect(), ..Known::default() };
    sweep.local(&mut known).await;
    sweep.wait_for_quiet(&known).await;
    sweep.remote(known).await;
    if let Err(failure) = record::state::remove_old_logs() {
        sweep.fail(&failure);
    }
    if sweep.failed.load(Ordering::SeqCst) { exit::FAILED } else { exit::SUCCESS }
}

impl Sweep<'_> {
    /// Waits until nothing is on its way any more: a call that a killed tool has just made goes on without it.
    async fn wait_for_quiet(&self, known: &Known) {
        let Some(quiet) = known.quiet else { return };
        tokio::select! {
            () = tokio::time::sleep_until(quiet) => {}
            () = self.stop.token().cancelled() => {}
        }
    }

    /// Whether a build is among those that the command line names.
    fn wants(&self, id: &str) -> bool {
        self.options.id.is_empty() || self.options.id.iter().any(|wanted| wanted == id)
    }

    fn fail(&self, failure: &Failure) {
        self.failed.store(true, Ordering::SeqCst);
        self.reporter.error(failure.message.clone(), failure.hint.clone());
    }

    /// Opens a build for its clean-up.
    fn build(&self, record: &Record) -> Result<Build, Failure> {
        Build::open(record, &self.reporter, self.stop.token().clone())
    }

    /// Prints one thing that was removed, or with `--dry-run` would be.
    fn print(&self, (id, build): (&str, &str), resource: &Resource) {
        let name = resource.id.as_deref().unwrap_or(&resource.name);
        let line = Line {
            id,
            build,
            kind: resource.kind,
            region: &resource.region,
            resource: name,
            removed: !self.options.dry_run,
        };
        let text = if self.json {
            serde_json::to_string(&line).unwrap_or_default()
        } else {
            let what = if self.options.dry_run { "would remove" } else { "removed" };
            let kind = serde_json::to_value(resource.kind).unwrap_or_default();
            let kind = kind.as_str().unwrap_or_default().replace('_', " ");
            format!("{what:12}  {id}  {kind:16}  {:14}  {name}", resource.region)
        };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            self.stop.stdout_closed();
        }
    }
}

/// How old a build is: its id begins with the time.
fn age(id: &str) -> Option<Duration> {
    let id: ulid::Ulid = id.parse().ok()?;
    let now = u64::try_from(Timestamp::now().as_millisecond()).ok()?;
    Some(Duration::from_millis(now.saturating_sub(id.timestamp_ms())))
}

/// A record of a build of which only its tags are known.
fn record_of(id: &str, build: &str, region: &str) -> Result<Record, Failure> {
    let builder = Access { region: region.to_owned(), ..Access::default() };
    let record = json!({
        "kiln": 1, "id": id, "build": build, "type": crate::tool::TYPES[0], "status": "failed", "builder": builder,
    });
    Ok(Record::parse(&record.to_string())?)
}
