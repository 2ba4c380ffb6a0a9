//! Running a command in a process group of its own, its output passed on as it comes.

use super::CommandLine;
use record::event::Stream;
use record::{Build, Failure};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::collections::VecDeque;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

/// How long a command may take to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// How long output is still read when the command has ended but something that it started keeps its output open.
const DRAIN: Duration = Duration::from_secs(2);

/// How many last lines of output a failure carries.
const LAST_LINES: usize = 20;

/// Longest piece of a line that is passed on at once, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exit {
    /// Its exit status, unless a signal killed it.
    pub code: Option<i32>,
    /// The signal that killed it.
    pub signal: Option<i32>,
    /// Its last lines of output.
    pub last_lines: Vec<String>,
}

/// Runs a command with nothing on its standard input and waits for its end.
///
/// What it leaves running in the background stays, as with a shell. When `build` is cancelled, the whole process group
/// gets SIGTERM, after five seconds SIGKILL.
///
/// # Errors
/// When it cannot be started, and as an interruption when the build is cancelled.
pub async fn run_group(line: &CommandLine, build: &Build) -> Result<Exit, Failure> {
    let mut child = Command::new(line.program())
        .args(line.arguments())
        .envs(line.environment())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::new(format!("cannot start {}: {error}", line.program())))?;
    let group = Group::of(&child);
    let (sender, mut lines) = mpsc::channel(64);
    if let Some(stdout) = child.stdout.take() {
        tokio::spawn(read_lines(stdout, Stream::Stdout, sender.clone()));
    }
    if let Some(stderr) = child.stderr.take() {
        tokio::spawn(read_lines(stderr, Stream::Stderr, sender.clone()));
    }
    drop(sender);
    let mut last = VecDeque::new();
    let ended = tokio::select! {
        ended = wait(&mut child, &mut lines, &mut last, build) => ended,
        () = build.cancelled() => {
            group.end(&mut child).await;
            return Err(Failure::interrupted());
        }
    };
    let status =
        ended.map_err(|error| Failure::new(format!("cannot wait for {}: {error}", line.program())))?;
    group.leave();
    Ok(Exit { code: status.code(), signal: status.signal(), last_lines: last.into() })
}

/// Passes output on until the command has ended and all its output is read.
async fn wait(
    child: &mut Child,
    lines: &mut mpsc::Receiver<(Stream, String)>,
    last: &mut VecDeque<String>,
    build: &Build,
) -> std::io::Result<std::process::ExitStatus> {
    let mut pass = |stream, text: String| {
        build.output(stream, &text);
        last.push_back(text);
        if last.len() > LAST_LINES {
            last.pop_front();
        }
    };
    let status = loop {
        tokio::select! {
            biased;
            Some((stream, text)) = lines.recv() => pass(stream, text),
            status = child.wait() => break status?,
        }
    };
    let until = Instant::now() + DRAIN;
    loop {
        match timeout_at(until, lines.recv()).await {
            Ok(Some((stream, text))) => pass(stream, text),
            Ok(None) => return Ok(status),
            Err(_) => {
                build.say("something that the script started keeps its output open; going on without it");
                return Ok(status);
            }
        }
    }
}

/// A process group that is killed when this is dropped, unless it was left or ended.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }

    /// Lets go of a group whose command has ended by itself.
    fn leave(mut self) {
        self.0 = None;
    }

    /// Ends the command and all in its group: politely, then at once.
    async fn end(self, child: &mut Child) {
        let Some(group) = self.0 else { return };
        let _ = kill_process_group(group, Signal::TERM);
        let until = Instant::now() + GRACE;
        let _ = timeout_at(until, child.wait()).await;
        // The command's children may take their time too. In a container without an init that reaps orphans they
        // stay as zombies, so this must not wait for long.
        let until = until.min(Instant::now() + Duration::from_secs(1));
        while test_kill_process_group(group).is_ok() && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait().await;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Cuts what comes into lines; a piece without a newline is passed on when it gets too long.
async fn read_lines(
    mut source: impl AsyncRead + Unpin,
    stream: Stream,
    lines: mpsc::Sender<(Stream, String)>,
) {
    let mut held: Vec<u8> = Vec::new();
    let mut chunk = vec![0; 8 * 1024];
    loop {
        let count = source.read(&mut chunk).await.unwrap_or(0);
        held.extend_from_slice(&chunk[..count]);
        let mut from = 0;
        while let Some(length) = held[from..].iter().position(|&byte| byte == b'\n') {
            if send(&lines, stream, &held[from..from + length]).await.is_err() {
                return;
            }
            from += length + 1;
        }
        held.drain(..from);
        if (count == 0 && !held.is_empty()) || held.len() >= LONGEST_LINE {
            if send(&lines, stream, &held).await.is_err() {
                return;
            }
            held.clear();
        }
        if count == 0 {
            return;
        }
    }
}

async fn send(lines: &mpsc::Sender<(Stream, String)>, stream: Stream, line: &[u8]) -> Result<(), ()> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    lines.send((stream, String::from_utf8_lossy(line).into_owned())).await.map_err(drop)
}
