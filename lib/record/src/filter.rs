//! The filter loop: records in, records out, one line each.

use crate::build::Build;
use crate::cli::Common;
use crate::document::Status;
use crate::event::Event;
use crate::exit;
use crate::failure::Failure;
use crate::record_line::Record;
use crate::report::Reporter;
use crate::signal::Stop;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use tokio::sync::{Semaphore, mpsc};

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

    /// Notes a record that passes through untouched, and may fail it for the exit status.
    fn passes(&self, _record: &Record, _reporter: &Reporter) {}
}

/// Runs a tool over standard input until it ends, and gives the exit status.
pub fn run(tool: impl Tool, common: &Common) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return cannot_start(tool.name(), &error),
    };
    let status = runtime.block_on(run_loop(tool, common));
    runtime.shutdown_background();
    ExitCode::from(status)
}

fn cannot_start(tool: &'static str, error: &std::io::Error) -> ExitCode {
    Reporter::new(tool, None).error(format!("cannot start: {error}"), None);
    ExitCode::from(exit::USAGE)
}

struct Shared<T> {
    tool: T,
    reporter: Reporter,
    stop: Stop,
    status: AtomicU8,
    out: mpsc::Sender<Outgoing>,
}

struct Outgoing {
    line: String,
    /// What to give back when the line cannot be written.
    held: Option<(Record, Build)>,
}

async fn run_loop<T: Tool>(tool: T, common: &Common) -> u8 {
    let reporter = Reporter::new(tool.name(), common.events);
    let Ok(stop) = Stop::listen() else { return exit::USAGE };
    let jobs = common.jobs.unwrap_or(tool.default_jobs());
    let (out, outgoing) = mpsc::channel(16);
    let shared = Arc::new(Shared { tool, reporter, stop, status: AtomicU8::new(exit::SUCCESS), out });
    let writer = tokio::spawn(write_out(outgoing, shared.stop.clone()));
    let mut lines = read_lines();
    let permits = Arc::new(Semaphore::new(if jobs == 0 { Semaphore::MAX_PERMITS } else { jobs }));
    let mut tasks = tokio::task::JoinSet::new();
    let mut number = 0;
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            () = shared.stop.token().cancelled() => None,
        };
        let Some(line) = line else { break };
        number += 1;
        let Some(record) = accept(&shared, number, &line).await else { continue };
        let (shared, permits) = (shared.clone(), permits.clone());
        tasks.spawn(async move {
            let _permit = permits.acquire_owned().await;
            move_record(shared, record).await;
        });
    }
    while tasks.join_next().await.is_some() {}
    let stop = shared.stop.clone();
    let status = shared.status.load(Ordering::SeqCst);
    let tool = Arc::into_inner(shared);
    let Some(Shared { tool, out, .. }) = tool else { return exit::FAILED };
    drop(out);
    let lost = writer.await.unwrap_or_default();
    for (record, build) in lost {
        tool.abandon(record, build).await;
    }
    stop.raise_again();
    if stop.is_stdout_closed() { status.max(exit::FAILED) } else { status }
}

/// Looks at a line: passes it on, reports it, or gives it back to be moved.
async fn accept<T: Tool>(shared: &Arc<Shared<T>>, number: u64, line: &str) -> Option<Record> {
    if line.trim().is_empty() {
        return None;
    }
    let record = match Record::parse(line) {
        Ok(record) => record,
        Err(error) => {
            shared.raise_status(exit::USAGE);
            let place = error.column.map(|column| format!(", column {column}")).unwrap_or_default();
            shared
                .reporter
                .error(format!("standard input, line {number}{place}: {}", error.message), Some(error.hint));
            return None;
        }
    };
    if shared.tool.takes(&record) {
        return Some(record);
    }
    shared.tool.passes(&record, &shared.reporter);
    if record.status() == Status::Failed {
        shared.raise_status(exit::FAILED);
    }
    let _ = shared.out.send(Outgoing { line: line.to_owned(), held: None }).await;
    None
}

async fn move_record<T: Tool>(shared: Arc<Shared<T>>, mut record: Record) {
    let build = match Build::open(&record, &shared.reporter, shared.stop.token().clone()) {
        Ok(build) => build,
        Err(failure) => return refuse(&shared, record, &failure).await,
    };
    let begun = Instant::now();
    build.event(Event::BuildBegin);
    record = shared.tool.process(record, build.clone()).await;
    record.add_steps(&build.take_steps());
    let seconds = begun.elapsed().as_millis() as f64 / 1000.0;
    build.event(Event::BuildEnd { status: record.status().to_string(), seconds });
    if record.status() == Status::Failed {
        shared.raise_status(exit::FAILED);
    }
    let line = record.to_line();
    let _ = shared.out.send(Outgoing { line, held: Some((record, build)) }).await;
}

/// Fails a record for which not even a state folder could be opened.
async fn refuse<T: Tool>(shared: &Arc<Shared<T>>, mut record: Record, failure: &Failure) {
    shared.raise_status(exit::FAILED);
    shared.reporter.error(format!("{}: {}", record.build(), failure.message), failure.hint.clone());
    record.set_status(Status::Failed);
    record.set("error", &failure.info(shared.tool.name(), "start"));
    let _ = shared.out.send(Outgoing { line: record.to_line(), held: None }).await;
}

impl<T> Shared<T> {
    fn raise_status(&self, status: u8) {
        self.status.fetch_max(status, Ordering::SeqCst);
    }
}

/// Reads lines in a thread of its own, since standard input may block for ever.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&line);
            if sender.blocking_send(text.trim_end_matches('\n').to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Writes lines and gives back the records that could not be written.
async fn write_out(mut outgoing: mpsc::Receiver<Outgoing>, stop: Stop) -> Vec<(Record, Build)> {
    let mut lost = Vec::new();
    while let Some(Outgoing { line, held }) = outgoing.recv().await {
        if stop.is_stdout_closed() || write_line(&line).is_err() {
            stop.stdout_closed();
            lost.extend(held);
        }
    }
    lost
}

fn write_line(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}
