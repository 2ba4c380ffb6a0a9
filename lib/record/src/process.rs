//! Processes that outlive the tool that started them: QEMU, the HTTP server, a tunnel.
//!
//! Each carries the build's id in its environment from its first moment, so it is found again whatever happens to the
//! process that started it, and nothing else is ever taken for it.

use crate::failure::Failure;
use crate::file;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that holds the build's id in a detached process' environment.
pub const MARK: &str = "KILN_MACHINE_OF";

/// How long a killed process may take to be gone.
const GONE: Duration = Duration::from_secs(10);

/// How long execve(2) may take to show a program's environment.
const EXECUTING: Duration = Duration::from_secs(10);

/// How often an environment or a command line is found empty, a millisecond apart, before it is taken to be.
const STAYS_EMPTY: u32 = 3;

/// Starts a program that outlives this process: in a process group of its own, with nothing of this process' input and
/// outputs. What it says on standard error goes to `stderr` (created anew, mode 0600). Gives its process id.
///
/// # Errors
/// When the file cannot be made or the program not started.
pub fn start_detached(mut command: Command, id: &str, stderr: &Path) -> Result<u32, Failure> {
    let log = fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(stderr)
        .map_err(|error| file::io(stderr, "cannot write", &error))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command
        .env(MARK, id)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()
        .map_err(|error| Failure::new(format!("cannot start {program}: {error}")))?;
    let pid = child.id();
    // Takes note of its end, so that it does not stay listed while this process lives.
    std::thread::spawn(move || drop({ child }.wait()));
    // A program's environment shows only a moment after it has been started.
    while !is_of(pid, id) && lives(pid) {
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(pid)
}

/// The detached processes of a build that live now.
pub fn detached(id: &str) -> Vec<u32> {
    all().into_iter().filter(|pid| *pid != std::process::id() && is_of(*pid, id)).collect()
}

/// All processes.
pub fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The words of a process' command line. Without any: it is the kernel's, has ended or never had one.
pub fn command_line(pid: u32) -> Vec<String> {
    let words = entries(&known(pid, "cmdline").unwrap_or_default());
    words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned()).collect()
}

/// The entries of a process' environment, such as `HOME=/root`. `None`: it may not be read, or the process is gone.
pub(crate) fn environment(pid: u32) -> Option<Vec<Vec<u8>>> {
    known(pid, "environ").map(|text| entries(&text))
}

/// What stands between zero bytes.
fn entries(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).map(<[u8]>::to_vec).collect()
}

/// `cmdline` or `environ` of a process. Both are empty in the middle of execve(2), where a script may be once more whenever it
/// is looked at (`env` gives way to the interpreter); so an empty one is read again until it stays empty. The kernel's own
/// and dead processes have no program.
fn known(pid: u32, what: &str) -> Option<Vec<u8>> {
    let path = |name: &str| format!("/proc/{pid}/{name}");
    let begun = Instant::now();
    let mut empty = 0;
    loop {
        let text = fs::read(path(what)).ok()?;
        if !text.is_empty() || fs::read_link(path("exe")).is_err() {
            return Some(text);
        }
        empty = if is_executing(pid) { 0 } else { empty + 1 };
        if empty == STAYS_EMPTY || begun.elapsed() > EXECUTING {
            return Some(text);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether a process is in the middle of execve(2): nothing says yet where its environment will be (the last but one number of
/// proc_pid_stat(5)).
fn is_executing(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.split_whitespace().rev().nth(1) == Some("0")
}

/// Whether a process lives and is one of the build's.
pub fn is_of(pid: u32, id: &str) -> bool {
    let mark = format!("{MARK}={id}");
    environment(pid).is_some_and(|entries| entries.iter().any(|entry| entry == mark.as_bytes()))
}

/// Whether a process is listed and has not ended (proc_pid_stat(5)).
fn lives(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

/// One of a build's detached processes, by a handle that stays with it also when its number is used again.
#[derive(Debug)]
pub struct Process {
    pid: u32,
    handle: OwnedFd,
}

impl Process {
    /// The process of this number, where it lives and is one of the build's.
    pub fn of(pid: u32, id: &str) -> Option<Self> {
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw)?;
        let handle = pidfd_open(number, PidfdFlags::empty()).ok()?;
        is_of(pid, id).then_some(Self { pid, handle })
    }

    /// Whether it is gone with all its threads: its files and their locks are closed. That its environment is gone says
    /// less.
    pub fn has_ended(&self) -> bool {
        self.ends_within(Duration::ZERO)
    }

    /// Ends it at once and waits until it is gone.
    ///
    /// # Errors
    /// When it does not go.
    pub fn kill(&self) -> Result<(), Failure> {
        let _ = pidfd_send_signal(&self.handle, Signal::KILL);
        if self.ends_within(GONE) {
            return Ok(());
        }
        Err(Failure::new(format!("process {} does not end although it was killed", self.pid))
            .hint("it may wait for a disk or a network file system"))
    }

    fn ends_within(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        loop {
            let left = Timespec::try_from(limit.saturating_sub(begun.elapsed())).ok();
            let mut ends = [PollFd::new(&self.handle, PollFlags::IN)];
            match poll(&mut ends, left.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                ended => return ended.is_ok_and(|count| count > 0),
            }
        }
    }
}

/// Ends one of a build's detached processes at once and waits until it is gone. `false`: it was gone already.
///
/// # Errors
/// When it does not go.
pub fn kill(pid: u32, id: &str) -> Result<bool, Failure> {
    Process::of(pid, id).map_or(Ok(false), |process| process.kill().map(|()| true))
}

/// Ends all of a build's detached processes, also such as they start meanwhile.
///
/// # Errors
/// When one does not go.
pub fn kill_all(id: &str) -> Result<(), Failure> {
    loop {
        let found = detached(id);
        if found.is_empty() {
            return Ok(());
        }
        found.into_iter().try_for_each(|pid| kill(pid, id).map(drop))?;
    }
}

/// The name of a process' program, such as `qemu-system-x86` (Linux keeps 15 bytes).
pub fn name(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Process, detached, is_of, kill, kill_all, start_detached};
    use std::process::Command;

    #[test]
    fn a_detached_process_is_found_by_its_build_and_ended() {
        let folder = tempfile::tempdir().unwrap();
        let id = format!("TEST{}", std::process::id());
        let mut command = Command::new("sh");
        command.args(["-c", "echo hello >&2; exec sleep 600"]);
        let stderr = folder.path().join("stderr");
        let pid = start_detached(command, &id, &stderr).unwrap();
        while std::fs::read_to_string(&stderr).unwrap() != "hello\n" {
            std::thread::yield_now();
        }
        assert_eq!(detached(&id), [pid]);
        assert!(!kill(pid, "another").unwrap());
        assert!(kill(pid, &id).unwrap());
        assert!(!is_of(pid, &id) && detached(&id).is_empty());
        assert!(!kill(pid, &id).unwrap());
    }
    #[test]
    fn all_of_a_build_s_processes_are_ended() {
        let folder = tempfile::tempdir().unwrap();
        let id = format!("ALL{}", std::process::id());
        let start = |name: &str| {
            let mut command = Command::new("sleep");
            command.arg("600");
            start_detached(command, &id, &folder.path().join(name)).unwrap()
        };
        let (first, _) = (start("first"), start("second"));
        let process = Process::of(first, &id).unwrap();
        assert!(!process.has_ended());
        kill_all(&id).unwrap();
        assert!(process.has_ended() && detached(&id).is_empty());
        assert!(Process::of(first, &id).is_none());
    }

    #[test]
    fn a_program_without_environment_is_not_waited_for() {
        let mut child = Command::new("sleep").arg("600").env_clear().spawn().unwrap();
        while super::is_executing(child.id()) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
