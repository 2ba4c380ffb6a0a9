//! Signals: the first asks to stop and clean up, the second leaves at once.

use crate::exit;
use rustix::process::Signal;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Why a process was asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    signal: Arc<AtomicI32>,
}

/// Stands in [`Stop::signal`] when standard output was closed.
const STDOUT_CLOSED: i32 = -1;

impl Stop {
    /// Starts to listen to SIGINT, SIGTERM and SIGHUP. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn listen() -> std::io::Result<Self> {
        let stop = Self::default();
        for (kind, number) in [
            (SignalKind::interrupt(), Signal::INT),
            (SignalKind::terminate(), Signal::TERM),
            (SignalKind::hangup(), Signal::HUP),
        ] {
            let mut stream = signal(kind)?;
            let stop = stop.clone();
            tokio::spawn(async move {
                while stream.recv().await.is_some() {
                    if stop.is_asked() && stop.signal.load(Ordering::SeqCst) != STDOUT_CLOSED {
                        raise(number);
                    }
                    stop.ask(number.as_raw());
                }
            });
        }
        Ok(stop)
    }

    /// Asks to stop because nobody reads standard output any more.
    pub fn stdout_closed(&self) {
        self.ask(STDOUT_CLOSED);
    }

    /// Whether standard output was found closed.
    pub fn is_stdout_closed(&self) -> bool {
        self.signal.load(Ordering::SeqCst) == STDOUT_CLOSED
    }

    /// Whether the process was asked to stop.
    pub fn is_asked(&self) -> bool {
        self.token.is_cancelled()
    }

    /// What is cancelled when the process is asked to stop.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// What asked: `SIGINT`, `SIGTERM`, `SIGHUP` or the closed output.
    pub fn reason(&self) -> &'static str {
        match self.signal.load(Ordering::SeqCst) {
            STDOUT_CLOSED => "standard output was closed",
            number if number == Signal::TERM.as_raw() => "SIGTERM",
            number if number == Signal::HUP.as_raw() => "SIGHUP",
            _ => "SIGINT",
        }
    }

    /// Leaves as the signal would have made the process leave, after all is cleaned up. Returns when no signal came.
    pub fn raise_again(&self) {
        match Signal::from_named_raw(self.signal.load(Ordering::SeqCst)) {
            Some(signal) if self.is_asked() => raise(signal),
            _ => {}
        }
    }

    fn ask(&self, number: i32) {
        let _ = self.signal.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst);
        self.token.cancel();
    }
}

/// Dies of the signal, so that the shell sees it; where that fails, leaves with 130.
#[expect(clippy::exit, reason = "a second signal leaves at once")]
fn raise(signal: Signal) {
    let _ = signal_hook::low_level::emulate_default_handler(signal.as_raw());
    std::process::exit(i32::from(exit::INTERRUPTED));
}
