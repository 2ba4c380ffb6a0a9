//! QMP, QEMU's control protocol: JSON lines over a Unix socket
//! (<https://www.qemu.org/docs/master/interop/qmp-spec.html>).

use record::{Failure, file};
use serde_json::{Value, json};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// How long QEMU may take to answer; it does so between two pieces of the guest's work, also when disks are slow.
const ANSWER: Duration = Duration::from_secs(60);

/// Longest path that a Unix socket may have (Linux: 108 bytes with the final zero; macOS: 104).
const LONGEST_PATH: usize = 103;

/// A connection to a running QEMU.
#[derive(Debug)]
pub struct Qmp {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    last_id: u64,
}

impl Qmp {
    /// Connects to the QEMU that listens on this socket. QEMU talks to one client at a time; another one waits here.
    ///
    /// # Errors
    /// When nothing listens there, or it does not answer as QEMU does.
    pub async fn connect(socket: &Path) -> Result<Self, Failure> {
        let failed = |error: io::Error| file::io(socket, "cannot talk to QEMU at", &error);
        let (near, _folder) = reachable(socket).map_err(failed)?;
        let (reader, writer) = UnixStream::connect(near).await.map_err(failed)?.into_split();
        let mut qmp = Self { reader: BufReader::new(reader), writer, last_id: 0 };
        let greeting = tokio::time::timeout(ANSWER, qmp.read()).await.map_err(|_| silent("to greet"))??;
        if greeting.get("QMP").is_none() {
            return Err(Failure::new(format!("what listens at {} is not QEMU", socket.display())));
        }
        qmp.execute("qmp_capabilities", json!({})).await?;
        Ok(qmp)
    }

    /// Runs a command; gives what it returned. Events that come before the answer are passed over.
    ///
    /// # Errors
    /// When QEMU refuses, does not answer in time, or is gone.
    pub async fn execute(&mut self, command: &str, arguments: Value) -> Result<Value, Failure> {
        let answer = tokio::time::timeout(ANSWER, self.ask(command, arguments)).await;
        answer.map_err(|_| silent(&format!("to answer {command}")))?
    }

    /// Runs a line of the human monitor; gives what it printed.
    ///
    /// # Errors
    /// As for [`Qmp::execute`]. That the line itself was wrong is printed text, not an error.
    pub async fn monitor(&mut self, line: &str) -> Result<String, Failure> {
        let said = self.execute("human-monitor-command", json!({ "command-line": line })).await?;
        Ok(said.as_str().unwrap_or_default().replace('\r', ""))
    }

    async fn ask(&mut self, command: &str, arguments: Value) -> Result<Value, Failure> {
        self.last_id += 1;
        let id = self.last_id;
        let mut line = json!({ "execute": command, "arguments": arguments, "id": id }).to_string();
        line.push('\n');
        self.writer.write_all(line.as_bytes()).await.map_err(|error| gone(&error))?;
        loop {
            let mut answer = self.read().await?;
            // The answer to a command whose asker gave up has another id.
            if answer.get("id").and_then(Value::as_u64) != Some(id) {
                continue;
            }
            if let Some(error) = answer.get("error") {
                let reason = error.get("desc").and_then(Value::as_str).unwrap_or("no reason given");
                return Err(Failure::new(format!("QEMU refuses {command}: {reason}")));
            }
            return Ok(answer.get_mut("return").map(Value::take).unwrap_or_default());
        }
    }

    async fn read(&mut self) -> Result<Value, Failure> {
        let mut line = String::new();
        match self.reader.read_line(&mut line).await {
            Ok(0) => Err(gone(&io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => serde_json::from_str(&line)
                .map_err(|error| Failure::from_error("QEMU said something that is not JSON", &error)),
            Err(error) => Err(gone(&error)),
        }
    }
}

/// A path to a socket that is short enough for the system, and what must stay open while it is used: a path that is too
/// long goes through the folder's open descriptor. It works in other processes too, while this one lives.
///
/// # Errors
/// When the folder cannot be opened.
pub(super) fn reachable(socket: &Path) -> io::Result<(PathBuf, Option<File>)> {
    if socket.as_os_str().len() <= LONGEST_PATH {
        return Ok((socket.to_owned(), None));
    }
    let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let folder = File::open(folder)?;
    let path = format!("/proc/{}/fd/{}", std::process::id(), folder.as_raw_fd());
    Ok((Path::new(&path).join(name), Some(folder)))
}

fn gone(error: &io::Error) -> Failure {
    Failure::new(format!("the connection to QEMU broke off: {error}"))
}

fn silent(what: &str) -> Failure {
    Failure::new(format!("QEMU takes more than {} s {what}", ANSWER.as_secs()))
        .hint("is this computer overloaded, or the disk with the work folder stuck?")
}

#[cfg(test)]
mod tests {
    use super::{Qmp, reachable};
    use serde_json::{Value, json};
    use std::path::PathBuf;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::UnixListener;

    const GREETING: &str = r#"{"QMP": {"version": {}, "capabilities": []}}"#;

    /// A socket that says `greeting`, then answers each command with the lines that `answer` gives; hangs up on none.
    fn play(greeting: &'static str, answer: fn(&str, u64) -> Vec<String>) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("qmp");
        let listener = UnixListener::bind(&socket).unwrap();
        tokio::spawn(async move {
            let (reader, mut writer) = listener.accept().await.unwrap().0.into_split();
            let mut lines = BufReader::new(reader).lines();
            writer.write_all(format!("{greeting}\r\n").as_bytes()).await.unwrap();
            while let Some(line) = lines.next_line().await.unwrap() {
                let asked: Value = serde_json::from_str(&line).unwrap();
                let answers = answer(asked["execute"].as_str().unwrap(), asked["id"].as_u64().unwrap());
                if answers.is_empty() {
                    return;
                }
                for line in answers {
                    writer.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
                }
            }
        });
        (folder, socket)
    }

    fn answers(command: &str, id: u64) -> Vec<String> {
        let late = json!({ "return": "late", "id": id + 1000 }).to_string();
        let event = json!({ "event": "RESUME", "data": {} }).to_string();
        match command {
            "crash" => Vec::new(),
            "refuse" => {
                vec![json!({ "error": { "class": "GenericError", "desc": "not now" }, "id": id }).to_string()]
            }
            "human-monitor-command" => vec![json!({ "return": "a\r\nb\r\n", "id": id }).to_string()],
            _ => vec![event, late, json!({ "return": { "status": "running" }, "id": id }).to_string()],
        }
    }

    #[tokio::test]
    async fn answers_are_told_from_events_and_late_answers() {
        let (_folder, socket) = play(GREETING, answers);
        let mut qmp = Qmp::connect(&socket).await.unwrap();
        assert_eq!(qmp.execute("query-status", json!({})).await.unwrap(), json!({ "status": "running" }));
        assert_eq!(qmp.monitor("info").await.unwrap(), "a\nb\n");
        assert_eq!(
            qmp.execute("refuse", json!({})).await.unwrap_err().message,
            "QEMU refuses refuse: not now"
        );
        let failure = qmp.execute("crash", json!({})).await.unwrap_err();
        assert_eq!(failure.message, "the connection to QEMU broke off: unexpected end of file");
    }

    #[tokio::test]
    async fn what_is_not_qemu_is_said() {
        let (_folder, socket) = play(r#"{"hello": 1}"#, answers);
        let failure = Qmp::connect(&socket).await.unwrap_err();
        assert!(failure.message.ends_with("is not QEMU"), "{failure}");
        let (_folder, socket) = play("SSH-2.0-x", answers);
        let failure = Qmp::connect(&socket).await.unwrap_err();
        assert!(failure.message.starts_with("QEMU said something that is not JSON: "), "{failure}");
    }

    #[tokio::test]
    async fn a_path_longer_than_a_socket_may_have_works_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("x".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let (near, _open) = reachable(&deep.join("qmp")).unwrap();
        let _listener = UnixListener::bind(near).unwrap();
        let (near, _open) = reachable(&deep.join("qmp")).unwrap();
        tokio::net::UnixStream::connect(near).await.unwrap();
    }
}
