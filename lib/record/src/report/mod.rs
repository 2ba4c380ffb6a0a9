//! Everything that people read while a tool runs, and its machine-readable twin `--events FD`.
//!
//! Nothing else in Kiln prints: standard output carries records, and what is said goes through
//! [`Reporter`], which masks secrets, makes foreign text harmless and keeps lines whole.

mod activity;
mod events;
mod sanitize;

use crate::event::Event;
use crate::failure::Failure;
use crate::mask::Masker;
use crate::terminal;
pub use activity::duration;
use activity::{Activities, Look, Said};
use events::Events;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

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
    status_line: bool,
    events: Option<Events>,
    activities: Mutex<Activities>,
    ticker: OnceLock<()>,
}

/// How often to look what the time alone has made worth saying.
const TICK: Duration = Duration::from_millis(250);

impl Reporter {
    /// A reporter that writes to standard error and, where given, to the open descriptor `events`.
    pub fn new(tool: &'static str, events: Option<i32>) -> Self {
        Self(Arc::new(Shared {
            tool,
            masker: Masker::default(),
            colour: terminal::has_colour(),
            status_line: terminal::has_status_line(),
            events: events.map(Events::open),
            activities: Mutex::default(),
            ticker: OnceLock::new(),
        }))
    }

    /// A reporter as [`Reporter::new`] makes it, after a look at the descriptor.
    ///
    /// # Errors
    /// When `events` is not an open descriptor that can be written.
    pub fn open(tool: &'static str, events: Option<i32>) -> Result<Self, Failure> {
        events.map_or(Ok(()), Events::check)?;
        Ok(Self::new(tool, events))
    }

    /// The tool's name.
    pub fn tool(&self) -> &'static str {
        self.0.tool
    }

    /// Another descriptor for the events, where they are written: for a tool that goes on with a build, and inherits it when
    /// it is started. To be dropped then.
    pub fn events(&self) -> Option<OwnedFd> {
        self.0.events.as_ref()?.inheritable()
    }

    /// The secrets that are hidden in all output.
    pub fn masker(&self) -> &Masker {
        &self.0.masker
    }

    /// Reports an event of a build, or of the tool itself.
    pub fn event(&self, origin: Option<Origin<'_>>, event: &Event) {
        let shared = &self.0;
        if let Some(events) = &shared.events {
            events.write(shared.tool, &shared.masker, origin, event);
        }
        if origin.is_some() {
            shared.ticker.get_or_init(|| start_ticker(Arc::downgrade(shared)));
        }
        // Held while printing, so that lines appear in the order of what happened.
        let mut activities = shared.activities.lock().unwrap_or_else(PoisonError::into_inner);
        let said = activities.apply(origin, event, Instant::now());
        shared.print(&said);
    }

    /// News of the tool itself.
    pub fn say(&self, text: impl Into<String>) {
        self.event(None, &Event::Say { text: text.into() });
    }

    /// An error of the tool itself, with what to do about it.
    pub fn error(&self, text: impl Into<String>, hint: Option<String>) {
        self.event(None, &Event::Error { text: text.into(), hint });
    }
}

fn start_ticker(shared: Weak<Shared>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(TICK);
            let Some(shared) = shared.upgrade() else { return };
            let mut activities = shared.activities.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let due = activities.due(now, !shared.status_line);
            shared.print(&due);
            if shared.status_line {
                let status = activities.status(now);
                drop(activities);
                terminal::set_status(&shared.status_text(&status));
            }
        }
    });
}

impl Shared {
    fn print(&self, said: &[Said]) {
        let text: String = said.iter().map(|said| self.lines(said)).collect();
        if text.is_empty() {
            return;
        }
        terminal::print(|| {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        });
    }

    /// What is said, as lines with the build's name in front.
    fn lines(&self, said: &Said) -> String {
        let name = said.build.as_deref().unwrap_or(self.tool);
        let name = sanitize::sanitize(name);
        let name = match self.colour {
            true => format!("\u{1b}[{}m{name}:\u{1b}[0m", colour_of(&name)),
            false => format!("{name}:"),
        };
        let masked = self.masker.mask(&said.text);
        let mut text = String::new();
        for (number, line) in masked.split('\n').enumerate() {
            let label = match said.look {
                Look::Output => "    ".to_owned(),
                Look::Warning if number == 0 => self.paint("warning: ", 33),
                Look::Error if number == 0 => self.paint("error: ", 31),
                _ => String::new(),
            };
            let line = sanitize::sanitize(line.strip_suffix('\r').unwrap_or(line));
            text.push_str(format!("{name} {label}{line}").trim_end());
            text.push('\n');
        }
        text
    }

    fn paint(&self, text: &str, colour: u8) -> String {
        if self.colour { format!("\u{1b}[1;{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// This tool's part of the status line.
    fn status_text(&self, builds: &[String]) -> String {
        let Some(first) = builds.first() else { return String::new() };
        let more = match builds.len() {
            1 => String::new(),
            count => format!(" (+{} more)", count - 1),
        };
        let first = self.masker.mask(first);
        format!("{} {}{more}", self.tool, sanitize::sanitize(&first))
    }
}

/// A build's colour: the same in every tool of a pipeline, since it comes from the name.
fn colour_of(name: &str) -> u8 {
    let sum = name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    // Green, yellow, blue, magenta, cyan; red is for errors.
    32 + u8::try_from(sum % 5).unwrap_or_default()
}

/// Foreign text as it may be shown on a terminal: without colours, and with all else that a terminal would obey
/// written as `\u{…}`.
pub fn harmless(text: &str) -> String {
    sanitize::sanitize(text).into_owned()
}

/// The time as records and logs carry it: RFC 3339, UTC, milliseconds.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
