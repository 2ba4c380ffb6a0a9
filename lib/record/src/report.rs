//! Everything that people read while a tool runs, and its machine-readable twin `--events FD`.
//!
//! Nothing else in Kiln prints: standard output carries records, and what is said goes through
//! [`Reporter`], which masks secrets, makes foreign text harmless and keeps lines whole.

use crate::event::{Event, Stream};
use crate::failure::Failure;
use crate::mask::Masker;
use rustix::fs::OFlags;
use serde::Serialize;
use std::fs::File;
use std::io::{IsTerminal, Write};
use std::os::fd::{BorrowedFd, FromRawFd};
use std::sync::{Arc, Mutex, PoisonError};

/// Which build an event belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The build's name.
    pub build: &'a str,
    /// The build's id.
    pub id: &'a str,
}

/// Says what happens. Clones share one output.
#[derive(Debug, Clone)]
pub struct Reporter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    tool: &'static str,
    masker: Masker,
    colour: bool,
    events: Option<Mutex<File>>,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    tool: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(flatten)]
    event: &'a Event,
}

impl Reporter {
    /// A reporter that writes to standard error and, where given, to the open descriptor `events`.
    pub fn new(tool: &'static str, events: Option<i32>) -> Self {
        let no_colour = [crate::env::NO_COLOR, crate::env::PACKER_NO_COLOR]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        Self(Arc::new(Shared {
            tool,
            masker: Masker::default(),
            colour: std::io::stderr().is_terminal() && !no_colour,
            events: events.map(open_events),
        }))
    }

    /// A reporter as [`Reporter::new`] makes it, after a look at the descriptor.
    ///
    /// # Errors
    /// When `events` is not an open descriptor that can be written.
    pub fn open(tool: &'static str, events: Option<i32>) -> Result<Self, Failure> {
        if let Some(descriptor) = events {
            check_events(descriptor)?;
        }
        Ok(Self::new(tool, events))
    }

    /// The tool's name.
    pub fn tool(&self) -> &'static str {
        self.0.tool
    }

    /// The secrets that are hidden in all output.
    pub fn masker(&self) -> &Masker {
        &self.0.masker
    }

    /// Reports an event of a build, or of the tool itself.
    pub fn event(&self, origin: Option<Origin<'_>>, event: &Event) {
        self.write_events(origin, event);
        if let Some(text) = human(event) {
            self.print(origin, &text, matches!(event, Event::Error { .. }));
        }
    }

    /// News of the tool itself.
    pub fn say(&self, text: impl Into<String>) {
        self.event(None, &Event::Say { text: text.into() });
    }

    /// An error of the tool itself, with what to do about it.
    pub fn error(&self, text: impl Into<String>, hint: Option<String>) {
        self.event(None, &Event::Error { text: text.into(), hint });
    }

    fn print(&self, origin: Option<Origin<'_>>, text: &str, bad: bool) {
        let prefix = origin.map_or(self.0.tool, |origin| origin.build);
        let (begin, end) = match (self.0.colour, bad) {
            (false, _) => ("", ""),
            (true, true) => ("\x1b[1;31m", "\x1b[0m"),
            (true, false) => ("\x1b[1m", "\x1b[0m"),
        };
        let mut lines = String::new();
        for line in self.0.masker.mask(text).lines() {
            lines.push_str(&format!("{begin}{prefix}:{end} {line}\n"));
        }
        let _ = std::io::stderr().lock().write_all(lines.as_bytes());
    }

    fn write_events(&self, origin: Option<Origin<'_>>, event: &Event) {
        let Some(events) = &self.0.events else { return };
        let line = Line {
            time: now(),
            tool: self.0.tool,
            build: origin.map(|origin| origin.build),
            id: origin.map(|origin| origin.id),
            event,
        };
        let Ok(mut text) = serde_json::to_string(&line) else { return };
        text = self.0.masker.mask(&text);
        text.push('\n');
        let _ = events.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
    }
}

/// The time as records and logs carry it: RFC 3339, UTC, milliseconds.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn human(event: &Event) -> Option<String> {
    match event {
        Event::Output { text, stream: Stream::Stdout | Stream::Stderr } => Some(text.clone()),
        Event::Say { text } => Some(text.clone()),
        Event::Warning { text } => Some(format!("warning: {text}")),
        Event::Error { text, hint: None } => Some(format!("error: {text}")),
        Event::Error { text, hint: Some(hint) } => Some(format!("error: {text}\nhint: {hint}")),
        _ => None,
    }
}

/// Whether the descriptor on the command line is open for writing, and none of those that have a use already.
#[expect(unsafe_code, reason = "the descriptor is only looked at")]
fn check_events(descriptor: i32) -> Result<(), Failure> {
    let wrong = |what: String| {
        Err(Failure::usage(format!("--events {descriptor}: {what}"))
            .hint("open it in the shell: --events 3 3>events.jsonl"))
    };
    if descriptor < 2 {
        return wrong("standard input and output carry records".to_owned());
    }
    // SAFETY: the descriptor is borrowed for one call, which only asks for its flags and fails where it is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    match rustix::fs::fcntl_getfl(borrowed) {
        Err(_) => wrong(format!("file descriptor {descriptor} is not open")),
        Ok(flags) if (flags & OFlags::ACCMODE) == OFlags::RDONLY => {
            wrong(format!("file descriptor {descriptor} is not open for writing"))
        }
        Ok(_) => Ok(()),
    }
}

#[expect(unsafe_code, reason = "the descriptor is handed over by the caller on the command line")]
fn open_events(descriptor: i32) -> Mutex<File> {
    // SAFETY: the command line says that this descriptor is ours to write; nothing else here uses it.
    Mutex::new(unsafe { File::from_raw_fd(descriptor) })
}
