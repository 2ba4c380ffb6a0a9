//! Runs `build-ec2` and gives what it asked of AWS, said and printed.

mod aws;
mod call;

pub(crate) use aws::{Answer, Aws};
pub(crate) use call::Call;

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// The id of the build.
pub(crate) const ID: &str = "01K8AAAAAAAAAAAAAAAAAAAAAA";

/// A computer with its AWS.
pub(crate) struct Desk {
    pub(crate) aws: Aws,
    home: TempDir,
}

/// What a run left.
pub(crate) struct Run {
    pub(crate) calls: Vec<Call>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    /// AWS answers as it does when all goes well.
    pub(crate) fn new() -> Self {
        Self::with(|_| None)
    }

    /// AWS answers as `answers` says, and where that says nothing, as when all goes well.
    pub(crate) fn with(answers: impl Fn(&Call) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self { aws: Aws::start(answers), home: tempfile::tempdir().unwrap() }
    }

    /// AWS is behind a certificate that nobody has signed.
    pub(crate) fn self_signed() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { aws: Aws::start_tls(home.path()), home }
    }

    /// Writes a file in the user's home, for that user only.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Starts the tool with these arguments and this input.
    pub(crate) fn start(&self, arguments: &[&str], input: &str) -> Child {
        self.start_with(&[], arguments, input)
    }

    /// The same with more in the environment; an empty value takes out what is usual.
    fn start_with(&self, environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Child {
        let home = self.home.path();
        let (unset, set): (Vec<_>, Vec<_>) = environment.iter().partition(|(_, value)| value.is_empty());
        let mut command = Command::new(env!("CARGO_BIN_EXE_build-ec2"));
        command
            .args(arguments)
            .env_clear()
            .env("AWS_ENDPOINT_URL", self.aws.endpoint())
            .envs([("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "us-east-1")])
            .envs([("HOME", home), ("XDG_STATE_HOME", home), ("TMPDIR", home)])
            .envs(set)
            // Tools of other tests are not to be taken for this pipeline's.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, _) in unset {
            command.env_remove(name);
        }
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child
    }

    /// Runs the tool to its end.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Run {
        self.run_with(&[], arguments, input)
    }

    /// The same with more in the environment; an empty value takes out what is usual.
    pub(crate) fn run_with(&self, environment: &[(&str, &str)], arguments: &[&str], input: &str) -> Run {
        let output = self.start_with(environment, arguments, input).wait_with_output().unwrap();
        Run {
            calls: self.aws.take_calls(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the tool on a planned record with these options.
    pub(crate) fn build(&self, options: Value) -> Run {
        self.run(&[], &planned(options).to_string())
    }
}

/// Builds where all goes well, and gives what was asked.
pub(crate) fn build(options: Value) -> Run {
    let run = Desk::new().build(options);
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    run
}

/// A planned record, of a machine that is not logged in to; `options` win.
pub(crate) fn planned(options: Value) -> Value {
    let mut builder = json!({
        "region": "us-east-1", "ami_name": "web", "source_ami": "ami-1", "instance_type": "t3.micro", "communicator": "none",
        "shutdown_behavior": "stop", "max_retries": 1,
        "metadata_options": {
            "http_endpoint": "enabled", "http_tokens": "optional",
            "http_put_response_hop_limit": 1, "instance_metadata_tags": "disabled",
        },
    });
    builder.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
    json!({
        "kiln": 1, "id": ID, "build": "web", "type": "amazon-ebs", "status": "planned",
        "template": {"path": "web.json", "folder": "/", "sha256": ""}, "builder": builder,
    })
}

impl Run {
    /// The record that was printed.
    pub(crate) fn record(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{}{}", self.stdout, self.stderr))
    }

    /// All calls of an action.
    pub(crate) fn all(&self, action: &str) -> Vec<&Call> {
        self.calls.iter().filter(|call| call.action() == action).collect()
    }

    /// The one call of an action.
    pub(crate) fn only(&self, action: &str) -> &Call {
        match self.all(action)[..] {
            [call] => call,
            ref calls => panic!("{} calls of {action}\n{}", calls.len(), self.stderr),
        }
    }

    /// What the calls that change something were, in order.
    pub(crate) fn changes(&self) -> Vec<&str> {
        let reads = |action: &str| action.starts_with("Describe") || action.starts_with("Get");
        self.calls.iter().map(Call::action).filter(|action| !reads(action)).collect()
    }
}
