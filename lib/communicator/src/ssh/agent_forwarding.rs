//! The user's SSH agent, lent to the machine: what a command there asks of `$SSH_AUTH_SOCK` is answered here.
//!
//! The server opens a channel for each client of the agent. libssh2 hands such channels to a callback, for which the crate
//! `ssh2` has no safe form; hence the `unsafe` here, and nowhere else.

#![expect(unsafe_code, reason = "ssh2 does not know channels that the server opens")]

use libssh2_sys as raw;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssh2::Session;
use std::cell::RefCell;
use std::ffi::{c_char, c_int, c_void};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// `LIBSSH2_CALLBACK_AUTHAGENT` (libssh2.h).
const CALLBACK: c_int = 7;
/// `LIBSSH2_ERROR_EAGAIN`.
const AGAIN: isize = -37;
/// The bit of `libssh2_session_block_directions` that says that a packet is only half sent.
const OUTBOUND: c_int = 2;

unsafe extern "C" {
    fn libssh2_session_callback_set(
        session: *mut raw::LIBSSH2_SESSION,
        kind: c_int,
        callback: *mut c_void,
    ) -> *mut c_void;
}

thread_local! {
    /// Channels that were opened and that nobody serves yet. A thread has one session.
    static OPENED: RefCell<Vec<*mut raw::LIBSSH2_CHANNEL>> = const { RefCell::new(Vec::new()) };
}

/// Called by libssh2 while it reads from the server.
extern "C" fn opened(
    _session: *mut raw::LIBSSH2_SESSION,
    channel: *mut raw::LIBSSH2_CHANNEL,
    _abstract: *mut *mut c_void,
) {
    OPENED.with_borrow_mut(|opened| opened.push(channel));
}

/// The agent of this user, where there is one that answers.
pub(super) fn agent() -> Option<PathBuf> {
    let socket = std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from)?;
    UnixStream::connect(&socket).is_ok().then_some(socket)
}

/// Serves the channels of one session. To be dropped before the session, and with it.
pub(super) struct Forwarding {
    agent: PathBuf,
    relays: Vec<Relay>,
}

impl Forwarding {
    /// Takes the channels of this session from now on.
    pub(super) fn new(session: &Session, agent: &Path) -> Self {
        OPENED.take();
        let mut session = session.raw();
        // SAFETY: the session is alive and locked; the callback has the form that libssh2 wants and lives for ever.
        unsafe { libssh2_session_callback_set(&raw mut *session, CALLBACK, opened as *mut c_void) };
        Self { agent: agent.to_owned(), relays: Vec::new() }
    }

    /// Moves what can be moved now, and never waits for the agent. Not while a packet is half sent: libssh2 wants the same
    /// call again then, before any other.
    pub(super) fn serve(&mut self, session: &Session, socket: &TcpStream) {
        for channel in OPENED.take() {
            self.relays.push(Relay::new(channel, &self.agent));
        }
        if self.relays.is_empty() {
            return;
        }
        let mut session = session.raw();
        let wire = Wire { session: &raw mut *session, socket };
        if !wire.is_half_sent() {
            self.relays.retain_mut(|relay| relay.step(&wire));
        }
    }

    /// The agent's connections that may have an answer.
    pub(super) fn sockets(&self) -> impl Iterator<Item = &UnixStream> {
        self.relays.iter().filter_map(|relay| relay.agent.as_ref())
    }
}

/// The session's connection, for as long as its lock is held.
struct Wire<'a> {
    session: *mut raw::LIBSSH2_SESSION,
    socket: &'a TcpStream,
}

impl Wire<'_> {
    fn is_half_sent(&self) -> bool {
        // SAFETY: the session is alive and locked by `Forwarding::serve`.
        unsafe { raw::libssh2_session_block_directions(self.session) & OUTBOUND != 0 }
    }

    /// Repeats a call until its packet is sent as a whole; gives up after a while, as with a connection that is lost.
    fn whole(&self, mut call: impl FnMut() -> isize) -> isize {
        for _ in 0..100 {
            let result = call();
            if result != AGAIN || !self.is_half_sent() {
                return result;
            }
            let tick = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
            let _ = poll(&mut [PollFd::new(self.socket, PollFlags::OUT)], Some(&tick));
        }
        AGAIN
    }
}

/// A client in the machine, and its connection to the agent. libssh2 frees the channel with the session, if not before.
struct Relay {
    channel: *mut raw::LIBSSH2_CHANNEL,
    /// None: the agent is gone, and so is the channel as soon as possible.
    agent: Option<UnixStream>,
    to_agent: Vec<u8>,
    to_client: Vec<u8>,
}

impl Relay {
    fn new(channel: *mut raw::LIBSSH2_CHANNEL, agent: &Path) -> Self {
        let agent =
            UnixStream::connect(agent).and_then(|stream| stream.set_nonblocking(true).map(|()| stream));
        Self { channel, agent: agent.ok(), to_agent: Vec::new(), to_client: Vec::new() }
    }

    /// Moves what can be moved; `false` when it is over.
    fn step(&mut self, wire: &Wire<'_>) -> bool {
        let open = self.read_client(wire);
        if self.talk_to_agent().is_err() {
            self.agent = None;
        }
        let open = self.write_client(wire) && open;
        if open && self.agent.is_some() {
            return true;
        }
        // SAFETY: the channel is alive: it is freed here, or with the session, and a relay that ends is dropped.
        wire.whole(|| unsafe { raw::libssh2_channel_free(self.channel) } as isize);
        false
    }

    fn read_client(&mut self, wire: &Wire<'_>) -> bool {
        let mut buffer = [0_u8; 16 * 1024];
        loop {
            let room = buffer.as_mut_ptr().cast::<c_char>();
            // SAFETY: the channel is alive, and the buffer as long as is said.
            let count =
                wire.whole(|| unsafe { raw::libssh2_channel_read_ex(self.channel, 0, room, buffer.len()) });
            match usize::try_from(count) {
                Ok(0) => {
                    // SAFETY: the channel is alive.
                    return unsafe { raw::libssh2_channel_eof(self.channel) } == 0;
                }
                Ok(count) => self.to_agent.extend_from_slice(&buffer[..count]),
                Err(_) => return count == AGAIN,
            }
        }
    }

    fn write_client(&mut self, wire: &Wire<'_>) -> bool {
        while !self.to_client.is_empty() {
            let (start, length) = (self.to_client.as_ptr().cast::<c_char>(), self.to_client.len());
            // SAFETY: the channel is alive, and the bytes stay where they are until the call is over.
            let count =
                wire.whole(|| unsafe { raw::libssh2_channel_write_ex(self.channel, 0, start, length) });
            match usize::try_from(count) {
                Ok(count) => drop(self.to_client.drain(..count)),
                Err(_) => return count == AGAIN,
            }
        }
        true
    }

    fn talk_to_agent(&mut self) -> std::io::Result<()> {
        let Some(agent) = &mut self.agent else { return Ok(()) };
        while !self.to_agent.is_empty() {
            match agent.write(&self.to_agent) {
                Ok(count) => drop(self.to_agent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let mut buffer = [0; 16 * 1024];
        loop {
            match agent.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.to_client.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
