//! What the checks of a component's options find.

use crate::engine::Moment;
use crate::source::Code;

/// Something wrong, or maybe wrong, with an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What sort of finding it is.
    pub code: Code,
    /// Where: an option's name, or a path such as `launch_block_device_mappings[0].iops`; empty for the component itself.
    pub path: String,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it only may be wrong.
    pub warning: bool,
}

impl Finding {
    /// Says more exactly what sort of finding it is.
    pub fn code(&mut self, code: Code) -> &mut Self {
        self.code = code;
        self
    }

    /// Says what to do.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Gathers findings, all of them, and tells a check what it may ask.
#[derive(Debug, Default)]
pub struct Check {
    /// The build's name.
    pub build: String,
    /// The run's time, for names that are made of it.
    pub moment: Moment,
    /// Whether `--force` was given.
    pub force: bool,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Check {
    /// Notes something wrong with the option at `path`.
    pub fn error(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.add(path.into(), message.into(), false)
    }

    /// Notes that the option at `path` is not given and has to be.
    pub fn missing(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.error(path, message).code(Code::MissingOption)
    }

    /// Notes something that may be wrong with the option at `path`.
    pub fn warning(&mut self, path: impl Into<String>, message: impl Into<String>) -> &mut Finding {
        self.add(path.into(), message.into(), true)
    }

    fn add(&mut self, path: String, message: String, warning: bool) -> &mut Finding {
        let code = if warning { Code::DoubtfulOption } else { Code::InvalidOption };
        self.findings.push(Finding { code, path, message, hint: None, warning });
        self.findings.last_mut().expect("pushed above")
    }
}
