//! Build blocks: which sources they use, and what happens to each.

use super::config::{Build, Component, Config};
use super::eval::{Evaluator, Told};
use super::names::{Names, Place};
use super::options::{Expanded, expand};
use super::syntax::{Block, Body};
use super::value::Value;
use super::variables::note;
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::{list, nearest};
use std::sync::Arc;

/// A source in a build.
#[derive(Debug, Clone)]
pub(super) struct Use<'a> {
    pub(super) component: &'a Component,
    /// Where the build names it.
    pub(super) place: Span,
    /// Its name here: its own, or the one that this build gives it.
    pub(super) name: String,
    /// Further options, and the names that are known in them.
    pub(super) extra: Option<(Body, Vec<(String, Value)>)>,
}

impl Use<'_> {
    /// `type.name`: how `only` and `except` in the build name it.
    pub(super) fn short(&self) -> String {
        format!("{}.{}", self.component.kind.text, self.name)
    }
}

/// The head of a build: its name, and the sources that it uses.
pub(super) struct Head<'a> {
    pub(super) name: String,
    pub(super) uses: Vec<Use<'a>>,
}

/// Reads the head of a build. What is wrong is noted and left out.
pub(super) fn head<'a>(
    source: &Arc<Source>,
    config: &'a Config,
    build: &Build,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Head<'a> {
    let names = Names { place: Place::Local, ..names.clone() };
    let mut evaluator = Evaluator::new(&names);
    let body = &build.body;
    let name = text(&mut evaluator, body, "name").unwrap_or_default();
    let _ = text(&mut evaluator, body, "description");
    let mut uses = Vec::new();
    for (reference, place) in listed(&mut evaluator, body) {
        uses.extend(find(&mut evaluator, config, &reference, &place).map(|component| Use {
            component,
            place,
            name: component.name.text.clone(),
            extra: None,
        }));
    }
    let blocks: Vec<Block> = body.blocks.iter().filter(|block| makes(block) == "source").cloned().collect();
    for Expanded { block, own } in expand(&mut evaluator, &blocks) {
        uses.extend(inline(&mut evaluator, config, block, own));
    }
    if uses.is_empty() && evaluator.problems.is_empty() && config.nameless.is_empty() {
        let message = "this build has no sources: nothing would be built";
        let _: Result<(), Told> =
            evaluator.fail_as(Code::NoBuilder, &build.place, message, "sources = [\"source.TYPE.NAME\"]");
    }
    note(source, evaluator.problems, diagnostics);
    Head { name, uses }
}

/// What a block is, or makes where it is dynamic.
pub(super) fn makes(block: &Block) -> &str {
    match (block.kind.text.as_str(), block.labels.first()) {
        ("dynamic", Some(label)) => &label.text,
        (kind, _) => kind,
    }
}

/// A text attribute; nothing where there is none, or none that is right.
pub(super) fn text(evaluator: &mut Evaluator<'_>, body: &Body, name: &str) -> Option<String> {
    let attribute = body.attribute(name)?;
    let value = evaluator.value(&attribute.value).ok()?;
    if matches!(value, Value::Null | Value::Unknown(_)) {
        return None;
    }
    match value.to_text() {
        Some(text) => Some(text.to_string()),
        None => {
            let message = format!("'{name}' must be a text, not {}", value.what());
            let _: Result<(), Told> = evaluator.fail_as(Code::WrongShape, &attribute.value.span, message, "");
            None
        }
    }
}

/// What `sources = […]` lists.
fn listed(evaluator: &mut Evaluator<'_>, body: &Body) -> Vec<(String, Span)> {
    texts(evaluator, body, "sources")
}

/// A list of texts, each with its place.
pub(super) fn texts(evaluator: &mut Evaluator<'_>, body: &Body, name: &str) -> Vec<(String, Span)> {
    let Some(attribute) = body.attribute(name) else { return Vec::new() };
    let Ok(value) = evaluator.value(&attribute.value) else { return Vec::new() };
    if value == Value::Null {
        return Vec::new();
    }
    let node = super::options::node(&value, Some(&attribute.value), &attribute.value.span);
    let texts = match &node.value {
        crate::json::Value::Array(items) => {
            let texts = items.iter().map(|item| Some((item.as_str()?.to_owned(), item.span.clone())));
            texts.collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    texts.unwrap_or_else(|| {
        let message = format!("'{name}' must be a list of texts");
        let _: Result<(), Told> =
            evaluator.fail_as(Code::WrongShape, &attribute.value.span, message, format!("{name} = [\"…\"]"));
        Vec::new()
    })
}

/// `source "type.name" { name = "…" … }`
fn inline<'a>(
    evaluator: &mut Evaluator<'_>,
    config: &'a Config,
    block: Block,
    own: Vec<(String, Value)>,
) -> Option<Use<'a>> {
    let [label] = block.labels.as_slice() else {
        let hint = "source \"source.TYPE.NAME\" { … }";
        let _: Result<(), Told> = evaluator.fail_as(
            Code::WrongShape,
            &block.kind.span,
            "a source in a build takes one label",
            hint,
        );
        return None;
    };
    let component = find(evaluator, config, &label.text, &label.span)?;
    let before = std::mem::replace(&mut evaluator.own, own.clone());
    let name = text(evaluator, &block.body, "name").filter(|name| !name.is_empty());
    evaluator.own = before;
    Some(Use {
        component,
        place: label.span.clone(),
        name: name.unwrap_or_else(|| component.name.text.clone()),
        extra: Some((block.body, own)),
    })
}

fn find<'a>(
    evaluator: &mut Evaluator<'_>,
    config: &'a Config,
    reference: &str,
    place: &Span,
) -> Option<&'a Component> {
    // Whatever stands before the type is left out, as Packer does it: many write "sources.".
    let short = match reference.matches('.').count() {
        2 => reference.split_once('.').map_or(reference, |(_, short)| short),
        _ => reference,
    };
    let parts: Vec<&str> = short.split('.').collect();
    let [kind, name] = parts.as_slice() else {
        let message = format!("'{reference}' names no source");
        let _: Result<(), Told> =
            evaluator.fail_as(Code::WrongShape, place, message, "a source is named as \"source.TYPE.NAME\"");
        return None;
    };
    let found =
        config.sources.iter().find(|component| component.kind.text == *kind && component.name.text == *name);
    if found.is_none() && !config.nameless.iter().any(|nameless| nameless == kind) {
        let known: Vec<String> = config
            .sources
            .iter()
            .map(|component| format!("{}.{}", component.kind.text, component.name.text))
            .collect();
        let hint = match nearest(short, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean '{near}'?"),
            None if known.is_empty() => {
                "there is none in this file; is it in another one? Then give the folder".to_owned()
            }
            None => format!("known: {}", list(known.iter().map(String::as_str))),
        };
        let message = format!("there is no source '{short}'");
        let _: Result<(), Told> = evaluator.fail_as(Code::UnknownReference, place, message, hint);
    }
    found
}
