//! Diagnostics as people and programs read them.

use super::Diagnostic;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::json;

/// How diagnostics look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without colour.
    Plain,
    /// With colour, for terminals.
    Coloured,
}

/// A diagnostic with its place, the line with a mark under it, and its hint.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let level = if diagnostic.warning { Level::WARNING } else { Level::ERROR };
    let mut report: Vec<Group<'_>> = Vec::new();
    let title = level.primary_title(&*diagnostic.message);
    match &diagnostic.place {
        Some((source, span)) => {
            let mut snippet = Snippet::source(&*source.text)
                .path(&*source.name)
                .annotation(AnnotationKind::Primary.span(span.clone()));
            if let Some((span, what)) = &diagnostic.other {
                snippet = snippet.annotation(AnnotationKind::Context.span(span.clone()).label(&**what));
            }
            report.push(title.element(snippet));
        }
        None => report.push(Group::with_title(title)),
    }
    if let Some(hint) = &diagnostic.hint {
        report.push(Group::with_title(Level::HELP.secondary_title(&**hint)));
    }
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    renderer.render(&report)
}

/// A diagnostic as one JSON object, without the newline.
pub fn json_line(diagnostic: &Diagnostic) -> String {
    let mut line = json!({
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
        line["text"] = json!(source.text.get(span.clone()).unwrap_or_default());
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
