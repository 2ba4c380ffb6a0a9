//! The tool that knows a platform, asked for what a template wants to know of it: `build-ec2 --data` for AWS.

use record::Failure;
use record::cli::sibling;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use template::hcl2;

/// The tool that knows AWS. It runs from the first question on until the last holder of this is gone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aws {
    child: Arc<Mutex<Option<Running>>>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// What it answers.
#[derive(Deserialize)]
struct Answer {
    value: Option<Map<String, Value>>,
    #[serde(default)]
    secrets: Vec<String>,
    message: Option<String>,
    hint: Option<String>,
}

impl Aws {
    /// What a data source of this type and with these options gives.
    ///
    /// # Errors
    /// When the tool cannot be run, or has no answer.
    pub(crate) fn ask(&self, kind: &str, options: &Map<String, Value>) -> Result<hcl2::Answer, Failure> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match child.as_mut() {
            Some(running) => running.ask(kind, options),
            None => Running::start().and_then(|running| child.insert(running).ask(kind, options)),
        };
        let answer = answer.map_err(|error| {
            Failure::new(format!("'{} --data' gave no answer: {error}", sibling(TOOL).display()))
                .hint(format!("'{TOOL}' must stand beside 'validate' or on PATH"))
        })?;
        match answer {
            Answer { value: Some(value), secrets, .. } => Ok(hcl2::Answer { value, secrets }),
            Answer { message, hint, .. } => {
                Err(Failure { hint, ..Failure::new(message.unwrap_or_else(|| String::from("no value"))) })
            }
        }
    }
}

const TOOL: &str = "build-ec2";

impl Running {
    fn start() -> std::io::Result<Self> {
        let mut child =
            Command::new(sibling(TOOL)).arg("--data").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.ok_or(std::io::ErrorKind::BrokenPipe)?);
        Ok(Self { child, questions, answers })
    }

    fn ask(&mut self, kind: &str, options: &Map<String, Value>) -> std::io::Result<Answer> {
        let mut questions = self.questions.as_ref().ok_or(std::io::ErrorKind::BrokenPipe)?;
        writeln!(questions, "{}", json!({ "type": kind, "options": options }))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() {
            self.questions = None;
            return Err(std::io::Error::other(self.child.wait()?.to_string()));
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends with its questions.
        self.questions = None;
        let _ = self.child.wait();
    }
}
