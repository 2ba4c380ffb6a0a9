//! One component's options: rendered, read as its type, checked.

use super::deprecated;
use super::model::Word;
use super::variables::span_in;
use crate::engine::{Problem, Scope, Text, is_plain};
use crate::json::{Member, Node, Value};
use crate::options::registry::{Entry, Sort};
use crate::options::weak::Weak;
use crate::options::{Check, Finding};
use crate::source::{Diagnostics, Source, Span};
use crate::suggest::nearest;
use serde_json::Map;
use std::sync::Arc;

/// Reads one component's options.
pub(super) struct Loader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) scope: Scope,
    pub(super) force: bool,
    pub(super) diagnostics: &'a mut Diagnostics,
}

impl Loader<'_> {
    /// Renders, reads and checks a component's options; gives them as the record carries them.
    pub(super) fn load(
        &mut self,
        sort: Sort,
        entry: &Entry,
        kind: &Word,
        options: &[Member],
    ) -> Map<String, serde_json::Value> {
        self.scope.functions = entry.functions;
        let mut broken = Vec::new();
        let rendered: Vec<Member> = options
            .iter()
            .map(|member| {
                let before = self.errors();
                let deferred = entry.deferred.iter().find(|(name, _)| name.eq_ignore_ascii_case(&member.key));
                let node = self.render(&member.node, deferred.map(|(_, dot)| *dot));
                if self.errors() > before {
                    broken.push(member.key.clone());
                }
                Member { node, ..member.clone() }
            })
            .collect();
        let whole: Vec<Member> =
            rendered.iter().filter(|member| !broken.contains(&member.key)).cloned().collect();
        let mut weak = Weak::new(&whole);
        let fields = (entry.fields)();
        broken.extend(self.unknown(sort, kind, &fields, &rendered));
        let mut check =
            Check { build: self.scope.build_name.to_string(), force: self.force, ..Check::default() };
        let object = (entry.load)(&mut weak, &mut check);
        for mistake in weak.mistakes {
            let diagnostic = self.diagnostics.error(self.source, mistake.span, mistake.message);
            diagnostic.hint = mistake.hint;
        }
        broken.extend(weak.broken);
        for finding in check.findings {
            self.finding(kind, &rendered, &broken, finding);
        }
        object
    }

    fn errors(&self) -> usize {
        self.diagnostics.all.iter().filter(|diagnostic| !diagnostic.warning).count()
    }

    /// Notes the options that the component does not know; gives those that were probably meant.
    fn unknown(&mut self, sort: Sort, kind: &Word, fields: &[&str], members: &[Member]) -> Vec<String> {
        let mut meant = Vec::new();
        for member in Weak::new(members).unknown(fields) {
            // A key that stands twice has been reported.
            let is_second = fields.contains(&member.key.as_str());
            if is_second || member.key.starts_with("packer_") || member.key == "type" {
                continue;
            }
            let near = nearest(&member.key, fields.iter().copied());
            meant.extend(near.map(str::to_owned));
            let message = format!("{} '{}' has no option '{}'", sort.word(), kind.text, member.key);
            let hint = match (deprecated::advice(sort, &kind.text, &member.key), near) {
                (Some(advice), _) => advice.to_owned(),
                (None, Some(near)) => format!("did you mean '{near}'?"),
                (None, None) if member.key.starts_with('_') || member.key.contains("comment") => {
                    "comments can stand at the root of a template only, as \"_name\": \"text\"".to_owned()
                }
                (None, None) if fields.len() <= 20 => format!("its options: {}", fields.join(", ")),
                (None, None) => String::new(),
            };
            let diagnostic = self.diagnostics.error(self.source, member.key_span.clone(), message);
            diagnostic.hint = Some(hint).filter(|hint| !hint.is_empty());
        }
        meant
    }

    /// Renders all texts in a value, or only checks them where that is left to the tools.
    pub(super) fn render(&mut self, node: &Node, deferred: Option<&[&str]>) -> Node {
        let value = match &node.value {
            Value::String(text) => Value::String(self.text(text, &node.span, deferred)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.render(item, deferred)).collect())
            }
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| Member {
                        key: self.text(&member.key, &member.key_span, deferred),
                        key_span: member.key_span.clone(),
                        node: self.render(&member.node, deferred),
                    })
                    .collect(),
            ),
            other => other.clone(),
        };
        Node::new(node.span.clone(), value)
    }

    fn text(&mut self, text: &str, span: &Span, deferred: Option<&[&str]>) -> String {
        if is_plain(text) {
            return text.to_owned();
        }
        let problems = match Text::parse(text) {
            Err(problem) => vec![problem],
            Ok(parsed) => {
                let problems = parsed.check(&self.scope, deferred);
                if deferred.is_some() || problems.iter().any(|problem| !problem.warning) {
                    problems
                } else {
                    match parsed.render(&self.scope) {
                        Ok(rendered) => {
                            self.problems(span, problems);
                            return rendered;
                        }
                        Err(problem) => vec![problem],
                    }
                }
            }
        };
        self.problems(span, problems);
        text.to_owned()
    }

    fn problems(&mut self, span: &Span, problems: Vec<Problem>) {
        for problem in problems {
            let place = span_in(self.source, span, &problem);
            let diagnostic = self.diagnostics.error(self.source, place, problem.message);
            diagnostic.hint = problem.hint;
            diagnostic.warning = problem.warning;
        }
    }

    /// Puts what a check found at its place: the option's value, else the component's type.
    pub(super) fn finding(&mut self, kind: &Word, members: &[Member], broken: &[String], finding: Finding) {
        let root = finding.path.split(['.', '[']).next().unwrap_or_default();
        let is_known_bad = broken.iter().any(|name| name.eq_ignore_ascii_case(root));
        // What is said of the whole may only follow from an option that was left out.
        if is_known_bad || (root.is_empty() && !broken.is_empty()) {
            return;
        }
        let span = locate(members, &finding.path).unwrap_or_else(|| kind.span.clone());
        let message = if span == kind.span && !finding.message.contains(&kind.text) {
            format!("{}: {}", kind.text, finding.message)
        } else {
            finding.message
        };
        let diagnostic = self.diagnostics.error(self.source, span, message);
        diagnostic.hint = finding.hint;
        diagnostic.warning = finding.warning;
    }
}

/// Finds the value at a path such as `launch_block_device_mappings[0].iops`, or the last one on the way to it.
pub(super) fn locate(members: &[Member], path: &str) -> Option<Span> {
    let mut found: Option<&Member> = None;
    let mut node: Option<&Node> = None;
    for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')) {
        let next = match node.map(|node| &node.value) {
            None => crate::json::find(members, step).map(|member| (Some(member), &member.node)),
            Some(Value::Object(members)) => {
                crate::json::find(members, step).map(|member| (Some(member), &member.node))
            }
            Some(Value::Array(items)) => {
                step.parse::<usize>().ok().and_then(|at| items.get(at)).map(|item| (None, item))
            }
            // One value stands for a list of one.
            Some(_) if step == "0" => node.map(|node| (None, node)),
            Some(_) => None,
        };
        let Some((member, next)) = next else { break };
        found = member.or(found);
        node = Some(next);
    }
    let node = node?;
    match (&node.value, found) {
        (Value::Object(_) | Value::Array(_), Some(member)) => Some(member.key_span.clone()),
        _ => Some(node.span.clone()),
    }
}
