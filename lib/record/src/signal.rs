//! Signals: the first asks to stop and clean up, the second leaves at once.

use crate::exit;
use rustix::process::Signal;
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Why a process was asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    signal: Arc<AtomicI32>,
}

/// Stands in [`Stop::signal`] when standard output was closed.
const STDOUT_CLOSED: i32 = -1;

/// `timeout` and closing terminals send their signal twice; only what comes later than this is meant as a second one.
const ECHO: Duration = Duration::from_millis(500);

impl Stop {
    /// Starts to listen to SIGINT, SIGTERM and SIGHUP, in a thread of its own, so that a second signal works
    /// whatever the rest of the process does. SIGHUP stays ignored where it was (`nohup`).
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn listen() -> std::io::Result<Self> {
        let stop = Self::default();
        let mut numbers = vec![Signal::INT.as_raw(), Signal::TERM.as_raw()];
        if !is_ignored(Signal::HUP) {
            numbers.push(Signal::HUP.as_raw());
        }
        let mut signals = Signals::new(numbers)?;
        let listener = stop.clone();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut first = None;
            for number in signals.forever() {
                let first = *first.get_or_insert_with(Instant::now);
                if listener.is_signalled() && means_it(number, first.elapsed()) {
                    leave_by(number);
                }
                listener.ask(number);
            }
        })?;
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
        if self.is_signalled() {
            leave_by(self.signal.load(Ordering::SeqCst));
        }
    }

    fn is_signalled(&self) -> bool {
        self.signal.load(Ordering::SeqCst) > 0
    }

    /// Notes the reason; a signal counts more than the closed output, which often is its consequence.
    fn ask(&self, number: i32) {
        let noted =
            self.signal.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |old| (old <= 0).then_some(number));
        let _ = noted;
        self.token.cancel();
    }
}

/// Whether a signal after the first asks to leave at once.
fn means_it(number: i32, since_first: Duration) -> bool {
    number == Signal::INT.as_raw() || (number == Signal::TERM.as_raw() && since_first > ECHO)
}

/// Dies of the signal, so that the shell sees it; where that fails, leaves with 130.
#[expect(clippy::exit, reason = "this is how a process leaves by a signal")]
fn leave_by(number: i32) {
    crate::terminal::leave();
    let _ = signal_hook::low_level::emulate_default_handler(number);
    std::process::exit(i32::from(exit::INTERRUPTED));
}

/// Whether this process was started with a signal ignored (Linux tells in `/proc/self/status`).
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal.as_raw() - 1) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::{Stop, means_it};
    use rustix::process::Signal;
    use std::time::Duration;

    #[test]
    fn a_signal_counts_more_than_the_closed_output() {
        let stop = Stop::default();
        stop.stdout_closed();
        assert!(stop.is_asked() && stop.is_stdout_closed());
        stop.ask(Signal::TERM.as_raw());
        assert_eq!(stop.reason(), "SIGTERM");
        stop.stdout_closed();
        assert_eq!(stop.reason(), "SIGTERM");
    }

    #[test]
    fn echoes_are_no_second_signal() {
        let (soon, late) = (Duration::from_millis(10), Duration::from_secs(3));
        assert!(means_it(Signal::INT.as_raw(), soon));
        assert!(!means_it(Signal::TERM.as_raw(), soon));
        assert!(means_it(Signal::TERM.as_raw(), late));
        assert!(!means_it(Signal::HUP.as_raw(), late));
    }
}
