//! What happens when a step has failed: Packer's `-on-error`.

use crate::tty;
use clap::ValueEnum;
use record::{Build, Failure, FailureKind};

/// What to do with the machine of a failed build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OnError {
    /// Run the error-cleanup-provisioner and destroy the machine
    #[default]
    Cleanup,
    /// Leave everything as it is
    Abort,
    /// Ask on the terminal: clean up, abort, or try the step again
    Ask,
    /// Run the error-cleanup-provisioner, then leave the machine as it is
    RunCleanupProvisioner,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Take the step once more.
    Retry,
    /// Give up.
    End {
        /// Whether the error-cleanup-provisioner runs.
        clean: bool,
        /// Whether the machine stays.
        keep: bool,
    },
}

/// Decides what follows a failure. An interruption is not asked about. `hold` keeps the machine, whatever is decided.
pub(crate) async fn decide(on_error: OnError, hold: bool, failure: &Failure, build: &Build) -> Decision {
    let end = |clean, keep| Decision::End { clean, keep: keep || hold };
    match on_error {
        OnError::Cleanup => end(!hold, false),
        OnError::Abort => end(false, true),
        OnError::RunCleanupProvisioner => end(true, true),
        OnError::Ask if failure.kind == FailureKind::Interrupted => end(!hold, false),
        OnError::Ask => ask(hold, failure, build).await,
    }
}

async fn ask(hold: bool, failure: &Failure, build: &Build) -> Decision {
    let end = |clean, keep| Decision::End { clean, keep: keep || hold };
    let text = format!(
        "{}: {}\n[c] clean up and destroy the machine, [a] abort and keep it, [r] try the step again: ",
        build.name(),
        failure.message
    );
    loop {
        let Some(answer) = tty::ask(&text, build).await else {
            build.say("there is no terminal to ask on: cleaning up");
            return end(!hold, false);
        };
        match answer.trim().chars().next().map(|letter| letter.to_ascii_lowercase()) {
            None | Some('c') => return end(!hold, false),
            Some('a') => return end(false, true),
            Some('r') => return Decision::Retry,
            Some(_) => {}
        }
    }
}
