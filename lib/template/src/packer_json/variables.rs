//! User variables: where their values come from, and how they are rendered.
//!
//! Later ones win: defaults, `PKR_VAR_name`, variable files in their order, `-var`. Then all values are rendered, in
//! the order in which they need one another.

use super::Settings;
use super::model::{Template, Word};
use crate::engine::{Problem, Scope, Text, is_plain};
use crate::json::{self, offset_in_text};
use crate::source::{Diagnostics, Source, Span};
use crate::suggest::nearest;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value before it is rendered, and where it stands.
#[derive(Debug, Clone)]
struct Raw {
    text: String,
    place: Option<(Arc<Source>, Span)>,
    /// How it was given, where it stands in no file.
    given: &'static str,
}

/// A value that waits for others: its name, itself, what it needs and where it says so.
struct Waiting<'a> {
    name: &'a str,
    raw: &'a Raw,
    needs: Vec<(String, usize)>,
}

/// The variables of a template, resolved.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// All that could be rendered.
    pub values: BTreeMap<String, String>,
    /// The values that must not be shown, as they are and as they were given.
    pub secrets: Vec<String>,
}

/// Finds all values and renders them in `scope`.
pub(super) fn resolve(
    source: &Arc<Source>,
    template: &Template,
    settings: &Settings,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> Variables {
    let raw = gather(source, template, settings, diagnostics);
    let mut secrets: Vec<String> = Vec::new();
    let is_secret = |name: &str| template.sensitive.iter().any(|word| word.text == *name);
    secrets.extend(
        raw.iter()
            .filter(|(name, raw)| is_secret(name) && !is_call(&raw.text))
            .map(|(_, raw)| raw.text.clone()),
    );
    let values = render(source, &raw, scope, diagnostics);
    secrets.extend(values.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()));
    Variables { values, secrets }
}

/// A value that only calls functions is no secret itself.
fn is_call(text: &str) -> bool {
    text.starts_with("{{") && text.ends_with("}}")
}

fn gather(
    source: &Arc<Source>,
    template: &Template,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Raw> {
    let mut raw = BTreeMap::new();
    for variable in &template.variables {
        let name = &variable.name.text;
        if let Some(Word { text, span }) = &variable.default {
            let place = Some((source.clone(), span.clone()));
            raw.insert(name.clone(), Raw { text: text.clone(), place, given: "" });
        }
        if let Some(value) = settings.environment.get(name) {
            raw.insert(name.clone(), Raw { text: value.clone(), place: None, given: "PKR_VAR_" });
        }
    }
    for file in &settings.variable_files {
        read_file(file, &mut raw, diagnostics);
    }
    for (name, value) in &settings.variables {
        raw.insert(name.clone(), Raw { text: value.clone(), place: None, given: "-var " });
    }
    for variable in template.variables.iter().filter(|variable| variable.default.is_none()) {
        let Word { text, span } = &variable.name;
        if !raw.contains_key(text) {
            diagnostics
                .error(source, span.clone(), format!("variable '{text}' is required and not given"))
                .hint(format!("give it as -var '{text}=VALUE', in a -var-file, or as PKR_VAR_{text}"));
        }
    }
    raw
}

/// Reads a variable file: a JSON object of texts; null is an empty text (Packer 1.6.6).
fn read_file(file: &Arc<Source>, raw: &mut BTreeMap<String, Raw>, diagnostics: &mut Diagnostics) {
    if file.name.ends_with(".hcl") {
        diagnostics
            .error(file, 0..0, "this version reads variable files in JSON only")
            .hint("write them as {\"name\": \"value\"}");
        return;
    }
    let parsed = json::parse(file);
    diagnostics.all.extend(parsed.diagnostics.all);
    let Some(root) = parsed.root else { return };
    let json::Value::Object(members) = &root.value else {
        let message = format!("a variable file is an object, not {}", root.what());
        diagnostics.error(file, root.span.clone(), message).hint("{\"name\": \"value\"}");
        return;
    };
    for member in members {
        let text = match &member.node.value {
            json::Value::String(text) => text.clone(),
            json::Value::Null => String::new(),
            _ => {
                let message = format!("variable '{}' must be a text, not {}", member.key, member.node.what());
                diagnostics.error(file, member.node.span.clone(), message).hint("put it in double quotes");
                continue;
            }
        };
        let place = Some((file.clone(), member.node.span.clone()));
        raw.insert(member.key.clone(), Raw { text, place, given: "" });
    }
}

/// Renders every value as soon as those that it needs are there; what is left then goes in circles.
fn render(
    source: &Arc<Source>,
    raw: &BTreeMap<String, Raw>,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, String> {
    let mut scope = scope.clone();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    for (name, raw_value) in raw {
        match needs(&raw_value.text, &scope) {
            Ok(None) => drop(values.insert(name.clone(), raw_value.text.clone())),
            Ok(Some(needs)) => match needs.iter().find(|(need, _)| !raw.contains_key(need)) {
                None => waiting.push(Waiting { name, raw: raw_value, needs }),
                Some((need, offset)) => {
                    let problem = undeclared(need, *offset, raw);
                    note(source, name, raw_value, &problem, diagnostics);
                }
            },
            Err(problems) => {
                for problem in &problems {
                    note(source, name, raw_value, problem, diagnostics);
                }
            }
        }
    }
    loop {
        scope.user = Arc::new(values.clone());
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|one| one.needs.iter().all(|(need, _)| values.contains_key(need)));
        waiting = rest;
        if ready.is_empty() {
            break;
        }
        for Waiting { name, raw, .. } in ready {
            let keep = keep_dots(&raw.text);
            match Text::parse(&keep).and_then(|text| text.render(&scope)) {
                Ok(value) => drop(values.insert(name.to_owned(), value)),
                Err(problem) => note(source, name, raw, &problem, diagnostics),
            }
        }
    }
    circles(source, &waiting, diagnostics);
    values
}

/// The variables that a value needs and where it names them; nothing for a value without templates.
fn needs(text: &str, scope: &Scope) -> Result<Option<Vec<(String, usize)>>, Vec<Problem>> {
    if is_plain(text) {
        return Ok(None);
    }
    let parsed = Text::parse(text).map_err(|problem| vec![problem])?;
    let problems = parsed.check(scope, None);
    if !problems.is_empty() {
        return Err(problems);
    }
    let calls = parsed.uses().calls.into_iter().filter(|call| call.name == "user");
    Ok(Some(calls.filter_map(|call| call.argument).collect()))
}

/// Packer leaves `{{ .X }}` in variables as it is, for the option that the value ends up in: makes it a text of its own.
fn keep_dots(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let inner = &rest[begin + 2..];
        let end = inner.find("}}").map(|end| begin + 2 + end + 2);
        let dots = end.map(|end| rest[begin + 2..end - 2].trim()).filter(|name| {
            name.starts_with('.')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte))
        });
        kept.push_str(&rest[..begin]);
        let taken = match (end, dots) {
            (Some(end), Some(_)) => {
                kept.push_str(&format!("{{{{`{}`}}}}", &rest[begin..end]));
                end
            }
            _ => {
                kept.push_str("{{");
                begin + 2
            }
        };
        rest = &rest[taken..];
    }
    kept.push_str(rest);
    kept
}

fn undeclared(need: &str, offset: usize, raw: &BTreeMap<String, Raw>) -> Problem {
    let hint = match nearest(need, raw.keys().map(String::as_str)) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("declare it in 'variables', or give it as -var '{need}=VALUE'"),
    };
    Problem {
        offset,
        length: need.len() + 2,
        message: format!("there is no variable '{need}'"),
        hint: Some(hint),
        warning: false,
    }
}

/// Reports values that wait for one another, each circle where it begins.
fn circles(source: &Arc<Source>, waiting: &[Waiting<'_>], diagnostics: &mut Diagnostics) {
    let find = |name: &str| waiting.iter().find(|one| one.name == name);
    let mut told: Vec<&str> = Vec::new();
    for start in waiting {
        let mut path: Vec<&str> = vec![start.name];
        while let Some(one) = path.last().and_then(|name| find(name)) {
            // Where there is none, what it needs has an error of its own.
            let Some((need, offset)) = one.needs.iter().find(|(need, _)| find(need).is_some()) else { break };
            let Some(begin) = path.iter().position(|seen| seen == need) else {
                path.push(need);
                continue;
            };
            let circle = &path[begin..];
            if !circle.iter().any(|name| told.contains(name)) {
                told.extend(circle);
                let problem = Problem {
                    offset: *offset,
                    length: need.len() + 2,
                    message: format!("variables need one another: {} → {need}", circle.join(" → ")),
                    hint: Some("give one of them a value of its own".into()),
                    warning: false,
                };
                note(source, one.name, one.raw, &problem, diagnostics);
            }
            break;
        }
    }
}

fn note(source: &Arc<Source>, name: &str, raw: &Raw, problem: &Problem, diagnostics: &mut Diagnostics) {
    let diagnostic = match &raw.place {
        Some((file, span)) => diagnostics.error(
            file,
            span_in(file, span, problem),
            format!("variable '{name}': {}", problem.message),
        ),
        None => {
            let message = format!("{}{name}, for {}: {}", raw.given, source.name, problem.message);
            diagnostics.usage(message)
        }
    };
    diagnostic.warning = problem.warning;
    diagnostic.hint = problem.hint.clone();
}

/// Where in a file a problem in a text stands.
pub(super) fn span_in(source: &Source, literal: &Span, problem: &Problem) -> Span {
    let begin = offset_in_text(&source.text, literal, problem.offset);
    let end = offset_in_text(&source.text, literal, problem.offset + problem.length.max(1));
    begin..end.max(begin)
}
