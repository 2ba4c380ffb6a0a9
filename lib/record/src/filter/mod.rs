//! The filter loop: records in, records out, one line each.
//!
//! Reading never waits for a build: records that are not ours pass at once, as the very bytes they came as, and
//! our own wait for a free place in a queue that is bounded in memory.

mod keep;
mod pump;
mod read;
mod shutdown;
mod task;
mod waiting;
mod write;

use crate::build::Build;
use crate::cli::Common;
use crate::exit;
use crate::record_line::Record;
use crate::report::Reporter;
use crate::signal::Stop;
use pump::Pump;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio_util::sync::CancellationToken;

/// A tool that moves records.
pub trait Tool: Send + Sync + 'static {
    /// The tool's name, as it is called.
    fn name(&self) -> &'static str;

    /// How many builds to move at a time where `--jobs` does not say; 0 is no limit.
    fn default_jobs(&self) -> usize {
        64
    }

    /// Whether the record's next step is this tool's.
    fn takes(&self, record: &Record) -> bool;

    /// Moves a record on. A failure is written into the record with [`Build::fail`]. When `build` is
    /// cancelled: stops soon, destroys the machine, returns the record as failed.
    fn process(&self, record: Record, build: Build) -> impl Future<Output = Record> + Send;

    /// Destroys the machine of a record that could not be written: its reader is gone.
    fn abandon(&self, record: Record, build: Build) -> impl Future<Output = ()> + Send;

    /// What being stopped means for `builds` builds (one or more): follows "interrupted (SIGINT): ".
    fn stopping(&self, builds: usize) -> String {
        match builds {
            1 => String::from("stopping 1 build and destroying its machine"),
            _ => format!("stopping {builds} builds and destroying their machines"),
        }
    }

    /// Whose `sweep` finds what a build leaves when its clean-up does not end.
    fn sweeper(&self, _record: &Record) -> Option<String> {
        Some(self.name().to_owned())
    }

    /// Notes a record that passes through untouched, and gives the exit status that it makes for: [`exit::SUCCESS`], or
    /// [`exit::FAILED`] where it should not have come as it is. A failed one makes for that anyway.
    fn passes(&self, _record: &Record, _reporter: &Reporter) -> u8 {
        exit::SUCCESS
    }
}

/// Runs a tool over standard input until it ends, and gives the exit status.
pub fn run(tool: impl Tool, common: &Common) -> ExitCode {
    let name = tool.name();
    let reporter = match Reporter::open(name, common.events) {
        Ok(reporter) => reporter,
        Err(failure) => {
            Reporter::new(name, None).error(failure.message, failure.hint);
            return ExitCode::from(exit::USAGE);
        }
    };
    task::catch_panics();
    raise_file_limit();
    crate::runtime::run(&reporter, |stop| Pump::new(tool, common, reporter.clone(), stop).run())
}

/// A build needs a few descriptors, and the usual soft limit of 1024 is less than many builds need.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// What the loop and its builds share.
struct Shared<T> {
    tool: T,
    reporter: Reporter,
    stop: Stop,
    /// Stops the builds, once it was said that they stop.
    halt: CancellationToken,
    status: AtomicU8,
    /// The builds that are being moved now, as they were read.
    running: Mutex<Vec<Record>>,
}

impl<T> Shared<T> {
    fn raise_status(&self, status: u8) {
        self.status.fetch_max(status, Ordering::SeqCst);
    }
}

/// A line on its way out.
struct Outgoing {
    line: Vec<u8>,
    /// What to give back when the line cannot be written.
    held: Option<Box<write::Lost>>,
}
