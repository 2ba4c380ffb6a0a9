//! Diagnostics as people and programs read them.

use super::{Diagnostic, Source, Span, with_place};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::json;

/// How diagnostics look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without colour.
    Plain,
    /// With colour, for terminals.
    Coloured,
}

/// Lines that another place may be away and still be shown beside the first one.
const NEAR: usize = 1000;
/// Bytes of a line from which on only a part of it is given to the renderer, which is slow and shows no more than fit a terminal.
const LONG: usize = 2000;
/// Bytes of a long line that it gets on either side of a mark.
const AROUND: usize = 400;

/// A diagnostic with its place, the line with a mark under it, and its hint.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let level = if diagnostic.warning { Level::WARNING } else { Level::ERROR };
    let mut report: Vec<Group<'_>> = Vec::new();
    let title = level.primary_title(&*diagnostic.message).id(diagnostic.code.name());
    let mut hint = diagnostic.hint.clone();
    let mut left_out = None;
    match &diagnostic.place {
        Some((source, span)) => {
            let (near, far) = match &diagnostic.other {
                Some((other, _)) if is_far(source, span, other) => (None, diagnostic.other.as_ref()),
                other => (other.as_ref(), None),
            };
            let (snippet, before) = shown(source, span, near);
            report.push(title.element(snippet));
            left_out = before.map(|letters| (source, span, letters));
            if let Some((span, what)) = far {
                hint = Some(with_place(hint, what, source, span));
            }
        }
        None => report.push(Group::with_title(title)),
    }
    if let Some(hint) = hint {
        report.push(Group::with_title(Level::HELP.secondary_title(hint)));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let text = renderer.render(&report);
    let Some((source, span, letters)) = left_out else { return text };
    let (line, column) = source.position(span.start);
    let place = |column: usize| format!("{}:{line}:{column}", source.name);
    text.replacen(&place(column - letters), &place(column), 1)
}

fn is_far(source: &Source, span: &Span, other: &Span) -> bool {
    match source.line(span.start).abs_diff(source.line(other.start)) {
        0 => span.start.abs_diff(other.start) > LONG,
        lines => lines > NEAR,
    }
}

/// The lines of a place, and of another one where there is one. The renderer gets no more of the source than these: it looks
/// through all that it gets, for each mistake anew. Of a long line it gets a part; how many letters stand before that is given
/// too, since it counts columns from where its text begins.
fn shown<'a>(
    source: &'a Source,
    span: &Span,
    other: Option<&'a (Span, String)>,
) -> (Snippet<'a, Annotation<'a>>, Option<usize>) {
    let text = &source.text;
    let marked = whole(text, span);
    let other = other.map(|(span, what)| (whole(text, span), what));
    let (mut begin, mut end) = (marked.start, marked.end);
    if let Some((other, _)) = &other {
        (begin, end) = (begin.min(other.start), end.max(other.end));
    }
    let (first, last) = (source.line(begin), source.line(end));
    let lines = source.lines_between(first, last);
    let mut part = lines.clone();
    if first == last && lines.len() > LONG {
        let until = text.floor_char_boundary(end.min(begin + LONG) + AROUND).min(lines.end);
        part = text.floor_char_boundary(begin.saturating_sub(AROUND)).max(lines.start)..until;
    }
    let within = |span: Span| span.start - part.start..span.end.min(part.end) - part.start;
    let mut snippet = Snippet::source(&text[part.clone()])
        .line_start(first + 1)
        .path(&*source.name)
        .annotation(AnnotationKind::Primary.span(within(marked)));
    if let Some((span, what)) = other {
        snippet = snippet.annotation(AnnotationKind::Context.span(within(span)).label(&**what));
    }
    let before = (part.start > lines.start).then(|| text[lines.start..part.start].chars().count());
    (snippet, before)
}

/// A span of whole characters: what a parser says of malformed text may end within one.
fn whole(text: &str, span: &Span) -> Span {
    let begin = text.floor_char_boundary(span.start);
    begin..text.ceil_char_boundary(span.end).max(begin)
}

/// A diagnostic as one JSON object, without the newline.
pub fn json_line(diagnostic: &Diagnostic) -> String {
    let mut line = json!({
        "code": diagnostic.code.name(),
        "severity": if diagnostic.warning { "warning" } else { "error" },
        "message": diagnostic.message,
    });
    if let Some((source, span)) = &diagnostic.place {
        let (begin, end) = (source.position(span.start), source.position(span.end));
        line["file"] = json!(source.name);
        line["line"] = json!(begin.0);
        line["column"] = json!(begin.1);
        line["end_line"] = json!(end.0);
        line["end_column"] = json!(end.1);
        line["text"] = json!(source.text[whole(&source.text, span)]);
        if let Some((span, what)) = &diagnostic.other {
            let (row, column) = source.position(span.start);
            line["other"] = json!({"line": row, "column": column, "message": what});
        }
    }
    if let Some(hint) = &diagnostic.hint {
        line["hint"] = json!(hint);
    }
    line.to_string()
}
