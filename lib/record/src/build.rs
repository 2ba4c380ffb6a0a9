//! What a tool holds while it moves one record.

use crate::document::{Status, StepTaken};
use crate::event::{Event, Stream};
use crate::failure::{Failure, FailureKind};
use crate::record_line::Record;
use crate::report::{Origin, Reporter, now};
use crate::state::{self, StateFolder};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// One build in this tool's hands: says what happens, keeps the log, notes the steps, knows when to stop.
#[derive(Debug, Clone)]
pub struct Build {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Shared {
    name: String,
    kind: String,
    reporter: Reporter,
    folder: StateFolder,
    log: Mutex<Option<File>>,
    steps: Mutex<Vec<StepTaken>>,
    /// Names of the steps that run now, innermost last.
    running: Mutex<Vec<String>>,
}

impl Build {
    /// Opens a record's state folder and log.
    ///
    /// # Errors
    /// When the folder cannot be made or the record's secrets cannot be read.
    pub fn open(record: &Record, reporter: &Reporter, stop: CancellationToken) -> Result<Self, Failure> {
        for secret in record.secrets()? {
            reporter.masker().add(&secret);
        }
        let folder = StateFolder::open(record.id())?;
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(folder.file(state::LOG)).ok();
        let shared = Shared {
            name: record.build().to_owned(),
            kind: record.kind().to_owned(),
            reporter: reporter.clone(),
            folder,
            log: Mutex::new(log),
            steps: Mutex::default(),
            running: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), stop })
    }

    /// The build's name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The builder's type.
    pub fn kind(&self) -> &str {
        &self.shared.kind
    }

    /// The build's id.
    pub fn id(&self) -> &str {
        self.shared.folder.id()
    }

    /// The build's state folder.
    pub fn folder(&self) -> &StateFolder {
        &self.shared.folder
    }

    /// What says things for the whole process.
    pub fn reporter(&self) -> &Reporter {
        &self.shared.reporter
    }

    /// Hides a value in everything that people read from now on.
    pub fn hide(&self, secret: &str) {
        self.shared.reporter.masker().add(secret);
    }

    /// Ends when the build is asked to stop.
    pub async fn cancelled(&self) {
        self.stop.cancelled().await;
    }

    /// Whether the build is asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// What is cancelled when the build is asked to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// The same build for its clean-up, which goes on although the build was stopped, for `limit` at the most.
    #[must_use]
    pub fn for_cleanup(&self, limit: Duration) -> Self {
        let stop = CancellationToken::new();
        let timer = stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep(limit).await;
            timer.cancel();
        });
        Self { shared: self.shared.clone(), stop }
    }

    /// The same build with another reason to stop, such as a step's time limit.
    #[must_use]
    pub fn with_stop(&self, stop: CancellationToken) -> Self {
        Self { shared: self.shared.clone(), stop }
    }

    /// Says news.
    pub fn say(&self, text: impl Into<String>) {
        self.event(Event::Say { text: text.into() });
    }

    /// Warns.
    pub fn warn(&self, text: impl Into<String>) {
        self.event(Event::Warning { text: text.into() });
    }

    /// Says what is wrong, without ending the build.
    pub fn error(&self, text: impl Into<String>, hint: Option<String>) {
        self.event(Event::Error { text: text.into(), hint });
    }

    /// Passes on a line of output of a command or a guest; it may hold anything.
    pub fn output(&self, stream: Stream, line: &str) {
        self.event(Event::Output { stream, text: line.to_owned() });
    }

    /// Says how far a long piece of work is.
    pub fn progress(&self, done: u64, total: Option<u64>, unit: &str) {
        let step = self.step_name();
        self.event(Event::StepProgress { step, done, total, unit: unit.to_owned() });
    }

    /// Says what is awaited and what was last seen of it.
    pub fn waiting(&self, what: &str, seen: &str, waited: Duration) {
        let seconds = waited.as_secs_f64();
        self.event(Event::Wait { what: what.to_owned(), seen: seen.to_owned(), seconds });
    }

    /// Begins a step. It ends when the guard is dropped; call [`StepGuard::done`] where it went well.
    pub fn step(&self, name: impl Into<String>) -> StepGuard {
        let name = name.into();
        lock(&self.shared.running).push(name.clone());
        self.event(Event::StepBegin { step: name.clone() });
        StepGuard {
            build: self.clone(),
            name,
            begun: Instant::now(),
            start: now(),
            waited_for: None,
            failed: true,
        }
    }

    /// The step that runs now, or nothing.
    pub fn step_name(&self) -> String {
        lock(&self.shared.running).last().cloned().unwrap_or_default()
    }

    /// Turns the record into a failed one and says why.
    pub fn fail(&self, record: &mut Record, failure: &Failure) {
        let masker = self.shared.reporter.masker();
        let mut info = failure.info(self.shared.reporter.tool(), &self.failed_step());
        info.message = masker.mask(&info.message);
        info.hint = info.hint.map(|hint| masker.mask(&hint));
        info.output = info.output.iter().map(|line| masker.mask(line)).collect();
        info.log = Some(self.shared.folder.file(state::LOG).display().to_string());
        record.set_status(Status::Failed);
        record.set("error", &info);
        if failure.kind != FailureKind::Interrupted {
            self.error(failure.message.clone(), failure.hint.clone());
        }
    }

    /// Reports an event of this build: to people, to the log, to `--events`.
    pub fn event(&self, event: Event) {
        let origin = Origin { build: &self.shared.name, id: self.shared.folder.id() };
        self.write_log(&event);
        self.shared.reporter.event(Some(origin), &event);
    }

    /// The steps taken since the last call.
    pub(crate) fn take_steps(&self) -> Vec<StepTaken> {
        std::mem::take(&mut *lock(&self.shared.steps))
    }

    /// The step that failed last, or the one that runs.
    fn failed_step(&self) -> String {
        let running = self.step_name();
        if !running.is_empty() {
            return running;
        }
        lock(&self.shared.steps)
            .iter()
            .rev()
            .find(|step| step.failed)
            .map(|step| step.name.clone())
            .unwrap_or_default()
    }

    fn write_log(&self, event: &Event) {
        let mut log = lock(&self.shared.log);
        let Some(file) = log.as_mut() else { return };
        let text = match event {
            Event::Output { text, .. } | Event::Say { text } | Event::Warning { text } => text.clone(),
            Event::Error { text, hint } => format!(
                "error: {text}{}",
                hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default()
            ),
            Event::StepBegin { step } => format!("step: {step}"),
            Event::StepEnd { step, seconds, failed } => {
                format!("step {}: {step} after {seconds:.3} s", if *failed { "failed" } else { "done" })
            }
            Event::Wait { what, seen, seconds } => format!("waiting for {what}: {seen} after {seconds:.1} s"),
            _ => return,
        };
        let text = self.shared.reporter.masker().mask(&text);
        let tool = self.shared.reporter.tool();
        let lines: String = text.lines().map(|line| format!("{} {tool}: {line}\n", now())).collect();
        let _ = file.write_all(lines.as_bytes());
    }
}

/// A step that runs.
#[derive(Debug)]
pub struct StepGuard {
    build: Build,
    name: String,
    begun: Instant,
    start: String,
    waited_for: Option<String>,
    failed: bool,
}

impl StepGuard {
    /// Notes what the step waits for.
    #[must_use]
    pub fn waiting_for(mut self, what: impl Into<String>) -> Self {
        self.waited_for = Some(what.into());
        self
    }

    /// Ends the step well.
    pub fn done(mut self) {
        self.failed = false;
    }
}

impl Drop for StepGuard {
    fn drop(&mut self) {
        let seconds = self.begun.elapsed().as_millis() as f64 / 1000.0;
        let name = std::mem::take(&mut self.name);
        let mut running = lock(&self.build.shared.running);
        if let Some(position) = running.iter().rposition(|step| *step == name) {
            running.remove(position);
        }
        drop(running);
        self.build.event(Event::StepEnd { step: name.clone(), seconds, failed: self.failed });
        lock(&self.build.shared.steps).push(StepTaken {
            tool: self.build.shared.reporter.tool().to_owned(),
            name,
            start: std::mem::take(&mut self.start),
            seconds,
            waited_for: self.waited_for.take(),
            failed: self.failed,
        });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
