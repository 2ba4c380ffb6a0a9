//! One record's way through the tool.

use super::{Outgoing, Shared, Tool, write::Lost};
use crate::build::Build;
use crate::document::Status;
use crate::event::Event;
use crate::exit;
use crate::failure::Failure;
use crate::record_line::Record;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;
use std::time::Instant;
use tokio::sync::mpsc;

/// Moves a record and sends it on.
pub(super) async fn move_record<T: Tool>(
    shared: Arc<Shared<T>>,
    record: Record,
    out: mpsc::Sender<Outgoing>,
) {
    let begun = Instant::now();
    let build = match Build::open(&record, &shared.reporter, shared.halt.clone()) {
        Ok(build) => build,
        Err(failure) => return refuse(&shared, record, &failure, &out).await,
    };
    if record.has_machine() {
        let _ = build.folder().set_held(false);
        let _ = build.folder().save(&record);
    }
    build.event(Event::BuildBegin);
    let _listed = Listed::enter(&shared, record.clone());
    let mut record = match guarded(shared.tool.process(record.clone(), build.clone())).await {
        Ok(record) => record,
        Err(panic) => recover(&shared, record, &build, &panic).await,
    };
    build.note_steps(&mut record);
    let seconds = begun.elapsed().as_millis() as f64 / 1000.0;
    build.event(Event::BuildEnd { status: record.status().to_string(), seconds });
    if record.status() == Status::Failed {
        shared.raise_status(exit::FAILED);
    }
    let line = record.to_line().into_bytes();
    let _ = out.send(Outgoing { line, held: Some(Box::new((record, build))) }).await;
}

/// Destroys the machine of a record that nobody will read.
pub(super) async fn abandon<T: Tool>(shared: Arc<Shared<T>>, (record, build): Lost) {
    shared.raise_status(exit::FAILED);
    if !record.has_machine() {
        return;
    }
    if let Err(panic) = guarded(shared.tool.abandon(record, build.clone())).await {
        let failure = internal_error(&panic);
        build.error(failure.message, failure.hint);
        return;
    }
    let _ = build.folder().keep_only_log();
}

/// Fails a record for which not even a state folder could be opened.
async fn refuse<T>(shared: &Shared<T>, mut record: Record, failure: &Failure, out: &mpsc::Sender<Outgoing>) {
    shared.raise_status(exit::FAILED);
    shared.reporter.error(format!("{}: {}", record.build(), failure.message), failure.hint.clone());
    record.set_status(Status::Failed);
    record.set("error", &failure.info(shared.reporter.tool(), "start"));
    let _ = out.send(Outgoing { line: record.to_line().into_bytes(), held: None }).await;
}

/// Brings a record back whose build has hit a mistake of ours: its machine is destroyed, the record has failed.
async fn recover<T: Tool>(shared: &Shared<T>, original: Record, build: &Build, panic: &str) -> Record {
    let failure = internal_error(panic);
    // What the tool kept last knows a machine that the record did not have when it came.
    let mut record = build.folder().saved().filter(|saved| saved.id() == original.id()).unwrap_or(original);
    if record.has_machine() {
        match guarded(shared.tool.abandon(record.clone(), build.clone())).await {
            Ok(()) => record.set_machine(None),
            Err(again) => build.error(format!("the clean-up failed as well: {again}"), None),
        }
    }
    build.fail(&mut record, &failure);
    record
}

fn internal_error(panic: &str) -> Failure {
    Failure::new(format!("internal error: {panic}"))
        .hint("report this as a bug, with the build's log; the other builds go on")
}

/// A build in the list of those that run, for as long as this lives.
struct Listed<'a, T> {
    shared: &'a Shared<T>,
    id: String,
}

impl<'a, T> Listed<'a, T> {
    fn enter(shared: &'a Shared<T>, record: Record) -> Self {
        let id = record.id().to_owned();
        shared.running.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        Self { shared, id }
    }
}

impl<T> Drop for Listed<'_, T> {
    fn drop(&mut self) {
        let mut running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(position) = running.iter().position(|record| record.id() == self.id) {
            running.swap_remove(position);
        }
    }
}

thread_local! {
    /// Where the last panic of this thread happened and what it said.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps panics from writing past the reporter; what they say is told with the record that they hit.
pub(super) fn catch_panics() {
    std::panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("panic");
        let place = info.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
        let said = format!("{text}{}", place.unwrap_or_default());
        tracing::error!("panic: {said}\n{}", std::backtrace::Backtrace::capture());
        LAST_PANIC.with_borrow_mut(|last| *last = said);
    }));
}

/// Runs a future; a panic in it becomes what it said.
async fn guarded<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Err(_) => Poll::Ready(Err(LAST_PANIC.with_borrow(Clone::clone))),
    })
    .await
}
