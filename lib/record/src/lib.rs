//! What all of Kiln's tools share at run time: the build record (`docs/record.md`), the filter loop
//! that moves records from standard input to standard output, state folders, and everything that
//! people read while a build runs.
//!
//! A tool implements [`Tool`] and hands itself to [`filter::run`]; the rest of its work goes through
//! the [`Build`] that it is given with each record.

pub mod build;
pub mod cache;
pub mod check;
pub mod cli;
pub mod document;
pub mod env;
pub mod event;
pub mod exit;
pub mod failure;
pub mod file;
pub mod filter;
pub mod mask;
pub mod process;
pub mod report;
pub mod runtime;
pub mod signal;
pub mod state;
pub mod table;
pub mod terminal;
pub mod wait;

mod fields;
mod manual;
#[path = "record.rs"]
mod record_line;

pub use build::{Build, OutputStream, StepGuard, Tail};
pub use document::{Artifact, ArtifactFile, ErrorInfo, Machine, Status, StepTaken, Template};
pub use failure::{Failure, FailureKind};
pub use filter::Tool;
pub use record_line::{Record, RecordError};
