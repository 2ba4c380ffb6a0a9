//! Packer's JSON templates: from a text to the builds that it plans.

pub(crate) mod build_keys;
mod component;
pub(crate) mod elsewhere;
pub(crate) mod fix;
mod grammar;
mod model;
mod names;
mod plan;
mod variables;

pub use model::{Builder, Step, Template, Variable, Word};
pub use plan::{Plan, Planned, plan};
pub(crate) use plan::{load_data_source, plan_one};
pub use variables::Variables;
pub(crate) use variables::{circle, fetched};

use crate::engine::{Moment, Remote};
use crate::json::{self, Value};
use crate::source::{Diagnostics, Source};
use fix::Extent;
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
    /// Who is asked for the values that variables have elsewhere: `vault`, `consul_key`, `aws_secretsmanager`.
    pub remote: Option<Arc<dyn Remote>>,
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
    let template = parsed.root.map(|mut root| {
        fix::mend(source, &mut root, Extent::Needed, &mut diagnostics);
        grammar::read(source, &root, &mut diagnostics)
    });
    Read { template, diagnostics }
}

/// A template that was mended: its text, and what was done and is still wrong.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The text; nothing where it is no JSON, or a key stands twice.
    pub text: Option<String>,
    /// Every change, and what is wrong with the template's form.
    pub diagnostics: Diagnostics,
}

/// Writes what Packer's `fix` mends as it is written now, and leaves all else as it stands.
pub fn fix(source: &Arc<Source>) -> Fixed {
    let parsed = json::parse(source);
    let mut diagnostics = parsed.diagnostics;
    let Some(mut root) = parsed.root.filter(|_| !diagnostics.has_errors()) else {
        return Fixed { text: None, diagnostics };
    };
    fix::mend(source, &mut root, Extent::All, &mut diagnostics);
    let text = fix::print(source, &root);
    grammar::read(source, &root, &mut diagnostics);
    Fixed { text: Some(text), diagnostics }
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
