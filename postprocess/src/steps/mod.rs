//! The post-processors, a module each.

mod artifice;
mod checksum;
mod compress;
mod hash;
mod manifest;
mod run;
mod shell_local;

pub use run::Run;

use crate::ledger::KeepRule;
use record::{Artifact, Build, Failure, Record};
use serde_json::{Map, Value};
use std::sync::Arc;
use template::options::post_processor::artifice::Artifice;
use template::options::post_processor::checksum::Checksum;
use template::options::post_processor::compress::Compress;
use template::options::post_processor::manifest::Manifest;
use template::options::post_processor::shell_local::ShellLocalPostProcessor;
use template::options::{OptionSet, read};

/// What a step works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The build in hand.
    pub build: Build,
    /// Its record.
    pub record: Arc<Record>,
    /// What all builds of this process share.
    pub run: Arc<Run>,
}

/// A post-processor with its options.
#[derive(Debug, Clone)]
pub struct Step {
    kind: Kind,
    /// The name that people know it by.
    pub name: String,
    /// `keep_input_artifact`, where the user has said it.
    pub keep: Option<bool>,
}

#[derive(Debug, Clone)]
enum Kind {
    Artifice(Artifice),
    Checksum(Checksum),
    Compress(Compress),
    Manifest(Manifest),
    ShellLocal(Box<ShellLocalPostProcessor>),
}

/// Reads options into a kind of step.
type Reader = fn(&Map<String, Value>) -> Result<Kind, Failure>;

/// Every post-processor: its type and how its options are read.
#[rustfmt::skip] // One a line.
const KINDS: [(&str, Reader); 5] = [
    ("artifice", |options| options_of(options, Kind::Artifice)),
    ("checksum", |options| options_of(options, Kind::Checksum)),
    ("compress", |options| options_of(options, Kind::Compress)),
    ("manifest", |options| options_of(options, Kind::Manifest)),
    ("shell-local", |options| options_of(options, |options| Kind::ShellLocal(Box::new(options)))),
];

fn options_of<T: OptionSet>(options: &Map<String, Value>, kind: fn(T) -> Kind) -> Result<Kind, Failure> {
    read(options).map(kind)
}

impl Step {
    /// Reads one entry of a sequence.
    ///
    /// # Errors
    /// When its type is not known, or an option is not as it should be.
    pub fn read(options: &Map<String, Value>) -> Result<Self, Failure> {
        let text = |key: &str| options.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let kind = text("type").unwrap_or_default();
        let Some((_, reader)) = KINDS.iter().find(|(known, _)| *known == kind) else {
            let known = KINDS.map(|(known, _)| known).join(", ");
            return Err(Failure::new(format!("unknown post-processor '{kind}'"))
                .hint(format!("this version has {known}")));
        };
        let name = text("name").unwrap_or(kind);
        let read = reader(options).map_err(|failure| failure.context(name))?;
        let keep = options.get("keep_input_artifact").and_then(Value::as_bool);
        Ok(Self { kind: read, name: name.to_owned(), keep })
    }

    /// What becomes of the input by default (Packer 1.16).
    pub fn rule(&self) -> KeepRule {
        let (default, forced) = match self.kind {
            Kind::Artifice(_) => (true, false),
            Kind::Compress(_) => (false, false),
            Kind::Checksum(_) | Kind::Manifest(_) | Kind::ShellLocal(_) => (true, true),
        };
        KeepRule { default, forced }
    }

    /// Whether what it gives are files of the user's.
    pub fn gives_users_files(&self) -> bool {
        matches!(self.kind, Kind::Artifice(_))
    }

    /// Makes of the input what it is to make, and gives what the next step gets.
    ///
    /// # Errors
    /// When it cannot; nothing half-made is left then.
    pub async fn run(self, context: Context, input: Vec<Artifact>) -> Result<Vec<Artifact>, Failure> {
        match self.kind {
            Kind::ShellLocal(options) => shell_local::run(&options.local, &context, input).await,
            kind => tokio::task::spawn_blocking(move || run_blocking(kind, &context, input))
                .await
                .unwrap_or_else(|error| Err(Failure::from_error("the step broke off", &error))),
        }
    }
}

fn run_blocking(kind: Kind, context: &Context, input: Vec<Artifact>) -> Result<Vec<Artifact>, Failure> {
    match kind {
        Kind::Artifice(options) => artifice::run(&options.artifice),
        Kind::Checksum(options) => checksum::run(&options.checksum, context, input),
        Kind::Compress(options) => compress::run(&options.compress, context, &input),
        Kind::Manifest(options) => manifest::run(&options.manifest, context, input),
        Kind::ShellLocal(_) => Ok(input),
    }
}
