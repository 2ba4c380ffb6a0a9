//! What happens to a build's state folder when its record is written.

use super::write::Sink;
use crate::document::Status;
use crate::record_line::Record;
use crate::report::Reporter;
use crate::state::{self, StateFolder};

/// Notes what `sweep` must know, before the record leaves this process. A record in a file or on a terminal is kept
/// by a person, so its machine waits. A folder that cannot be written must not stop the record.
pub(super) fn before_writing(sink: &Sink, record: &Record, folder: &StateFolder) {
    if record.has_machine() {
        let _ = folder.save(record);
        let _ = folder.set_held(!matches!(sink, Sink::Pipe) || folder.is_held());
    }
}

/// Removes what nobody needs once the record has left, and tells people of machines that only they know now.
pub(super) fn after_writing(sink: &Sink, record: &Record, folder: &StateFolder, reporter: &Reporter) {
    if record.has_machine() {
        if matches!(sink, Sink::Table(_)) {
            let (build, id) = (record.build(), record.id());
            let path = folder.file(state::RECORD);
            reporter.say(format!("the machine of {build} goes on running; its record: {}", path.display()));
            reporter.say(format!("to destroy it: {} sweep --id {id}", reporter.tool()));
        }
        return;
    }
    let _ = match record.status() {
        Status::Built => folder.remove(),
        _ => folder.keep_only_log(),
    };
}
