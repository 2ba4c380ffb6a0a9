//! Running a command in a process group of its own, its output passed on as it comes.

use super::CommandLine;
use record::build::OutputStream;
use record::{Build, Failure};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// How long a command may take to end after SIGTERM, before SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// How long output is still read when the command has ended but something that it started keeps its output open.
const DRAIN: Duration = Duration::from_secs(2);

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
    let (stdout, stderr) = build.output_streams();
    let tail = stdout.tail();
    let mut readers = JoinSet::new();
    if let Some(pipe) = child.stdout.take() {
        readers.spawn(pass_on(pipe, stdout));
    }
    if let Some(pipe) = child.stderr.take() {
        readers.spawn(pass_on(pipe, stderr));
    }
    let ended = tokio::select! {
        ended = wait(&mut child, &mut readers, build) => ended,
        () = build.cancelled() => {
            group.end(&mut child).await;
            return Err(Failure::interrupted());
        }
    };
    let status =
        ended.map_err(|error| Failure::new(format!("cannot wait for {}: {error}", line.program())))?;
    group.leave();
    Ok(Exit { code: status.code(), signal: status.signal(), last_lines: tail.lines() })
}

/// Waits until the command has ended and all its output is read.
async fn wait(
    child: &mut Child,
    readers: &mut JoinSet<()>,
    build: &Build,
) -> std::io::Result<std::process::ExitStatus> {
    let status = child.wait().await?;
    let all = async { while readers.join_next().await.is_some() {} };
    if timeout(DRAIN, all).await.is_err() {
        build.say("something that the script started keeps its output open; going on without it");
        // Reading goes on, so that what keeps it open does not fail for want of a reader.
        readers.detach_all();
    }
    Ok(status)
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

/// Passes output on, in the pieces in which it comes.
async fn pass_on(mut pipe: impl AsyncRead + Unpin, mut output: OutputStream) {
    let mut piece = vec![0; 8 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut piece).await {
        output.write(&piece[..count]);
    }
}
