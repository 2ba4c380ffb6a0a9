//! A session that is logged in, driven without blocking, so that every wait can end early.

use super::agent_forwarding::{self, Forwarding};
use record::{Build, Failure, FailureKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::{BlockDirections, Channel, ErrorCode, Session};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// libssh2's word for "not yet" (`LIBSSH2_ERROR_EAGAIN`).
const AGAIN: ErrorCode = ErrorCode::Session(-37);
/// How often a wait looks whether it should end.
const TICK: Duration = Duration::from_millis(100);

/// Why an operation did not come to its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// The connection is gone.
    Lost(String),
    /// It failed, or was interrupted; the connection is in order.
    Failed(Failure),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Fault {
    /// The failure, where a lost connection is one.
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Failed(failure) => failure,
            Self::Lost(why) => Failure::new(format!("{LOST}: {why}")).hint(
                "did the machine reboot or change its network? A shell step that does so needs 'expect_disconnect'",
            ),
        }
    }
}

/// How the message of a lost connection begins.
const LOST: &str = "the connection was lost";

/// Whether a failure of a transfer is that the connection was lost, so that trying again may help.
pub fn is_lost(failure: &Failure) -> bool {
    failure.message.starts_with(LOST)
}

/// How long an operation may go on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience<'a> {
    /// Whose cancellation ends it.
    pub(super) build: Option<&'a Build>,
    /// When it is given up.
    pub(super) until: Option<Instant>,
}

impl<'a> Patience<'a> {
    /// Until the build is cancelled.
    pub(super) fn of(build: &'a Build) -> Self {
        Self { build: Some(build), until: None }
    }

    /// For so long, whatever the build says: for cleaning up.
    pub(super) fn only(limit: Duration) -> Self {
        Self { build: None, until: Some(Instant::now() + limit) }
    }

    /// For so long at the most.
    pub(super) fn at_most(self, limit: Duration) -> Self {
        Self { until: Some(Instant::now() + limit), ..self }
    }

    /// Whether to go on.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.build.is_some_and(Build::is_cancelled) {
            return Err(Fault::Failed(Failure::interrupted()));
        }
        match self.until {
            Some(until) if Instant::now() >= until => Err(Fault::Lost("the server does not answer".into())),
            _ => Ok(()),
        }
    }

    /// Sleeps, unless there is a reason to stop.
    pub(super) fn sleep(&self, length: Duration) -> Result<(), Fault> {
        let end = Instant::now() + length;
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(TICK));
        }
    }
}

/// A session and its socket.
pub(super) struct Live {
    /// Where the user's agent is lent to the machine. Goes before the session, whose channels it knows.
    forwarding: Option<Forwarding>,
    /// Whether the server was asked to offer the agent: once for all commands (OpenSSH refuses a second time).
    offered: bool,
    pub(super) session: Session,
    socket: TcpStream,
    silence: Option<Duration>,
    heard: Instant,
    keep_alive: Option<Duration>,
    shown: Instant,
}

impl Live {
    pub(super) fn new(session: Session, socket: TcpStream, silence: Option<Duration>) -> Self {
        let now = Instant::now();
        Self {
            forwarding: None,
            offered: false,
            session,
            socket,
            silence,
            heard: now,
            keep_alive: None,
            shown: now,
        }
    }

    /// Lends the user's agent, where there is one, to the machine.
    pub(super) fn forward_agent(&mut self) {
        self.forwarding = agent_forwarding::agent().map(|agent| Forwarding::new(&self.session, &agent));
    }

    /// Asks the server to offer the agent to this command and to all that follow. A server that refuses is no reason to stop.
    pub(super) fn offer_agent(
        &mut self,
        channel: &mut Channel,
        patience: &Patience<'_>,
    ) -> Result<(), Fault> {
        if self.forwarding.is_none() || self.offered {
            return Ok(());
        }
        self.offered = true;
        match self.drive(patience, |_| channel.request_auth_agent_forwarding()) {
            Err(Fault::Failed(failure)) if failure.kind != FailureKind::Interrupted => Ok(()),
            asked => asked,
        }
    }

    /// Shows the server from now on that the connection is in use.
    pub(super) fn keep_alive(&mut self, interval: Option<Duration>) {
        if let Some(interval) = interval {
            let seconds = u32::try_from(interval.as_secs().max(1)).unwrap_or(u32::MAX);
            self.session.set_keepalive(true, seconds);
            self.keep_alive = Some(interval);
        }
    }

    /// Sends a sign of life where one is due. A connection that is gone is found by the next operation.
    pub(super) fn show_life(&mut self) {
        if self.keep_alive.is_some_and(|interval| self.shown.elapsed() >= interval) {
            self.shown = Instant::now();
            let _ = self.session.keepalive_send();
        }
    }

    /// A new operation begins: the server could not have said anything while nobody listened.
    pub(super) fn begin(&mut self) {
        self.heard = Instant::now();
    }

    /// Repeats a call until it does more than ask for patience.
    pub(super) fn drive<T>(
        &mut self,
        patience: &Patience<'_>,
        mut call: impl FnMut(&mut Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, Fault> {
        loop {
            match call(&mut self.session) {
                Err(error) if error.code() == AGAIN => self.wait(patience)?,
                Err(error) => return Err(fault(&error)),
                Ok(value) => return Ok(value),
            }
        }
    }

    /// As [`Live::drive`], for reads and writes.
    pub(super) fn drive_io<T>(
        &mut self,
        patience: &Patience<'_>,
        mut call: impl FnMut() -> std::io::Result<T>,
    ) -> Result<T, Fault> {
        loop {
            match call() {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => self.wait(patience)?,
                Err(error) => return Err(self.io_fault(&error)),
                Ok(value) => return Ok(value),
            }
        }
    }

    /// What an I/O error means: ssh2 keeps only libssh2's words in it, so the session is asked for the code.
    pub(super) fn io_fault(&self, error: &std::io::Error) -> Fault {
        match ssh2::Error::last_session_error(&self.session) {
            Some(known) if known.code() != AGAIN => fault(&known),
            _ => Fault::Failed(Failure::new(error.to_string())),
        }
    }

    /// Waits until the socket can do what libssh2 wants of it, for a tenth of a second at the most.
    pub(super) fn wait(&mut self, patience: &Patience<'_>) -> Result<(), Fault> {
        patience.check()?;
        self.show_life();
        if let Some(forwarding) = &mut self.forwarding {
            forwarding.serve(&self.session, &self.socket);
        }
        let wanted = match self.session.block_directions() {
            BlockDirections::Outbound => PollFlags::OUT,
            BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
            _ => PollFlags::IN,
        };
        let mut sockets = vec![PollFd::new(&self.socket, wanted)];
        let agents = self.forwarding.iter().flat_map(Forwarding::sockets);
        sockets.extend(agents.map(|agent| PollFd::new(agent, PollFlags::IN)));
        let tick = Timespec { tv_sec: 0, tv_nsec: TICK.subsec_nanos().into() };
        let ready = poll(&mut sockets, Some(&tick)).unwrap_or(0);
        if ready > 0 && sockets.first().is_some_and(|socket| !socket.revents().is_empty()) {
            self.heard = Instant::now();
        } else if let Some(limit) = self.silence.filter(|limit| self.heard.elapsed() > *limit) {
            return Err(Fault::Lost(format!("the server was silent for {limit:?} (ssh_read_write_timeout)")));
        }
        Ok(())
    }
}

/// What an error of libssh2 means for the connection (`libssh2.h`): -13, -43, -7, -9, -1 and -4 are the socket's.
pub(super) fn fault(error: &ssh2::Error) -> Fault {
    match error.code() {
        ErrorCode::Session(-13 | -43 | -7 | -9 | -1 | -4 | -2) => Fault::Lost(error.message().to_owned()),
        _ => Fault::Failed(Failure::new(error.message().to_owned())),
    }
}
