//! Packer's JSON templates: from a text to the builds that it plans.

mod component;
mod deprecated;
mod grammar;
mod model;
mod names;
mod plan;
mod variables;

pub use model::{Builder, Step, Template, Variable, Word};
pub use plan::{Plan, Planned, plan};
pub use variables::Variables;

use crate::engine::Moment;
use crate::json::{self, Value};
use crate::source::{Diagnostics, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the command line and the environment say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `-var name=value`, in their order.
    pub variables: Vec<(String, String)>,
    /// `-var-file`, in their order.
    pub variable_files: Vec<Arc<Source>>,
    /// `PKR_VAR_name`.
    pub environment: BTreeMap<String, String>,
    /// `-only`: names of builds.
    pub only: Vec<String>,
    /// `-except`: names of builds and of post-processors.
    pub except: Vec<String>,
    /// `-force`
    pub force: bool,
    /// Whether builders that this version does not know are passed on.
    pub allow_unknown: bool,
    /// The run's time.
    pub moment: Moment,
}

/// A template that was read: its parts, and all that is wrong with them.
#[derive(Debug, Clone)]
pub struct Read {
    /// The parts; nothing where the text is no JSON.
    pub template: Option<Template>,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

/// Reads a template without rendering anything: what `--syntax-only` checks.
pub fn read(source: &Arc<Source>) -> Read {
    let parsed = json::parse(source);
    let mut diagnostics = parsed.diagnostics;
    let template = parsed.root.map(|root| grammar::read(source, &root, &mut diagnostics));
    Read { template, diagnostics }
}

/// Whether a text looks like a template: an object with builders. So a folder's other JSON files are told apart.
pub fn is_template(source: &Arc<Source>) -> bool {
    match json::parse(source).root.map(|root| root.value) {
        Some(Value::Object(members)) => json::find(&members, "builders").is_some(),
        Some(_) => false,
        // Malformed, so it can only be guessed.
        None => source.text.contains("\"builders\""),
    }
}
