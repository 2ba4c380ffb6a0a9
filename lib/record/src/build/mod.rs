//! What a tool holds while it moves one record.

mod log;
mod output;
mod step;

pub use output::{OutputStream, Tail};
pub use step::StepGuard;

use crate::document::{Status, StepTaken};
use crate::event::{Event, Stream};
use crate::failure::{Failure, FailureKind};
use crate::record_line::Record;
use crate::report::{Origin, Reporter};
use crate::state::{self, Hold, StateFolder};
use log::Log;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
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
    _hold: Hold,
    log: Log,
    steps: Mutex<Vec<StepTaken>>,
    /// Names of the steps that run now, innermost last.
    running: Mutex<Vec<String>>,
}

impl Build {
    /// Opens a record's state folder and log, and keeps the build from being swept until the last clone is dropped.
    ///
    /// # Errors
    /// When the folder cannot be made or the record's secrets cannot be read.
    pub fn open(record: &Record, reporter: &Reporter, stop: CancellationToken) -> Result<Self, Failure> {
        reporter.masker().add_all(record.secrets()?.iter().map(String::as_str));
        let (folder, hold) = take_hold(record.id())?;
        let log = Log::open(&folder);
        let shared = Shared {
            name: record.build().to_owned(),
            kind: record.kind().to_owned(),
            reporter: reporter.clone(),
            folder,
            _hold: hold,
            log,
            steps: Mutex::default(),
            running: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), stop })
    }

    /// A build without a record, whose state folder is this one, which exists: for tests of what works on builds.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn in_folder(path: &std::path::Path, stop: CancellationToken) -> Result<Self, Failure> {
        let folder = StateFolder::at(path);
        let shared = Shared {
            name: "test".to_owned(),
            kind: "null".to_owned(),
            reporter: Reporter::new("test", None),
            _hold: folder.hold()?,
            log: Log::open(&folder),
            folder,
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

    /// The same for a record that cannot even be begun with. One that has failed already keeps its own failure.
    pub fn refuse(&self, record: &mut Record, failure: &Failure) {
        if record.status() == Status::Failed {
            return self.error(failure.message.clone(), failure.hint.clone());
        }
        self.fail(record, failure);
    }

    /// Reports an event of this build: to people, to the log, to `--events`.
    pub fn event(&self, event: Event) {
        let reporter = &self.shared.reporter;
        self.shared.log.event(reporter.masker(), reporter.tool(), &event);
        self.report(&event);
    }

    fn report(&self, event: &Event) {
        let origin = Origin { build: &self.shared.name, id: self.shared.folder.id() };
        self.shared.reporter.event(Some(origin), event);
    }
}

/// Opens and holds a build's folder. Another tool that has the same record (`tee`) may remove it at this moment, as its
/// last step; then it is made again.
fn take_hold(id: &str) -> Result<(StateFolder, Hold), Failure> {
    let mut tries = 0;
    loop {
        let folder = StateFolder::open(id)?;
        match folder.hold() {
            Ok(hold) => return Ok((folder, hold)),
            Err(failure) if tries == 20 => return Err(failure),
            Err(_) => tries += 1,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
