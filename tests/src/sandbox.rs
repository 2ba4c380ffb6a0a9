//! A test's own home, account and working folder, and the bash lines it runs there.

use crate::aws::Account;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The tools of a pipeline.
const TOOLS: [&str; 4] = ["validate", "build-ec2", "provision", "postprocess"];

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A place for one test; gone when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    folder: TempDir,
    /// The test's own AWS account.
    pub aws: Account,
}

/// What a line did.
#[derive(Debug)]
pub struct Run {
    /// Status of the line, with `pipefail`: the last command's that failed.
    pub status: ExitStatus,
    /// All of standard output.
    pub stdout: String,
    /// All of standard error.
    pub stderr: String,
}

/// A line that runs in a process group of its own.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// A new place with an account of its own.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("kiln-test-").expect("a temporary folder can be made");
        for name in ["home", "state", "tmp", "work"] {
            fs::create_dir(folder.path().join(name)).expect("a folder can be made");
        }
        Self { folder, aws: Account::new() }
    }

    /// A path in the working folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// Writes a file in the working folder.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).expect("a file can be written");
        path
    }

    /// Reads a file in the working folder; nothing where there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// The folder in which the tools keep what they hold.
    pub fn state_folder(&self) -> PathBuf {
        self.folder.path().join("state/kiln")
    }

    /// Names of the state folders: ids of builds that are not over.
    pub fn held(&self) -> Vec<String> {
        let entries = fs::read_dir(self.state_folder()).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Runs a bash line to its end, as a person would type it, with `pipefail`.
    pub fn bash(&self, line: &str) -> Run {
        self.spawn(line).wait()
    }

    /// Starts a bash line.
    pub fn spawn(&self, line: &str) -> Running {
        let number = fs::read_dir(self.folder.path()).into_iter().flatten().count();
        let (stdout, stderr) = (
            self.folder.path().join(format!("{number}.out")),
            self.folder.path().join(format!("{number}.err")),
        );
        let create = |path: &Path| File::create(path).expect("a file can be made");
        let child = Command::new("bash")
            .args(["-c", &format!("set -o pipefail; {line}")])
            .current_dir(self.folder.path().join("work"))
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::null())
            .stdout(create(&stdout))
            .stderr(create(&stderr))
            .process_group(0)
            .spawn()
            .expect("bash starts");
        Running { child, stdout, stderr }
    }

    /// Waits until no tool of this sandbox runs any more: also none that a killed tool had started, which cleans up.
    pub fn until_idle(&self) {
        let begun = Instant::now();
        while tool_runs(&self.state_folder()) {
            assert!(begun.elapsed() < PATIENCE, "a tool still runs after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        vec![
            ("PATH", format!("{}:{}", tools().display(), std::env::var("PATH").unwrap_or_default())),
            ("HOME", path("home")),
            ("XDG_STATE_HOME", path("state")),
            ("TMPDIR", path("tmp")),
            ("LC_ALL", "C.UTF-8".into()),
            ("AWS_ENDPOINT_URL", self.aws.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.aws.access_key()),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-test".into()),
            ("AWS_REGION", "us-east-1".into()),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ]
    }

    /// Fails the test when anything of a build is left: on AWS, in the state folder, in the temporary folder.
    pub fn assert_nothing_left(&self) {
        let left = self.aws.leftovers();
        assert!(left.is_empty(), "left on AWS: {left:#?}");
    }
}

impl Run {
    /// The records on standard output.
    pub fn records(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).expect("standard output holds records only");
        self.stdout.lines().map(parse).collect()
    }

    /// The only record on standard output.
    pub fn record(&self) -> Value {
        let mut records = self.records();
        assert_eq!(records.len(), 1, "{self}");
        records.remove(0)
    }

    /// Fails the test unless the line ended with this status.
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status.code(), Some(status), "{self}");
        self
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

impl Running {
    /// Waits for the end of the line.
    pub fn wait(mut self) -> Run {
        let status = self.until(|running| running.child.try_wait().ok().flatten(), "the line to end");
        let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        Run { status, stdout: read(&self.stdout), stderr: read(&self.stderr) }
    }

    /// Waits until a file holds a line with this text, or the line has ended; gives whether it was seen.
    pub fn until_file_holds(&mut self, file: &Path, text: &str) -> bool {
        self.until(
            |running| {
                let ended = running.child.try_wait().ok().flatten().is_some();
                let seen = fs::read_to_string(file).is_ok_and(|content| content.contains(text));
                (seen || ended).then_some(seen)
            },
            text,
        )
    }

    /// Sends a signal to every process of the line, as Ctrl-C in a terminal does.
    pub fn signal(&self, signal: Signal) {
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Sends a signal to the line's processes of this name, and to such that they have started; gives whether there was one.
    pub fn signal_tool(&self, tool: &str, signal: Signal) -> bool {
        let mut found = false;
        for pid in descendants(self.child.id()) {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            if name.trim() == tool
                && let Some(pid) = Pid::from_raw(pid.cast_signed())
            {
                found |= kill_process(pid, signal).is_ok();
            }
        }
        found
    }

    fn until<T>(&mut self, mut look: impl FnMut(&mut Self) -> Option<T>, what: &str) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return found;
            }
            if begun.elapsed() > PATIENCE {
                self.signal(Signal::KILL);
                let stderr = fs::read_to_string(&self.stderr).unwrap_or_default();
                panic!("waited {PATIENCE:?} for {what}; standard error so far:\n{stderr}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The folder with the tools: beside the test's own executable.
fn tools() -> PathBuf {
    let executable = std::env::current_exe().expect("a process knows its executable");
    let folder = executable.ancestors().nth(2).expect("tests run in target/PROFILE/deps");
    for tool in TOOLS {
        assert!(folder.join(tool).is_file(), "{tool} is not built: run `cargo build --workspace` first");
    }
    folder.to_owned()
}

/// Whether a process keeps its state in this folder, or a tool is about to end: its environment is gone before its locks are.
fn tool_runs(state: &Path) -> bool {
    let home = format!("XDG_STATE_HOME={}", state.parent().unwrap_or(state).display());
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.map(|process| process.path()).any(|process| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        let is_tool = TOOLS.iter().any(|tool| stat.contains(&format!("({tool})")));
        // The first thread of a process that was killed may be dead before the others are.
        let threads = fs::read_dir(process.join("task")).into_iter().flatten().count();
        let ends = environment.is_empty() && is_tool && (!stat.contains(") Z ") || threads > 1);
        ends || environment.split(|byte| *byte == 0).any(|variable| variable == home.as_bytes())
    })
}

/// The processes that a process has started, and theirs.
fn descendants(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let listed = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> =
        listed.flat_map(|pids| pids.split_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect();
    let grandchildren: Vec<u32> = children.iter().flat_map(|child| descendants(*child)).collect();
    children.into_iter().chain(grandchildren).collect()
}
