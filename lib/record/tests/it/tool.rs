//! Runs the fake tool in a world of its own.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

/// A fresh HOME with nothing in it.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("machines")).unwrap();
        std::fs::create_dir(home.path().join("tmp")).unwrap();
        Self { home }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The fake tool, with a clean environment.
    pub(crate) fn tool(&self, arguments: &[&str]) -> Command {
        // The tests may run where signals are ignored, as under nohup; the tool would respect that.
        let mut command = Command::new("env");
        command
            .arg("--default-signal=HUP,INT,TERM")
            .arg(program())
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("TMPDIR", self.path("tmp"))
            .env("KILN_FAKE", self.path("machines"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the tool over an input, to its end.
    pub(crate) fn run(&self, arguments: &[&str], input: impl Into<Vec<u8>>) -> Output {
        let mut child = self.tool(arguments).spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        output
    }

    /// Starts the tool and leaves its input open.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.tool(arguments).spawn().unwrap();
        Running {
            stdin: child.stdin.take(),
            stdout: child.stdout.take().map(BufReader::new),
            stderr: child.stderr.take().map(BufReader::new),
            child,
        }
    }

    /// Lets the builds go on that wait.
    pub(crate) fn go(&self) {
        std::fs::write(self.path("machines/go"), b"").unwrap();
    }

    pub(crate) fn machines(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("machines")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| name != "go");
        names.sort();
        names
    }

    /// Waits until so many machines exist.
    pub(crate) fn wait_for_machines(&self, count: usize) {
        while self.machines().len() < count {
            std::thread::yield_now();
        }
    }

    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.path(".local/state/kiln").join(id)
    }
}

/// A tool whose input is still open.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<BufReader<ChildStdout>>,
    pub(crate) stderr: Option<BufReader<std::process::ChildStderr>>,
}

impl Running {
    pub(crate) fn feed(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// The next line on standard output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    /// Reads standard error up to a line with this text.
    pub(crate) fn until_says(&mut self, text: &str) -> String {
        let mut said = String::new();
        while !said.lines().any(|line| line.contains(text)) {
            let mut line = String::new();
            let read = self.stderr.as_mut().unwrap().read_line(&mut line).unwrap();
            assert!(read > 0, "never said '{text}', but:\n{said}");
            said.push_str(&line);
        }
        said
    }

    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for the end; gives the status, and the rest of both outputs.
    pub(crate) fn end(mut self) -> (std::process::ExitStatus, String, String) {
        use std::io::Read;
        drop(self.stdin.take());
        let mut stderr = self.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut out = String::new();
        if let Some(mut stdout) = self.stdout.take() {
            stdout.read_to_string(&mut out).unwrap();
        }
        (self.child.wait().unwrap(), out, reader.join().unwrap())
    }
}

/// The fake tool, which cargo builds beside the tests.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    folder.join("examples/build-fake")
}

/// The id of the record with this number.
pub(crate) fn id(number: usize) -> String {
    format!("01ARZ3NDEKTSV4RRFFQ{number:07}")
}

/// A planned record, with its newline.
pub(crate) fn planned(number: usize, does: &str) -> String {
    record(number, "fake", "planned", &format!(r#","builder":{{"does":"{does}"}}"#))
}

/// A record with its newline; `more` is further fields.
pub(crate) fn record(number: usize, kind: &str, status: &str, more: &str) -> String {
    let id = id(number);
    format!(r#"{{"kiln":1,"id":"{id}","build":"fake.{number}","type":"{kind}","status":"{status}"{more}}}"#)
        + "\n"
}

/// The records of an output.
pub(crate) fn records(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `build status` of each record of an output, sorted.
pub(crate) fn statuses(output: &str) -> Vec<String> {
    let word = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let mut found: Vec<String> = records(output)
        .iter()
        .map(|record| format!("{} {}", word(record, "build"), word(record, "status")))
        .collect();
    found.sort();
    found
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
