//! `sweep`: finds and destroys what killed processes left, by the state folders of this computer.

use super::destroy::{self, Kept, Removed};
use super::{Platform, tool};
use record::report::Reporter;
use record::signal::Stop;
use record::state::StateFolder;
use record::{Build, Failure, Record, exit};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

/// What to sweep: the options of every local builder's `sweep`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Sweep {
    /// Sweep this build only (can be repeated)
    #[arg(long, value_name = "ID")]
    pub id: Vec<String>,

    /// Also destroy machines that are kept on purpose
    #[arg(long)]
    pub all: bool,

    /// Only show what would be destroyed
    #[arg(long)]
    pub dry_run: bool,

    /// Write JSON Lines even where standard output is a terminal
    #[arg(long)]
    pub json: bool,
}

/// How long the removal of one build's things may take.
const LIMIT: Duration = Duration::from_secs(300);

/// A line of the result.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    build: &'a str,
    kind: &'a str,
    resource: &'a str,
    removed: bool,
}

/// What one sweep holds.
struct Sweeper<'a> {
    options: &'a Sweep,
    reporter: Reporter,
    stop: Stop,
    json: bool,
}

impl Sweep {
    /// Sweeps the builds of a platform and gives the exit status: 1 when something could not be removed.
    pub fn run<P: Platform>(&self) -> ExitCode {
        let reporter = Reporter::new(P::TOOL, None);
        let json = self.json || !std::io::stdout().is_terminal();
        record::runtime::run(&reporter, |stop| async {
            let sweeper = Sweeper { options: self, reporter: reporter.clone(), stop, json };
            if sweeper.sweep::<P>().await { exit::SUCCESS } else { exit::FAILED }
        })
    }
}

impl Sweeper<'_> {
    /// Whether all went well.
    async fn sweep<P: Platform>(&self) -> bool {
        let folders = match StateFolder::all() {
            Ok(folders) => folders,
            Err(failure) => return self.fail(&failure),
        };
        let mut good = true;
        for folder in folders {
            let Some(record) = folder.saved().filter(|record| self.means::<P>(record)) else { continue };
            if self.stop.is_asked() {
                break;
            }
            if !folder.is_free(self.options.all, self.options.dry_run) {
                self.reporter.say(folder.left_alone());
                continue;
            }
            good &= match self.folder::<P>(&folder, &record).await {
                Ok(removed) => removed,
                Err(failure) => self.fail(&failure.context(format!("build {}", folder.id()))),
            };
        }
        match record::state::remove_old_logs() {
            Ok(_) => good,
            Err(failure) => self.fail(&failure),
        }
    }

    fn means<P: Platform>(&self, record: &Record) -> bool {
        let named = self.options.id.is_empty() || self.options.id.iter().any(|id| id == record.id());
        named && P::TYPES.contains(&record.kind())
    }

    fn fail(&self, failure: &Failure) -> bool {
        self.reporter.error(failure.message.clone(), failure.hint.clone());
        false
    }

    /// Sweeps one build; `false` when something is left.
    async fn folder<P: Platform>(&self, folder: &StateFolder, record: &Record) -> Result<bool, Failure> {
        let build = Build::open(record, &self.reporter, self.stop.token().clone())?;
        let (platform, site) = tool::open::<P>(record, &build)?;
        if self.options.dry_run {
            for thing in destroy::existing(site.as_ref(), &build) {
                self.print(record, &thing);
            }
            return Ok(true);
        }
        let (removed, failed) =
            destroy::all(&platform, site.as_ref(), Kept::default(), &build.for_cleanup(LIMIT)).await;
        for thing in &removed {
            self.print(record, thing);
        }
        if failed == 0 {
            folder.keep_only_log()?;
        }
        Ok(failed == 0)
    }

    fn print(&self, record: &Record, thing: &Removed) {
        let removed = !self.options.dry_run;
        let line =
            Line { id: record.id(), build: record.build(), kind: thing.kind, resource: &thing.name, removed };
        let text = if self.json {
            serde_json::to_string(&line).unwrap_or_default()
        } else {
            let what = if removed { "removed" } else { "would remove" };
            format!("{what:12}  {}  {:10}  {}", line.id, line.kind, line.resource)
        };
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            self.stop.stdout_closed();
        }
    }
}
