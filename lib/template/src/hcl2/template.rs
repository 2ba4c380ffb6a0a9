//! Texts with `${…}` and `%{…}` in them.

use super::lower::Lower;
use super::syntax::{Part, TemplateFor};
use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

/// The parts of a text. White space that `~` takes away is gone.
pub(super) fn parts(lower: &mut Lower<'_>, template: &Template) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut strip_next = false;
    for element in template {
        let (mut part, strip) = match element {
            Element::Literal(text) => (Part::Text(lower.literal(text)), Strip::None),
            Element::Interpolation(value) => (Part::Value(lower.expr(&value.expr)), value.strip),
            Element::Directive(directive) => match &**directive {
                Directive::If(directive) => if_part(lower, directive),
                Directive::For(directive) => for_part(lower, directive),
            },
        };
        if strip_next && let Part::Text(text) = &mut part {
            *text = strip_start(text).to_owned();
        }
        strip_next = strip.strip_end();
        if strip.strip_start() {
            strip_last(&mut parts);
        }
        parts.push(part);
    }
    parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    parts
}

fn strip_last(parts: &mut [Part]) {
    if let Some(Part::Text(text)) = parts.last_mut() {
        text.truncate(strip_end(text).len());
    }
}

fn strip_first(parts: &mut [Part]) {
    if let Some(Part::Text(text)) = parts.first_mut() {
        *text = strip_start(text).to_owned();
    }
}

/// What `~` takes away reaches to the end of the line, the line's end included.
fn strip_start(text: &str) -> &str {
    let line = text.find('\n').map_or(text.len(), |at| at + 1);
    match text[..line].trim_start() {
        "" => &text[line..],
        rest => &text[line - rest.len()..],
    }
}

fn strip_end(text: &str) -> &str {
    let line = text.strip_suffix('\n').unwrap_or(text).rfind('\n').map_or(0, |at| at + 1);
    let line = if text.ends_with('\n') { line } else { text.rfind('\n').map_or(0, |at| at + 1) };
    &text[..line + text[line..].trim_end().len()]
}

/// Both ends of what is inside.
fn inner(lower: &mut Lower<'_>, template: &Template, first: Strip, last: Strip) -> Vec<Part> {
    let mut inside = parts(lower, template);
    if first.strip_end() {
        strip_first(&mut inside);
    }
    if last.strip_start() {
        strip_last(&mut inside);
    }
    inside
}

fn around(first: Strip, last: Strip) -> Strip {
    Strip::from((first.strip_start(), last.strip_end()))
}

fn if_part(lower: &mut Lower<'_>, directive: &IfDirective) -> (Part, Strip) {
    let first = directive.if_expr.strip;
    let last = directive.endif_expr.strip;
    let middle = directive.else_expr.as_ref().map(|part| part.strip);
    let condition = lower.expr(&directive.if_expr.cond_expr);
    let then = inner(lower, &directive.if_expr.template, first, middle.unwrap_or(last));
    let otherwise = directive
        .else_expr
        .as_ref()
        .map(|part| inner(lower, &part.template, part.strip, last))
        .unwrap_or_default();
    (Part::If(condition, then, otherwise), around(first, last))
}

fn for_part(lower: &mut Lower<'_>, directive: &ForDirective) -> (Part, Strip) {
    let intro = &directive.for_expr;
    let (first, last) = (intro.strip, directive.endfor_expr.strip);
    let part = TemplateFor {
        key_name: intro.key_var.as_ref().map(|name| name.as_str().to_owned()),
        value_name: intro.value_var.as_str().to_owned(),
        collection: lower.expr(&intro.collection_expr),
        body: inner(lower, &intro.template, first, last),
    };
    (Part::For(Box::new(part)), around(first, last))
}
