//! The loop itself: reads, passes on, starts builds, and ends in order.

use super::read::{self, Input, LONGEST_LINE};
use super::waiting::Waiting;
use super::{Outgoing, Shared, Tool, shutdown, task, write};
use crate::cli::Common;
use crate::document::Status;
use crate::exit;
use crate::record_line::{Record, RecordError};
use crate::report::Reporter;
use crate::signal::Stop;
use crate::state::StateFolder;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How long a process that was stopped still looks whether more records have come. Whoever writes them has its
/// own clean-up, and sees that nobody reads any more when this process is gone.
const LAST_LOOK: Duration = Duration::from_millis(100);

pub(super) struct Pump<T> {
    shared: Arc<Shared<T>>,
    jobs: usize,
    input: Option<mpsc::Receiver<Input>>,
    out: mpsc::Sender<Outgoing>,
    lost: mpsc::UnboundedReceiver<write::Lost>,
    waiting: Waiting,
    tasks: JoinSet<()>,
    /// Whether the last lines were the beginning of a record that is spread over several.
    spread: bool,
    /// Once the process was asked to stop: how many builds it stopped.
    stopped: Option<usize>,
}

impl<T: Tool> Pump<T> {
    pub(super) fn new(tool: T, common: &Common, reporter: Reporter, stop: Stop) -> Self {
        let jobs = match common.jobs.unwrap_or(tool.default_jobs()) {
            0 => usize::MAX,
            jobs => jobs,
        };
        if std::io::stdin().is_terminal() {
            reporter.say("reads build records, one a line, and standard input is a terminal");
            reporter.say(format!("try: validate TEMPLATE | {}    (Ctrl-D ends the input)", tool.name()));
        }
        let (out, outgoing) = mpsc::channel(16);
        let lost =
            write::start(outgoing, stop.clone(), reporter.clone(), write::Sink::of_stdout(common.json));
        let (status, running) = (AtomicU8::new(exit::SUCCESS), Mutex::default());
        let shared =
            Arc::new(Shared { tool, reporter, stop, halt: CancellationToken::new(), status, running });
        let input = Some(read::start());
        let (waiting, tasks) = (Waiting::new(), JoinSet::new());
        Self { shared, jobs, input, out, lost, waiting, tasks, spread: false, stopped: None }
    }

    /// Runs until the input has ended and every build has, and gives the exit status.
    pub(super) async fn run(mut self) -> u8 {
        shutdown::watch(self.shared.clone(), self.out.clone());
        while self.input.is_some() || !self.tasks.is_empty() {
            let stopped = self.stopped.is_some();
            let idle = stopped && self.tasks.is_empty();
            let stop = self.shared.stop.token().clone();
            tokio::select! {
                biased;
                () = stop.cancelled(), if !stopped => self.announce(),
                Some(lost) = self.lost.recv() => {
                    self.tasks.spawn(task::abandon(self.shared.clone(), lost));
                }
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => {}
                input = next(&mut self.input) => self.accept(input).await,
                () = tokio::time::sleep(LAST_LOOK), if idle => self.input = None,
            }
            self.start_waiting().await;
        }
        let Self { shared, out, mut lost, mut tasks, stopped, .. } = self;
        drop(out);
        while let Some(lost) = lost.recv().await {
            tasks.spawn(task::abandon(shared.clone(), lost));
        }
        while tasks.join_next().await.is_some() {}
        if stopped.is_some_and(|builds| builds > 0) {
            shared.reporter.say("stopped; no build of this process is left");
        }
        shared.status.load(Ordering::SeqCst)
    }

    async fn accept(&mut self, input: Option<Input>) {
        match input {
            Some(Input::Line(number, line)) => self.accept_line(number, line).await,
            Some(Input::TooLong(number)) => self.malformed(
                number,
                &RecordError {
                    message: format!("this line is longer than {} MiB", LONGEST_LINE >> 20),
                    hint: "records stand one a line and are some kilobytes long; is this another file?"
                        .to_owned(),
                    column: None,
                },
            ),
            Some(Input::Broken(error)) => {
                self.shared.raise_status(exit::USAGE);
                let reason = crate::failure::reason(&error);
                let hint = "pipe build records in: 'validate TEMPLATE | …', or '< records.jsonl'";
                self.shared
                    .reporter
                    .error(format!("cannot read standard input: {reason}"), Some(hint.to_owned()));
            }
            None => self.input = None,
        }
    }

    /// Passes a line on, reports it, or queues it to be moved.
    async fn accept_line(&mut self, number: u64, line: Vec<u8>) {
        if line.iter().all(u8::is_ascii_whitespace) {
            return;
        }
        let record = match Record::parse_bytes(&line) {
            Ok(record) => record,
            Err(error) => return self.no_record(number, &line, &error),
        };
        self.spread = false;
        if !self.shared.tool.takes(&record) {
            let status = self.shared.tool.passes(&record, &self.shared.reporter);
            self.shared.raise_status(status);
            if record.status() == Status::Failed {
                self.shared.raise_status(exit::FAILED);
            }
            return self.pass(line).await;
        }
        if self.tasks.len() < self.jobs && !self.shared.stop.is_asked() {
            return self.start(record);
        }
        if record.has_machine() {
            // It may wait for long, and must not look abandoned meanwhile.
            let _ = StateFolder::open(record.id()).and_then(|folder| folder.claim());
        }
        self.waiting.push(line);
    }

    /// Reports a line that is no record; of a record in many lines, as plain `jq` prints it, only the first.
    fn no_record(&mut self, number: u64, line: &[u8], error: &RecordError) {
        let begins = line.trim_ascii_end() == b"{";
        match (self.spread, begins) {
            (true, _) => self.spread = line.trim_ascii_end() != b"}",
            (false, true) => {
                self.spread = true;
                let message = "a record is spread over several lines".to_owned();
                self.malformed(number, &RecordError { message, column: None, ..error.clone() });
            }
            (false, false) => self.malformed(number, error),
        }
    }

    fn malformed(&self, number: u64, error: &RecordError) {
        self.shared.raise_status(exit::USAGE);
        let place = error.column.map(|column| format!(", column {column}")).unwrap_or_default();
        let text = format!("standard input, line {number}{place}: {}", error.message);
        self.shared.reporter.error(text, Some(error.hint.clone()));
    }

    async fn pass(&mut self, line: Vec<u8>) {
        let out = self.out.clone();
        let mut sent = std::pin::pin!(out.send(Outgoing { line, held: None }));
        let stop = self.shared.stop.token().clone();
        tokio::select! {
            biased;
            _ = &mut sent => return,
            () = stop.cancelled() => self.announce(),
        }
        let _ = sent.await;
    }

    /// Says once that the process was asked to stop.
    fn announce(&mut self) {
        if self.stopped.is_none() {
            self.stopped = Some(shutdown::announce(&self.shared));
            self.shared.halt.cancel();
        }
    }

    fn start(&mut self, record: Record) {
        self.tasks.spawn(task::move_record(self.shared.clone(), record, self.out.clone()));
    }

    /// Starts what waits, as far as places are free. Once the process is to stop, only records with a machine are
    /// started, since only a tool can destroy it; the others leave as they came.
    async fn start_waiting(&mut self) {
        while self.tasks.len() < self.jobs {
            let line = match self.waiting.pop() {
                Ok(Some(line)) => line,
                Ok(None) => return,
                Err(error) => {
                    self.shared.raise_status(exit::FAILED);
                    self.shared.reporter.error(
                        format!("cannot read back {error}"),
                        Some("'sweep' destroys the machines of records that were lost".to_owned()),
                    );
                    return;
                }
            };
            match Record::parse_bytes(&line) {
                Ok(record) if !self.shared.stop.is_asked() || record.has_machine() => self.start(record),
                _ => self.pass(line).await,
            }
        }
    }
}

/// The next input; never ready once the input has ended.
async fn next(input: &mut Option<mpsc::Receiver<Input>>) -> Option<Input> {
    match input {
        Some(input) => input.recv().await,
        None => std::future::pending().await,
    }
}
