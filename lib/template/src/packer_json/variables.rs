//! User variables: where their values come from, and how they are rendered.
//!
//! Later ones win: defaults, `PKR_VAR_name`, variable files in their order, `-var`. Then all values are rendered, in
//! the order in which they need one another.

use super::Settings;
use super::model::{Template, Word};
use crate::engine::{Problem, SECRET, Scope, Text, is_plain};
use crate::json::{self, offset_in_text};
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::nearest;
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    /// Names of those whose values must not be shown: the template's own, and what comes from a keeper of secrets.
    pub sensitive: Vec<String>,
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
    let fetched = fetched(raw.iter().map(|(name, raw)| (name.as_str(), raw.text.as_str())));
    let is_secret =
        |name: &str| fetched.contains(name) || template.sensitive.iter().any(|word| word.text == *name);
    secrets.extend(
        raw.iter()
            .filter(|(name, raw)| is_secret(name) && !is_call(&raw.text))
            .map(|(_, raw)| raw.text.clone()),
    );
    let values = render(source, &raw, scope, diagnostics);
    secrets.extend(values.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()));
    let sensitive = values.keys().filter(|name| is_secret(name)).cloned().collect();
    Variables { values, sensitive, secrets }
}

/// The variables that get their values from a keeper of secrets, themselves or through others. Takes all names and values, as they are written.
pub(crate) fn fetched<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<String> {
    let mut wanted_by: HashMap<String, Vec<&str>> = HashMap::new();
    let mut left: Vec<&str> = Vec::new();
    for (name, text) in values.filter(|(_, text)| !is_plain(text)) {
        for call in Text::parse(text).map(|text| text.uses().calls).unwrap_or_default() {
            match call.argument {
                _ if SECRET.contains(&call.name.as_str()) => left.push(name),
                Some((needed, _)) if call.name == "user" => wanted_by.entry(needed).or_default().push(name),
                _ => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    while let Some(name) = left.pop() {
        if found.insert(name.to_owned()) {
            left.extend(wanted_by.get(name).into_iter().flatten());
        }
    }
    found
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
                .error(
                    Code::RequiredVariable,
                    source,
                    span.clone(),
                    format!("variable '{text}' is required and not given"),
                )
                .hint(format!("give it as -var '{text}=VALUE', in a -var-file, or as PKR_VAR_{text}"));
        }
    }
    raw
}

/// Reads a variable file: a JSON object of texts; null is an empty text (Packer 1.6.6).
fn read_file(file: &Arc<Source>, raw: &mut BTreeMap<String, Raw>, diagnostics: &mut Diagnostics) {
    if file.name.ends_with(".hcl") {
        diagnostics
            .error(Code::WrongShape, file, 0..0, "this version reads variable files in JSON only")
            .hint("write them as {\"name\": \"value\"}");
        return;
    }
    let parsed = json::parse(file);
    diagnostics.all.extend(parsed.diagnostics.all);
    let Some(root) = parsed.root else { return };
    let json::Value::Object(members) = &root.value else {
        let message = format!("a variable file is an object, not {}", root.what());
        diagnostics.error(Code::WrongShape, file, root.span.clone(), message).hint("{\"name\": \"value\"}");
        return;
    };
    for member in members {
        let text = match &member.node.value {
            json::Value::String(text) => text.clone(),
            json::Value::Null => String::new(),
            _ => {
                let message = format!("variable '{}' must be a text, not {}", member.key, member.node.what());
                diagnostics
                    .error(Code::WrongVariable, file, member.node.span.clone(), message)
                    .hint("put it in double quotes");
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
    let at: HashMap<&str, usize> = waiting.iter().enumerate().map(|(at, one)| (one.name, at)).collect();
    let mut wanted_by: Vec<Vec<usize>> = vec![Vec::new(); waiting.len()];
    let mut left: Vec<usize> = Vec::new();
    for (wanting, one) in waiting.iter().enumerate() {
        let needs = one.needs.iter().filter(|(need, _)| !values.contains_key(need));
        left.push(needs.clone().count());
        for need in needs.filter_map(|(need, _)| at.get(need.as_str())) {
            wanted_by[*need].push(wanting);
        }
    }
    scope.user = Arc::new(values);
    let mut ready: Vec<usize> = (0..waiting.len()).rev().filter(|one| left[*one] == 0).collect();
    while let Some(one) = ready.pop() {
        let Waiting { name, raw, .. } = &waiting[one];
        let keep = keep_dots(&raw.text);
        match Text::parse(&keep).and_then(|text| text.render(&scope)) {
            Ok(value) => drop(Arc::make_mut(&mut scope.user).insert((*name).to_owned(), value)),
            Err(problem) => {
                note(source, name, raw, &problem, diagnostics);
                continue;
            }
        }
        for wanting in &wanted_by[one] {
            left[*wanting] -= 1;
            if left[*wanting] == 0 {
                ready.push(*wanting);
            }
        }
    }
    waiting.retain({
        let mut left = left.iter();
        move |_| left.next().is_some_and(|left| *left > 0)
    });
    circles(source, &waiting, diagnostics);
    Arc::unwrap_or_clone(scope.user)
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
        code: Code::UnknownVariable,
        message: format!("there is no variable '{need}'"),
        hint: Some(hint),
        warning: false,
    }
}

/// Reports values that wait for one another, each circle where it begins.
fn circles(source: &Arc<Source>, waiting: &[Waiting<'_>], diagnostics: &mut Diagnostics) {
    let at: HashMap<&str, usize> = waiting.iter().enumerate().map(|(at, one)| (one.name, at)).collect();
    let mut told = vec![false; waiting.len()];
    for start in 0..waiting.len() {
        let (mut path, mut places, mut here) = (Vec::new(), HashMap::new(), start);
        while !told[here] {
            places.insert(here, path.len());
            path.push(here);
            let one = &waiting[here];
            // Where there is none, what it needs has an error of its own.
            let next = |(need, offset): &(String, usize)| Some((*at.get(need.as_str())?, *offset));
            let Some((next, offset)) = one.needs.iter().find_map(next) else { break };
            if let Some(begin) = places.get(&next) {
                let circle: Vec<&str> = path[*begin..].iter().map(|at| waiting[*at].name).collect();
                let need = circle[0];
                let problem = Problem {
                    offset,
                    length: need.len() + 2,
                    code: Code::CircularVariables,
                    message: format!("variables need one another: {} → {need}", self::circle(&circle)),
                    hint: Some("give one of them a value of its own".into()),
                    warning: false,
                };
                note(source, one.name, one.raw, &problem, diagnostics);
                break;
            }
            here = next;
        }
        for at in path {
            told[at] = true;
        }
    }
}

/// The names of a circle; of a long one only its begin and its end.
pub(crate) fn circle<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [first @ .., last] if first.len() > 10 => format!("{} → … → {last}", first[..5].join(" → ")),
        names => names.join(" → "),
    }
}

fn note(source: &Arc<Source>, name: &str, raw: &Raw, problem: &Problem, diagnostics: &mut Diagnostics) {
    let diagnostic = match &raw.place {
        Some((file, span)) => diagnostics.error(
            problem.code,
            file,
            span_in(file, span, problem),
            format!("variable '{name}': {}", problem.message),
        ),
        None => {
            let message = format!("{}{name}, for {}: {}", raw.given, source.name, problem.message);
            diagnostics.usage(problem.code, message)
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

/// The same in an expression of HCL2, which may be no text, or have others in it: what it is about is looked for.
pub(super) fn span_in_hcl(source: &Source, expression: &Span, text: &str, problem: &Problem) -> Span {
    let Some(written) = source.text.get(expression.clone()) else { return expression.clone() };
    let about = text.get(problem.offset..problem.offset + problem.length).unwrap_or_default();
    let before = text.get(..problem.offset).unwrap_or_default().matches(about).count();
    let found = (!about.is_empty()).then(|| written.match_indices(about).nth(before)).flatten();
    match found {
        Some((at, about)) => expression.start + at..expression.start + at + about.len(),
        None if written.starts_with('"') && !written.contains("${") && !written.contains("%{") => {
            span_in(source, expression, problem)
        }
        None => expression.clone(),
    }
}
