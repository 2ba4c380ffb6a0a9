//! `--events FD`: what happens, as JSON Lines on a descriptor that the caller has opened.

use super::{Origin, now};
use crate::event::Event;
use crate::failure::Failure;
use crate::mask::Masker;
use rustix::fs::OFlags;
use rustix::io::FdFlags;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

/// Writes events.
#[derive(Debug)]
pub(super) struct Events(Mutex<File>);

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    tool: &'a str,
    build: Option<&'a str>,
    id: Option<&'a str>,
    #[serde(flatten)]
    event: &'a Event,
}

impl Events {
    #[expect(unsafe_code, reason = "the descriptor is handed over by the caller on the command line")]
    pub(super) fn open(descriptor: i32) -> Self {
        // SAFETY: the command line says that this descriptor is ours to write; nothing else here uses it.
        let file = unsafe { File::from_raw_fd(descriptor) };
        if descriptor > rustix::stdio::raw_stderr() {
            // Ours, not our children's: one that outlives this process would keep the reader waiting.
            let _ = rustix::io::fcntl_setfd(&file, FdFlags::CLOEXEC);
        }
        Self(Mutex::new(file))
    }

    /// Another descriptor for the same events, which processes inherit that are started while it lives.
    pub(super) fn inheritable(&self) -> Option<OwnedFd> {
        let copy = OwnedFd::from(self.0.lock().unwrap_or_else(PoisonError::into_inner).try_clone().ok()?);
        rustix::io::fcntl_setfd(&copy, FdFlags::empty()).ok().map(|()| copy)
    }

    /// Whether the descriptor on the command line is open for writing, and none of those that have a use already.
    #[expect(unsafe_code, reason = "the descriptor is only looked at")]
    pub(super) fn check(descriptor: i32) -> Result<(), Failure> {
        let wrong = |what: &str| {
            Err(Failure::usage(format!("--events {descriptor}: {what}"))
                .hint("open it in the shell: --events 3 3>events.jsonl"))
        };
        if descriptor < 0 {
            return wrong("a file descriptor is not negative");
        }
        if descriptor < 2 {
            return wrong("standard input and output carry records");
        }
        // SAFETY: the descriptor is borrowed for one call, which only asks for its flags and fails where it is not open.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        match rustix::fs::fcntl_getfl(borrowed) {
            Err(_) => wrong("this file descriptor is not open"),
            Ok(flags) if (flags & OFlags::ACCMODE) == OFlags::RDONLY => {
                wrong("this file descriptor is not open for writing")
            }
            Ok(_) => Ok(()),
        }
    }

    pub(super) fn write(&self, tool: &str, masker: &Masker, origin: Option<Origin<'_>>, event: &Event) {
        let line = Line {
            time: now(),
            tool,
            build: origin.map(|origin| origin.build),
            id: origin.map(|origin| origin.id),
            event,
        };
        let Ok(text) = serde_json::to_string(&line) else { return };
        let text = masker.mask(&text) + "\n";
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
    }
}
