//! What users of `validate` see: standard output, standard error, exit status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad;
mod command;
mod data;
mod findings;
mod fmt;
mod hcl2;
mod hostile;
mod inspect;
mod lock;
mod mistakes;
mod plan;
mod remote;
mod support;
mod template_schema;
mod upgrade;
mod verdicts;
mod vocabulary;
