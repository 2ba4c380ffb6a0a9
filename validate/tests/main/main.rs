//! What users of `validate` see: standard output, standard error, exit status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad;
mod command;
mod support;
mod verdicts;
