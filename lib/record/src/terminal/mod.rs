//! The terminal that the tools of a pipeline share: whole lines, colour, and one status line for all of them.
//!
//! Each tool keeps what it has to say in a small file that belongs to the terminal ([`board`]). Whoever prints takes
//! the file's lock, clears the status line, prints whole lines and draws the line anew, from all tools' entries.

mod board;

use crate::env;
use board::Board;
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
    let Some(mut screen) = screen() else { return };
    let since = *screen.since.get_or_insert_with(Instant::now);
    if text.is_empty() {
        screen.since = None;
    }
    if screen.text == text || (since.elapsed() < FIRST_PAINT && screen.text.is_empty()) {
        return;
    }
    text.clone_into(&mut screen.text);
    let screen = &mut *screen;
    let Some(_lock) = screen.board.lock() else { return };
    screen.board.set(&screen.text);
    screen.clear();
    screen.draw();
}

/// Takes this tool off the status line: it ends.
pub fn leave() {
    if SCREEN.get().is_some() {
        set_status("");
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
    fn clear(&self) {
        if is_foreground() {
            let _ = std::io::stderr().lock().write_all(b"\r\x1b[K");
        }
    }

    fn draw(&mut self) {
        if !is_foreground() {
            return;
        }
        let width = tcgetwinsize(std::io::stderr()).map_or(80, |size| usize::from(size.ws_col)).max(20);
        let line = board::compose(&self.board.texts(), width - 1);
        if !line.is_empty() {
            // Dim, and without a newline: the next who prints clears it.
            let line = if has_colour() { format!("\x1b[2m{line}\x1b[0m") } else { line };
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }
}

/// Whether the shell has this pipeline in the foreground: one in the background must not draw over the prompt.
fn is_foreground() -> bool {
    tcgetpgrp(std::io::stderr()).map_or(true, |group| group == rustix::process::getpgrp())
}
