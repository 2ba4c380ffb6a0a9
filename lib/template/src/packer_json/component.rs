//! One component's options: rendered, read as its type, checked.

use super::fix::{Extent, mend_component};
use super::model::Word;
use super::variables::{span_in, span_in_hcl};
use crate::engine::{Dot, Machine, Problem, Scope, Text, is_plain};
use crate::json::{Member, Node, Value};
use crate::late;
use crate::options::registry::{Entry, Sort};
use crate::options::weak::{Manner, Weak};
use crate::options::{Check, Finding};
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::nearest;
use serde_json::Map;
use std::sync::Arc;

/// Reads one component's options.
pub(super) struct Loader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) scope: Scope,
    pub(super) force: bool,
    /// How HCL2 reads options; nothing for JSON.
    pub(super) manner: Option<Arc<Manner>>,
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
        let mut options = options.to_vec();
        // A JSON template is mended as a whole when it is read.
        if self.manner.is_some() {
            mend_component(self.source, sort, &kind.text, &mut options, Extent::Needed, self.diagnostics);
        }
        let (options, placeholders) = self.placeholders(&options);
        let mut broken: Vec<String> = placeholders.iter().map(|member| member.key.clone()).collect();
        let rendered: Vec<Member> = options
            .into_iter()
            .map(|member| {
                let before = self.errors();
                let node = self.render_option(sort, entry, member);
                if self.errors() > before {
                    broken.push(member.key.clone());
                }
                Member { node, ..member.clone() }
            })
            .collect();
        let whole: Vec<Member> =
            rendered.iter().filter(|member| !broken.contains(&member.key)).cloned().collect();
        let mut weak = Weak::in_manner(&whole, self.manner.clone());
        let fields = (entry.fields)();
        let all: Vec<Member> = rendered.iter().chain(placeholders.iter().copied()).cloned().collect();
        broken.extend(self.unknown(sort, kind, &fields, &all));
        let mut check = Check {
            build: self.scope.build_name.to_string(),
            moment: self.scope.moment,
            force: self.force,
            ..Check::default()
        };
        let mut object = (entry.load)(&mut weak, &mut check);
        object.extend(placeholders.iter().map(|member| (member.key.clone(), member.node.to_json())));
        for mistake in weak.mistakes {
            if let Some(member) = self.open_at(&whole, &mistake.span) {
                object.insert(member.key.clone(), member.node.to_json());
                continue;
            }
            let diagnostic =
                self.diagnostics.error(Code::WrongType, self.source, mistake.span, mistake.message);
            diagnostic.hint = mistake.hint;
        }
        broken.extend(weak.broken);
        for finding in check.findings {
            self.finding(kind, &rendered, &broken, finding);
        }
        object
    }

    /// The option of HCL2 in which a text stands whose value the tools find out: only they can tell whether it is of the type.
    fn open_at<'m>(&self, members: &'m [Member], span: &Span) -> Option<&'m Member> {
        let _ = self.manner.as_ref()?;
        members.iter().find(|member| is_open_at(&member.node, span))
    }

    /// The dot variables of a deferred option. Steps see what the machine says of the build as well.
    fn dot(&self, sort: Sort, own: &'static [&'static str]) -> Dot {
        match (sort, &self.scope.machine) {
            (Sort::Builder, _) => Dot::Known(own.to_vec()),
            (_, Machine::Later(Some(machine))) => Dot::Known([own, machine].concat()),
            _ => Dot::Anything,
        }
    }

    /// Tells the options whose values are placeholders from the others.
    fn placeholders<'m>(&self, options: &'m [Member]) -> (Vec<&'m Member>, Vec<&'m Member>) {
        let is_placeholder = |member: &&Member| {
            self.manner.as_ref().is_some_and(|manner| manner.placeholders.contains(&member.key_span))
        };
        options.iter().partition(|member| !is_placeholder(member))
    }

    fn errors(&self) -> usize {
        self.diagnostics.all.iter().filter(|diagnostic| !diagnostic.warning).count()
    }

    /// Notes the options that the component does not know; gives those that were probably meant.
    fn unknown(&mut self, sort: Sort, kind: &Word, fields: &[&str], members: &[Member]) -> Vec<String> {
        let mut meant = Vec::new();
        for member in Weak::in_manner(members, self.manner.clone()).unknown(fields) {
            // A key that stands twice has been reported.
            let is_second = fields.contains(&member.key.as_str());
            let is_common = member.key.starts_with("packer_") || member.key == "type";
            if is_second || (is_common && self.manner.is_none()) {
                continue;
            }
            let near = nearest(&member.key, fields.iter().copied());
            meant.extend(near.map(str::to_owned));
            let message = format!("{} '{}' has no option '{}'", sort.word(), kind.text, member.key);
            let hint = match near {
                Some(near) => format!("did you mean '{near}'?"),
                None if self.manner.is_none() && member.key.starts_with('_')
                    || member.key.contains("comment") =>
                {
                    "comments can stand at the root of a template only, as \"_name\": \"text\"".to_owned()
                }
                None if fields.len() <= 20 => format!("its options: {}", fields.join(", ")),
                None => String::new(),
            };
            let diagnostic =
                self.diagnostics.error(Code::UnknownOption, self.source, member.key_span.clone(), message);
            diagnostic.hint = Some(hint).filter(|hint| !hint.is_empty());
        }
        meant
    }

    /// Renders an option, but for what is left to the tools in it.
    fn render_option(&mut self, sort: Sort, entry: &Entry, member: &Member) -> Node {
        let is = |name: &str| name.eq_ignore_ascii_case(&member.key);
        if let Some((_, own)) = entry.deferred.iter().find(|(name, _)| is(name)) {
            let dot = self.dot(sort, own);
            return self.render(&member.node, Some(&dot));
        }
        let inner = entry.deferred.iter().filter_map(|(name, own)| {
            let (outer, inner) = name.split_once('.')?;
            is(outer).then(|| (inner, self.dot(sort, own)))
        });
        let inner: Vec<(&str, Dot)> = inner.collect();
        self.render_within(&member.node, &inner)
    }

    /// Renders the texts of objects, but for those options in them that are left to the tools.
    fn render_within(&mut self, node: &Node, inner: &[(&str, Dot)]) -> Node {
        let value = match &node.value {
            Value::Array(items) if !inner.is_empty() => {
                Value::Array(items.iter().map(|item| self.render_within(item, inner)).collect())
            }
            Value::Object(members) if !inner.is_empty() => Value::Object(
                members
                    .iter()
                    .map(|member| {
                        let dot = inner.iter().find(|(name, _)| name.eq_ignore_ascii_case(&member.key));
                        let node = self.render(&member.node, dot.map(|(_, dot)| dot));
                        Member { node, ..member.clone() }
                    })
                    .collect(),
            ),
            _ => return self.render(node, None),
        };
        Node::new(node.span.clone(), value)
    }

    /// Renders all texts in a value, or only checks them where that is left to the tools.
    pub(super) fn render(&mut self, node: &Node, deferred: Option<&Dot>) -> Node {
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

    /// Renders the texts of a component that is not known here, where all that they name is known; the others stay.
    pub(super) fn foreign(&mut self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Array(items) => Value::Array(items.iter().map(|item| self.foreign(item)).collect()),
            Value::Object(members) => Value::Object(
                members
                    .iter()
                    .map(|member| Member { node: self.foreign(&member.node), ..member.clone() })
                    .collect(),
            ),
            Value::String(text) if !is_plain(text) => match Text::parse(text) {
                Ok(parsed)
                    if parsed.uses().fields.is_empty()
                        && parsed.check(&self.scope, None).iter().all(|problem| problem.warning) =>
                {
                    Value::String(self.text(text, &node.span, None))
                }
                Ok(_) => node.value.clone(),
                Err(problem) => {
                    self.problems(&node.span, text, vec![problem]);
                    node.value.clone()
                }
            },
            other => other.clone(),
        };
        Node::new(node.span.clone(), value)
    }

    fn text(&mut self, text: &str, span: &Span, deferred: Option<&Dot>) -> String {
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
                            self.problems(span, text, problems);
                            return rendered;
                        }
                        Err(problem) => vec![problem],
                    }
                }
            }
        };
        self.problems(span, text, problems);
        text.to_owned()
    }

    fn problems(&mut self, span: &Span, text: &str, problems: Vec<Problem>) {
        /// What is told of one text. Each has to be looked for, and nobody reads more.
        const TOLD: usize = 100;
        let more = problems.len().saturating_sub(TOLD);
        if more > 0 {
            let message = format!("{more} more places in this text are wrong");
            self.diagnostics.error(problems[TOLD].code, self.source, span.clone(), message).warning =
                problems[TOLD..].iter().all(|problem| problem.warning);
        }
        for problem in problems.into_iter().take(TOLD) {
            let place = match self.manner {
                Some(_) => span_in_hcl(self.source, span, text, &problem),
                None => span_in(self.source, span, &problem),
            };
            let diagnostic = self.diagnostics.error(problem.code, self.source, place, problem.message);
            diagnostic.hint = problem.hint;
            diagnostic.warning = problem.warning;
        }
    }

    /// Puts what a check found at its place: the option's value, else the component's type.
    pub(super) fn finding(&mut self, kind: &Word, members: &[Member], broken: &[String], finding: Finding) {
        let root = finding.path.split(['.', '[']).next().unwrap_or_default();
        // 'source_ami' is not missing where 'source_ami_filter' could not be read.
        let is_kin = |name: &String| name.strip_prefix(root).is_some_and(|rest| rest.starts_with('_'));
        let is_known_bad =
            broken.iter().any(|name| name.eq_ignore_ascii_case(root) || (!root.is_empty() && is_kin(name)));
        // What is said of the whole may only follow from an option that was left out.
        if is_known_bad || (root.is_empty() && !broken.is_empty()) {
            return;
        }
        if self.manner.is_some() && walk(members, &finding.path).is_some_and(|(_, node)| is_open(node)) {
            return;
        }
        let span = locate(members, &finding.path).unwrap_or_else(|| kind.span.clone());
        let message = if span == kind.span && !finding.message.contains(&kind.text) {
            format!("{}: {}", kind.text, finding.message)
        } else {
            finding.message
        };
        let diagnostic = self.diagnostics.error(finding.code, self.source, span, message);
        diagnostic.hint = finding.hint;
        diagnostic.warning = finding.warning;
    }
}

/// Finds the value at a path such as `launch_block_device_mappings[0].iops`, or the last one on the way to it.
pub(super) fn locate(members: &[Member], path: &str) -> Option<Span> {
    let (found, node) = walk(members, path)?;
    match (&node.value, found) {
        (Value::Object(_) | Value::Array(_), Some(member)) => Some(member.key_span.clone()),
        _ => Some(node.span.clone()),
    }
}

/// The last value on the way along a path, and the last key.
fn walk<'m>(members: &'m [Member], path: &str) -> Option<(Option<&'m Member>, &'m Node)> {
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
    Some((found, node?))
}

/// Whether a value is a text that the tools evaluate.
fn is_open(node: &Node) -> bool {
    node.as_str().is_some_and(late::is_open)
}

fn is_open_at(node: &Node, span: &Span) -> bool {
    match &node.value {
        Value::Array(items) => items.iter().any(|item| is_open_at(item, span)),
        Value::Object(members) => members.iter().any(|member| is_open_at(&member.node, span)),
        _ => node.span == *span && is_open(node),
    }
}
