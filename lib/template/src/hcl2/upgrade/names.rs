//! What variables and sources are called in HCL2, and what is known of their values.

use super::body::is_name;
use super::text::{is_templates_only, literal, needs_local, sole_variable};
use crate::packer_json::{Template, Variable, fetched};
use std::collections::{BTreeMap, BTreeSet};

/// What things of the template are called in HCL2.
#[derive(Default)]
pub(super) struct Names {
    /// Variables: their names there, and whether they are local values there.
    pub(super) variables: BTreeMap<String, (String, bool)>,
    /// Variables that are not empty unless somebody says so.
    filled: BTreeSet<String>,
    /// Variables that a keeper of secrets is asked for.
    pub(super) fetched: BTreeSet<String>,
    /// Variables of the environment that local values need.
    pub(super) environment: BTreeMap<String, String>,
    /// Variables that nobody declares; they give an empty text.
    undeclared: Vec<String>,
    /// Whether the time of the run is wanted.
    timestamp: bool,
    /// Sources: their types and names.
    pub(super) sources: Vec<(String, String)>,
}

impl Names {
    pub(super) fn of(template: &Template) -> Self {
        let values =
            template.variables.iter().filter_map(|one| Some((one.name.text.as_str(), default(one)?)));
        let mut names = Self { fetched: fetched(values), ..Self::default() };
        for variable in &template.variables {
            let local = default(variable).is_some_and(needs_local);
            let name = names.free(&variable.name.text);
            names.variables.insert(variable.name.text.clone(), (name, local));
            if default(variable).is_none_or(|text| !text.is_empty() && !text.contains("{{")) {
                names.filled.insert(variable.name.text.clone());
            }
        }
        names
    }

    /// A name of HCL2 for a variable that nothing else has.
    fn free(&self, wanted: &str) -> String {
        let taken = |name: &str| {
            self.variables.values().any(|(taken, _)| taken == name)
                || self.environment.values().any(|taken| taken == name)
        };
        free(wanted, taken)
    }

    /// Whether a text with templates may come to nothing.
    pub(super) fn may_be_empty(&self, text: &str) -> bool {
        sole_variable(text).is_none_or(|name| !self.filled.contains(&name)) && is_templates_only(text)
    }

    /// `var.NAME` or `local.NAME`.
    pub(super) fn variable(&mut self, name: &str) -> String {
        if !self.variables.contains_key(name) {
            let there = self.free(name);
            self.variables.insert(name.to_owned(), (there.clone(), false));
            self.undeclared.push(there);
        }
        match self.variables.get(name) {
            Some((name, true)) => format!("local.{name}"),
            Some((name, false)) => format!("var.{name}"),
            None => String::new(),
        }
    }

    /// `env("NAME")` is known in defaults only: elsewhere it is a variable's.
    pub(super) fn environment(&mut self, name: &str) -> String {
        if !self.environment.contains_key(name) {
            let there = self.free(&format!("env_{name}"));
            self.environment.insert(name.to_owned(), there);
        }
        self.environment.get(name).map(|name| format!("var.{name}")).unwrap_or_default()
    }

    /// Seconds since 1970, as the old function gives them.
    pub(super) fn timestamp(&mut self) -> String {
        self.timestamp = true;
        "local.unix_timestamp".to_owned()
    }

    /// The variables and local values that the others need.
    pub(super) fn helpers(&self) -> String {
        let mut text = String::new();
        for (name, there) in &self.environment {
            text +=
                &format!("variable \"{there}\" {{\ntype = string\ndefault = env({})\n}}\n\n", literal(name));
        }
        for there in &self.undeclared {
            text += "# The template names this variable, but does not declare it.\n";
            text += &format!("variable \"{there}\" {{\ntype = string\ndefault = \"\"\n}}\n\n");
        }
        if self.timestamp {
            text += "# What {{timestamp}} gives: seconds since 1970.\nlocals {\nunix_timestamp = format(\"%d\", rfc3339_parse(timestamp()).unix)\n}\n\n";
        }
        text
    }
}

/// A name of HCL2 out of any text, which is not taken. Words of the language are names only where they stand in quotes.
pub(super) fn free(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let kept = |letter: char| if letter.is_alphanumeric() || "_-".contains(letter) { letter } else { '_' };
    let mut name: String = wanted.chars().map(kept).collect();
    if !is_name(&name) {
        name.insert(0, '_');
    }
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(name)
}

/// A variable's default. One that names itself is one that must be given.
pub(super) fn default(variable: &Variable) -> Option<&str> {
    let text = &variable.default.as_ref()?.text;
    (sole_variable(text).as_ref() != Some(&variable.name.text)).then_some(text)
}
