//! Running VMware's programs.

use record::process::MARK;
use record::{Build, Failure};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long a machine's start may go on when the build is cancelled.
const STARTING: Duration = Duration::from_secs(60);

/// What a program said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether it went well.
    pub good: bool,
    /// Both of its outputs: VMware's programs say what is wrong on either.
    pub text: String,
}

/// Runs a program to its end.
///
/// Its outputs are files, not pipes: what `vmrun start` leaves running may hold them open.
///
/// # Errors
/// When it cannot be started, and as an interruption when the build is cancelled.
pub async fn run(program: &Path, arguments: &[&str], build: &Build) -> Result<Said, Failure> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let failed = |error: std::io::Error| Failure::new(format!("cannot run {}: {error}", program.display()));
    let mut output = tempfile::tempfile().map_err(failed)?;
    let same = || output.try_clone().map(Stdio::from);
    let mut command = Command::new(program);
    // So that sweep ends a call that a killed tool left; what `start` leaves running has to live.
    let starts = arguments.contains(&"start");
    if !starts {
        command.env(MARK, build.id());
    }
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(same().map_err(failed)?)
        .stderr(same().map_err(failed)?)
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let status = tokio::select! {
        status = child.wait() => status.map_err(failed)?,
        () = build.cancelled() => {
            if starts {
                // What it starts is known, and can be stopped, only when it is through.
                let _ = tokio::time::timeout(STARTING, child.wait()).await;
            }
            let _ = child.kill().await;
            return Err(Failure::interrupted());
        }
    };
    use std::io::Seek;
    let mut text = Vec::new();
    output.rewind().and_then(|()| output.read_to_end(&mut text)).map_err(failed)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    tracing::debug!(program = %name, ?arguments, %status, %text, "ran");
    Ok(Said { good: status.success(), text })
}

impl Said {
    /// The text, where it went well.
    ///
    /// # Errors
    /// What the program said, where it did not.
    pub fn or_fail(self, what: &str) -> Result<String, Failure> {
        if self.good {
            return Ok(self.text);
        }
        let text = self.text.trim();
        let text = text.strip_prefix("Error: ").unwrap_or(text);
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut failure =
            Failure::new(format!("{what}: {}", if first.is_empty() { "no reason is said" } else { first }));
        failure.output = rest.lines().map(str::to_owned).collect();
        Err(failure)
    }
}
