//! Running one command in the machine.

use super::live::{Fault, Live, Patience};
use crate::local::quote;
use record::event::Stream;
use record::{Build, Failure};
use ssh2::{Channel, PtyModeOpcode, PtyModes};
use std::io::{Read, Write};
use std::time::Duration;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With this status.
    Exited(i32),
    /// By a signal: `KILL`, `TERM`, …
    Signalled(String),
    /// The connection was lost while it ran, and so was its status.
    Lost(String),
}

/// Takes output as it comes.
pub(super) type Sink<'a> = dyn FnMut(Stream, &[u8]) -> Result<(), Failure> + 'a;

/// A command to run.
pub(super) struct Job<'a> {
    /// What the login shell gets.
    pub(super) command: &'a str,
    /// What it reads from its standard input, which is closed after that.
    pub(super) input: Option<&'a mut (dyn Read + 'a)>,
    /// Takes its output as it comes.
    pub(super) output: &'a mut Sink<'a>,
    /// Whether it runs on a pseudo terminal.
    pub(super) pty: bool,
    /// A text that only this command's processes have in their command lines, to find and end them by.
    pub(super) marker: Option<&'a str>,
}

/// A word that any POSIX shell takes as it is.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", quote(text))
}

/// A command that runs a script in a POSIX shell, whatever the login shell is.
pub(super) fn sh(script: &str, arguments: &[&str]) -> String {
    let arguments: String = arguments.iter().map(|argument| format!(" {}", word(argument))).collect();
    format!("sh -c {} kiln{arguments}", word(script))
}

/// Ends every process in the sessions of those whose command line has the marker: sshd gives each command a session, and
/// sudo with a terminal of its own another one. Their own command lines have it too, so this script's session is left out.
/// What has not gone a second after SIGTERM gets SIGKILL. Only what every shell has in itself is used to look, which is quick.
const KILL: &str = r#"s() { n=; { read -r l < "$1"; } 2>/dev/null || return; set -- ${l##*) }; [ "$1" = Z ] || n=$4; }
s /proc/$$/stat; me=$n; all=
for p in $(grep -lF -- "$1" /proc/[0-9]*/cmdline 2>/dev/null); do
  s "${p%cmdline}stat"; [ -n "$n" ] && [ "$n" != "$me" ] && all="$all $n "
done
[ -n "$all" ] || exit 0
each() { left=; for f in /proc/[0-9]*/stat; do s "$f"; [ -n "$n" ] || continue
  case "$all" in *" $n "*) left=1; [ -n "$1" ] || continue; p=${f%/stat}; p=${p#/proc/}
    kill -"$1" "$p" 2>/dev/null || sudo -n kill -"$1" "$p" 2>/dev/null;; esac; done; }
each TERM; i=0
while each ""; [ -n "$left" ] && [ $i -lt 20 ]; do i=$((i + 1)); sleep 0.05 2>/dev/null || { sleep 1; i=20; }; done
[ -z "$left" ] || each KILL; exit 0"#;

/// Opens a channel and starts the command. Nothing has run when this fails with a lost connection before the request went out.
pub(super) fn start(live: &mut Live, job: &Job<'_>, patience: &Patience<'_>) -> Result<Channel, Fault> {
    let opening = patience.at_most(Duration::from_secs(60));
    let mut channel = live.drive(&opening, |session| session.channel_session())?;
    live.offer_agent(&mut channel, &opening)?;
    if job.pty {
        live.drive(&opening, |_| {
            let mut modes = PtyModes::new();
            modes.set_boolean(PtyModeOpcode::ECHO, false);
            modes.set_u32(PtyModeOpcode::TTY_OP_ISPEED, 14400);
            modes.set_u32(PtyModeOpcode::TTY_OP_OSPEED, 14400);
            channel.request_pty("xterm", Some(modes), Some((80, 40, 0, 0)))
        })?;
    }
    live.drive(&opening, |_| channel.exec(job.command))?;
    Ok(channel)
}

/// Runs a started command to its end. When that is cut short, ends its processes as far as SSH can.
pub(super) fn finish(
    live: &mut Live,
    mut channel: Channel,
    job: &mut Job<'_>,
    patience: &Patience<'_>,
) -> Result<Outcome, Fault> {
    match pump(live, &mut channel, job, patience) {
        Ok(()) => {}
        Err(Fault::Lost(why)) => return Ok(Outcome::Lost(why)),
        Err(fault) => {
            stop(live, channel, job.marker);
            return Err(fault);
        }
    }
    let closing = Patience::only(Duration::from_secs(10));
    let closed = live
        .drive(&closing, |_| channel.close())
        .and_then(|()| live.drive(&closing, |_| channel.wait_close()));
    let signal = channel.exit_signal().ok().and_then(|signal| signal.exit_signal);
    let status = channel.exit_status().unwrap_or(0);
    match (signal, closed) {
        (Some(signal), _) => Ok(Outcome::Signalled(signal)),
        (None, Err(Fault::Lost(why))) if status == 0 => Ok(Outcome::Lost(why)),
        _ => Ok(Outcome::Exited(status)),
    }
}

/// Moves input and output until the command has closed its output.
fn pump(
    live: &mut Live,
    channel: &mut Channel,
    job: &mut Job<'_>,
    patience: &Patience<'_>,
) -> Result<(), Fault> {
    let mut input = Input::default();
    let mut buffer = vec![0; 32 * 1024];
    loop {
        patience.check()?;
        let mut moved = input.push(live, channel, job)?;
        for (id, kind) in [(0, Stream::Stdout), (1, Stream::Stderr)] {
            match channel.stream(id).read(&mut buffer) {
                Ok(0) => {}
                Ok(count) => {
                    moved = true;
                    (job.output)(kind, &buffer[..count])?;
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(live.io_fault(&error)),
            }
        }
        if !moved {
            if channel.eof() {
                return Ok(());
            }
            live.wait(patience)?;
        }
    }
}

/// What is on its way to the command.
#[derive(Default)]
struct Input {
    chunk: Vec<u8>,
    sent: usize,
    over: bool,
    closed: bool,
}

impl Input {
    /// Sends as much as the channel takes now. Whether anything moved.
    fn push(&mut self, live: &mut Live, channel: &mut Channel, job: &mut Job<'_>) -> Result<bool, Fault> {
        if self.closed || channel.eof() {
            return Ok(false);
        }
        if self.sent == self.chunk.len() && !self.over {
            self.fill(job)?;
        }
        let moved = if self.over {
            channel.send_eof().map(|()| self.closed = true).map_err(std::io::Error::from)
        } else {
            channel.write(&self.chunk[self.sent..]).map(|count| self.sent += count)
        };
        match moved {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => match live.io_fault(&error) {
                // A command that ends before it has read all its input closes the channel: its status says why.
                Fault::Failed(_) => {
                    self.closed = true;
                    Ok(true)
                }
                lost @ Fault::Lost(_) => Err(lost),
            },
        }
    }

    fn fill(&mut self, job: &mut Job<'_>) -> Result<(), Fault> {
        self.chunk.resize(128 * 1024, 0);
        let count = match &mut job.input {
            Some(input) => input
                .read(&mut self.chunk)
                .map_err(|error| Failure::new(format!("cannot read what is to be sent: {error}")))?,
            None => 0,
        };
        self.chunk.truncate(count);
        self.sent = 0;
        self.over = count == 0;
        Ok(())
    }
}

/// Ends a command that must not go on: a pseudo terminal hangs up, the rest is found by the marker.
fn stop(live: &mut Live, mut channel: Channel, marker: Option<&str>) {
    let patience = Patience::only(Duration::from_secs(5));
    if let Some(marker) = marker {
        let mut kill = Job {
            command: &sh(KILL, &[marker]),
            input: None,
            output: &mut |_, _| Ok(()),
            pty: false,
            marker: None,
        };
        if let Ok(mut killer) = start(live, &kill, &patience) {
            let _ = pump(live, &mut killer, &mut kill, &patience);
            let _ = live.drive(&patience, |_| killer.close());
        }
    }
    let _ = live.drive(&patience, |_| channel.close());
}

/// What a small command of our own printed.
pub(super) struct Said {
    pub(super) outcome: Outcome,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs a small command of our own and keeps what it says, up to 64 KiB each.
pub(super) fn ask(
    live: &mut Live,
    command: &str,
    input: Option<&mut dyn Read>,
    build: &Build,
) -> Result<Said, Fault> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut output = |stream: Stream, bytes: &[u8]| {
        let kept: &mut Vec<u8> = if stream == Stream::Stdout { &mut stdout } else { &mut stderr };
        let room = (64 * 1024_usize).saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    };
    let mut input = input;
    let input = input.as_mut().map(|input| &mut **input as &mut dyn Read);
    let mut job = Job { command, input, output: &mut output, pty: false, marker: None };
    let patience = Patience::of(build);
    let channel = start(live, &job, &patience)?;
    let outcome = finish(live, channel, &mut job, &patience)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    Ok(Said { outcome, stdout: text(&stdout), stderr: text(&stderr) })
}
