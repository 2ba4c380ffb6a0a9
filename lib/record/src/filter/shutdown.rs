//! Being asked to stop: says so, and sees to it that the clean-up ends.

use super::{Outgoing, Shared, Tool};
use crate::document::Status;
use crate::exit;
use crate::failure::{Failure, FailureKind};
use crate::record_line::Record;
use crate::state::StateFolder;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long the builds may clean up.
const LIMIT: Duration = Duration::from_secs(120);
/// How long the writer may take for the last records after that.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Waits in the background for the request to stop.
pub(super) fn watch<T: Tool>(shared: Arc<Shared<T>>, out: mpsc::Sender<Outgoing>) {
    let (shared, out) = (Arc::downgrade(&shared), out.downgrade());
    let Some(stop) = shared.upgrade().map(|shared| shared.stop.clone()) else { return };
    tokio::spawn(async move {
        stop.token().cancelled().await;
        tokio::time::sleep(LIMIT).await;
        if let (Some(shared), Some(out)) = (shared.upgrade(), out.upgrade()) {
            give_up(&shared, &out).await;
        }
    });
}

fn running<T>(shared: &Shared<T>) -> Vec<Record> {
    shared.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Says that the process was asked to stop; gives how many builds that stops.
pub(super) fn announce<T: Tool>(shared: &Shared<T>) -> usize {
    let what = if shared.stop.is_stdout_closed() {
        shared.stop.reason().to_owned()
    } else {
        format!("interrupted ({})", shared.stop.reason())
    };
    let count = running(shared).len();
    shared.reporter.say(match count {
        0 => what,
        _ => format!("{what}: {} (again: leave at once)", shared.tool.stopping(count)),
    });
    count
}

/// Leaves although builds still clean up. Their records are written as far as they are known.
#[expect(clippy::exit, reason = "builds that do not end cannot be waited for")]
async fn give_up<T: Tool>(shared: &Shared<T>, out: &mpsc::Sender<Outgoing>) {
    let left = running(shared);
    let names: Vec<&str> = left.iter().map(Record::build).collect();
    shared.reporter.error(
        format!("gave up waiting for the clean-up of {} after {} s", names.join(", "), LIMIT.as_secs()),
        left.iter().find_map(|record| hint(shared, record)),
    );
    for record in left {
        let saved = StateFolder::open(record.id()).ok().and_then(|folder| folder.saved());
        let mut record = saved.unwrap_or(record);
        record.set_status(Status::Failed);
        let failure = Failure {
            kind: FailureKind::Interrupted,
            hint: hint(shared, &record),
            ..Failure::new(format!("interrupted; the clean-up did not end in {} s", LIMIT.as_secs()))
        };
        record.set("error", &failure.info(shared.reporter.tool(), "clean-up"));
        let _ = out.try_send(Outgoing { line: record.to_line().into_bytes(), held: None });
    }
    tokio::time::sleep(LAST_WORDS).await;
    crate::terminal::leave();
    shared.stop.raise_again();
    std::process::exit(i32::from(exit::FAILED));
}

/// Who removes what a build leaves.
fn hint<T: Tool>(shared: &Shared<T>, record: &Record) -> Option<String> {
    shared.tool.sweeper(record).map(|tool| format!("'{tool} sweep' destroys what is left"))
}
