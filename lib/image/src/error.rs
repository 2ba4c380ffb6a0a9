//! What went wrong with a file, and what to do.

/// Why a disk or an appliance cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What, where and why, in one sentence: names the file.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Error {
    /// An error without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
