//! The terminal that the tools of a pipeline share: whole lines, colour, and one status line for all of them.
//!
//! Each tool keeps what it has to say in a small file that belongs to the terminal (`board`). Whoever prints takes
//! the file's lock, clears the status line, prints whole lines and draws the line anew, from all tools' entries.

mod board;

use crate::env;
use board::Board;
use rustix::process::{Pid, getpgid, getpgrp, getppid};
use rustix::termios::{tcgetpgrp, tcgetwinsize};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// A status line appears when something has run for this long.
const FIRST_PAINT: Duration = Duration::from_millis(250);

struct Screen {
    board: Board,
    text: String,
    since: Option<Instant>,
}

static SCREEN: OnceLock<Option<Mutex<Screen>>> = OnceLock::new();

/// Whether standard error shows colour: a terminal that can, and nobody asked for none.
pub fn has_colour() -> bool {
    let unwanted = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_able() && !unwanted(env::NO_COLOR) && !unwanted(env::PACKER_NO_COLOR)
}

/// Whether standard error is a terminal on which a line can be drawn again.
pub fn has_status_line() -> bool {
    is_able()
}

fn is_able() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    !term.is_empty() && term != "dumb" && std::io::stderr().is_terminal()
}

/// Runs what prints whole lines to the terminal, with the status line out of its way.
pub fn print(lines: impl FnOnce()) {
    let Some(mut screen) = screen() else { return lines() };
    let screen = &mut *screen;
    let Some(_lock) = screen.board.lock() else { return lines() };
    screen.clear();
    lines();
    screen.draw();
}

/// Says what this tool does now, in a few words; empty when nothing.
pub fn set_status(text: &str) {
    if let Some(mut screen) = screen() {
        screen.set_status(text);
    }
}

/// Takes this tool off the status line: it ends. Does not wait for a thread that may hang while it prints.
pub fn leave() {
    if let Some(Some(screen)) = SCREEN.get()
        && let Ok(mut screen) = screen.try_lock()
    {
        screen.set_status("");
    }
}

/// The screen, where standard error is one.
fn screen() -> Option<MutexGuard<'static, Screen>> {
    let make = || {
        let board = has_status_line().then(Board::open).flatten()?;
        Some(Mutex::new(Screen { board, text: String::new(), since: None }))
    };
    SCREEN.get_or_init(make).as_ref().map(|screen| screen.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Screen {
    fn set_status(&mut self, text: &str) {
        let since = *self.since.get_or_insert_with(Instant::now);
        if text.is_empty() {
            self.since = None;
        }
        if self.text == text || (since.elapsed() < FIRST_PAINT && self.text.is_empty()) {
            return;
        }
        text.clone_into(&mut self.text);
        let Some(_lock) = self.board.lock() else { return };
        self.clear();
        self.board.set(if is_foreground() { &self.text } else { "" });
        self.draw();
    }

    /// Clears the status line, where one is.
    fn clear(&mut self) {
        if !self.board.texts().is_empty() {
            let _ = std::io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }

    fn draw(&mut self) {
        let texts = self.board.texts();
        if texts.is_empty() {
            return;
        }
        let width = tcgetwinsize(std::io::stderr()).map_or(80, |size| usize::from(size.ws_col)).max(20);
        let line = board::compose(&texts, width - 1);
        // Dim, and without a newline: the next who prints clears it.
        let line = if has_colour() { format!("\x1b[2m{line}\x1b[0m") } else { line };
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

/// Whether the shell has this pipeline in the foreground: one in the background must not draw over the prompt. A
/// tool that another tool has started, in a group of its own, belongs to that one's pipeline.
fn is_foreground() -> bool {
    let Ok(foreground) = tcgetpgrp(std::io::stderr()) else { return true };
    let of_parent = || getpgid(Some(parent_tool()?)).ok();
    foreground == getpgrp() || of_parent() == Some(foreground)
}

/// The tool of Kiln that has started this one, if one has.
pub(crate) fn parent_tool() -> Option<Pid> {
    getppid().filter(|parent| crate::state::is_tool(parent.as_raw_nonzero().get().unsigned_abs()))
}
