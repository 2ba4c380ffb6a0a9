//! What happens to a build's state folder when its record is written.

use crate::document::Status;
use crate::record_line::Record;
use crate::state::StateFolder;
use std::io::IsTerminal;

/// Who reads standard output: another process at once, or somebody later.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    for_later: bool,
}

impl Keep {
    /// Looks at standard output. A record in a file or on a terminal is kept by a person: its machine waits.
    pub(super) fn of_stdout() -> Self {
        let out = std::io::stdout();
        let is_file = rustix::fs::fstat(&out)
            .is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file());
        Self { for_later: is_file || out.is_terminal() }
    }

    /// Notes what `sweep` must know, before the record leaves this process. A folder that cannot be written
    /// must not stop the record.
    pub(super) fn before_writing(self, record: &Record, folder: &StateFolder) {
        if record.has_machine() {
            let _ = folder.save(record);
            let _ = folder.set_held(self.for_later || folder.is_held());
        }
    }

    /// Removes what nobody needs once the record has left.
    pub(super) fn after_writing(record: &Record, folder: &StateFolder) {
        if record.has_machine() {
            return;
        }
        let _ = match record.status() {
            Status::Built => folder.remove(),
            _ => folder.keep_only_log(),
        };
    }
}
