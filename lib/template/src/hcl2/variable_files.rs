//! Variable files: values only.

use super::eval::Evaluator;
use super::lower;
use super::names::Names;
use super::value::Value;
use super::variables::note;
use crate::json;
use crate::source::{Code, Diagnostics, Source, Span};
use std::sync::Arc;

/// A name, where it stands, and its value and where that stands, unless it is broken.
pub(super) type Entry = (String, Span, Option<(Value, Span)>);

/// Reads a variable file: HCL or JSON, by its name.
pub(super) fn read_file(file: &Arc<Source>, names: &Names, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    if file.name.ends_with(".json") {
        return read_json(file, diagnostics);
    }
    if !file.name.ends_with(".hcl") {
        diagnostics
            .error(Code::WrongShape, file, 0..0, "the name of a variable file ends in .hcl or .json")
            .hint("such as production.pkrvars.hcl");
        return Vec::new();
    }
    let body = lower::body(file, 0..file.text.len(), diagnostics);
    for block in &body.blocks {
        diagnostics
            .error(Code::WrongShape, file, block.kind.span.clone(), "a variable file holds no blocks")
            .hint("it holds values only: name = value; declare variables in *.pkr.hcl");
    }
    let entries = body.attributes.into_iter().map(|attribute| {
        let mut evaluator = Evaluator::new(names);
        let value = evaluator.value(&attribute.value);
        note(file, evaluator.problems, diagnostics);
        let span = attribute.value.span;
        (attribute.name.text, attribute.name.span, value.ok().map(|value| (value, span)))
    });
    entries.collect()
}

fn read_json(file: &Arc<Source>, diagnostics: &mut Diagnostics) -> Vec<Entry> {
    let parsed = json::parse(file);
    diagnostics.all.extend(parsed.diagnostics.all);
    let Some(root) = parsed.root else { return Vec::new() };
    let json::Value::Object(members) = &root.value else {
        let message = format!("a variable file is an object, not {}", root.what());
        diagnostics.error(Code::WrongShape, file, root.span.clone(), message).hint("{\"name\": \"value\"}");
        return Vec::new();
    };
    let entries = members.iter().map(|member| {
        let value = Value::of_json(&member.node.to_json());
        (member.key.clone(), member.key_span.clone(), Some((value, member.node.span.clone())))
    });
    entries.collect()
}
