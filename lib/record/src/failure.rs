//! Why a build or a command failed, in the one form that both people and records get.

use crate::document::ErrorInfo;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailureKind {
    /// The build failed.
    #[default]
    Build,
    /// The command line or the input cannot be used.
    Usage,
    /// Somebody stopped it.
    Interrupted,
}

/// A failure: what, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What sort it is.
    pub kind: FailureKind,
    /// The step in which it happened, where the failure knows better than the running step.
    pub step: Option<String>,
    /// What went wrong and why, in one or a few lines.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The last lines of output, where a command failed.
    pub output: Vec<String>,
}

impl Failure {
    /// A failed build.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A command line or an input that cannot be used.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: FailureKind::Usage, ..Self::new(message) }
    }

    /// A build that somebody stopped.
    pub fn interrupted() -> Self {
        Self { kind: FailureKind::Interrupted, ..Self::new("interrupted") }
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names the step.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.step = Some(step.into());
        self
    }

    /// Adds the last lines of a command's output.
    #[must_use]
    pub fn with_output(mut self, tail: &crate::build::Tail) -> Self {
        self.output = tail.lines();
        self
    }

    /// Puts what was being done before the message: `context: message`.
    #[must_use]
    pub fn context(mut self, context: impl std::fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Wraps an error with all its causes: `what: error: cause: …`.
    pub fn from_error(what: impl std::fmt::Display, error: &(dyn std::error::Error + 'static)) -> Self {
        Self::new(format!("{what}: {}", chain(error)))
    }

    /// The failure as a record carries it.
    pub fn info(&self, tool: &str, step: &str) -> ErrorInfo {
        ErrorInfo {
            tool: tool.to_owned(),
            step: self.step.clone().unwrap_or_else(|| step.to_owned()),
            message: self.message.clone(),
            hint: self.hint.clone(),
            output: self.output.clone(),
            log: None,
            interrupted: self.kind == FailureKind::Interrupted,
        }
    }
}

/// An I/O error's reason without its number, which tells people nothing.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// An error and its causes in one line, without repeating what a cause's wrapper already says.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
