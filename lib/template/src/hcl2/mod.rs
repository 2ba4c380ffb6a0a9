//! Packer's HCL2 configurations: from files to the builds that they plan.
//!
//! `hcl-edit` parses; the evaluator, the types and the functions are ours, since the places of everything, values that
//! are known only later and all mistakes at once are what matters here. What comes of it is the plan that JSON
//! templates have too, so that options, records and messages are the same.

mod build;
mod calls;
mod config;
mod data;
mod eval;
mod fmt;
mod functions;
mod guard;
mod heredoc;
mod json_body;
mod later;
mod locals;
mod loops;
mod lower;
mod names;
mod number;
mod operators;
mod options;
mod outline;
mod paths;
mod plan;
mod print;
mod recorded;
mod references;
mod requirements;
mod shared;
mod steps;
mod syntax;
mod template;
mod types;
mod unclosed;
mod upgrade;
mod value;
mod values;
mod variable_files;
mod variables;
mod version;

#[cfg(test)]
mod tests;

pub use data::{Answer, Ask};
pub use fmt::format;
pub(crate) use later::evaluate;
pub use plan::plan;
pub use upgrade::upgrade;
pub use values::{Local, Values, values};

use crate::packer_json::Template;
use crate::source::{Diagnostics, Source};
use config::Config;
use std::sync::Arc;

/// A configuration that was read.
#[derive(Debug, Clone)]
pub struct Read {
    /// All its files as one source.
    pub source: Arc<Source>,
    /// What it holds, as far as can be told without evaluating it.
    pub outline: Template,
    config: Config,
}

/// Reads a configuration without evaluating anything: what `--syntax-only` checks.
pub fn read(name: &str, files: &[Arc<Source>], diagnostics: &mut Diagnostics) -> Read {
    let source = Source::joined(name, files);
    let mut bodies = Vec::new();
    let places: Vec<_> = source.files().map(|(file, place)| (file.name.clone(), place)).collect();
    for (file, place) in places {
        bodies.push(if file.ends_with(".json") {
            json_body::body(&source, place, diagnostics)
        } else {
            lower::body(&source, place, diagnostics)
        });
    }
    let config = config::read(&source, bodies, diagnostics);
    Read { outline: outline::outline(&config), source, config }
}

/// Names of all functions that expressions can call.
pub fn functions() -> Vec<&'static str> {
    functions::known()
}

/// Whether a text of no name looks like a configuration: a line begins with one of its blocks.
pub fn is_configuration(text: &str) -> bool {
    const BLOCKS: [&str; 8] =
        ["build", "data", "local", "locals", "packer", "source", "variable", "variables"];
    if text.trim_start().starts_with(['{', '[']) {
        return false;
    }
    let word = |line: &str| {
        let end = line.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        end.map(|end| (line[..end].to_owned(), line[end..].contains(['{', '"'])))
    };
    text.lines().filter_map(word).any(|(word, opens)| opens && BLOCKS.contains(&word.as_str()))
}
