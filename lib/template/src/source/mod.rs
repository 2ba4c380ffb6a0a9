//! Source files, places in them, and what is said about those places.

mod render;

pub use render::{Style, json_line, render};

use std::ops::Range;
use std::sync::Arc;

/// A place in a source: a range of bytes.
pub type Span = Range<usize>;

/// A text that somebody wrote: a template, a variable file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path as it was given; `-` for standard input.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// A text and its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into() })
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let begin = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[begin..].chars().count() + 1)
    }
}

/// Something wrong, or maybe wrong, at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where; nothing for the command line and the environment.
    pub place: Option<(Arc<Source>, Span)>,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it only may be wrong.
    pub warning: bool,
    /// Another place in the same source that belongs to it, and what it is.
    pub other: Option<(Span, String)>,
}

/// Gathers all that is found.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    /// What was found, in no order.
    pub all: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Notes something wrong at a place.
    pub fn error(&mut self, source: &Arc<Source>, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Some((source.clone(), span)), message.into(), false)
    }

    /// Notes something that may be wrong at a place.
    pub fn warning(
        &mut self,
        source: &Arc<Source>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Some((source.clone(), span)), message.into(), true)
    }

    /// Notes something wrong that stands in no source.
    pub fn usage(&mut self, message: impl Into<String>) -> &mut Diagnostic {
        self.add(None, message.into(), false)
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|diagnostic| !diagnostic.warning)
    }

    /// All of them, by source and place, each once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.all.sort_by(|a, b| {
            let key = |diagnostic: &Diagnostic| {
                diagnostic.place.as_ref().map(|(source, span)| (source.name.clone(), span.start, span.end))
            };
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.all.dedup_by(|a, b| a.place == b.place && a.message == b.message);
        self.all
    }

    fn add(&mut self, place: Option<(Arc<Source>, Span)>, message: String, warning: bool) -> &mut Diagnostic {
        self.all.push(Diagnostic { place, message, hint: None, warning, other: None });
        self.all.last_mut().expect("pushed above")
    }
}

impl Diagnostic {
    /// Says what to do.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }

    /// Points to another place that belongs to it.
    pub fn other(&mut self, span: Span, what: impl Into<String>) -> &mut Self {
        self.other = Some((span, what.into()));
        self
    }
}
