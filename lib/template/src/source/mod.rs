//! Source files, places in them, and what is said about those places.

mod code;
mod render;

pub use code::Code;
pub use render::{Style, json_line, render};

use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A place in a source: a range of bytes.
pub type Span = Range<usize>;

/// A text that somebody wrote: a template, a variable file.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path as it was given; `-` for standard input.
    pub name: String,
    /// Its text.
    pub text: String,
    /// The files that it is made of, and where each begins; none for a file of its own.
    parts: Vec<(usize, Arc<Source>)>,
    /// Where its lines begin, once somebody has asked.
    lines: OnceLock<Vec<usize>>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.text, &self.parts) == (&other.name, &other.text, &other.parts)
    }
}

impl Eq for Source {}

impl Source {
    /// A text and its name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), text: text.into(), parts: Vec::new(), lines: OnceLock::new() })
    }

    /// Files that are one text, as those of an HCL2 folder are. What is said about its places is said about the files.
    pub fn joined(name: impl Into<String>, files: &[Arc<Self>]) -> Arc<Self> {
        let mut text = String::new();
        let mut parts = Vec::new();
        for file in files {
            parts.push((text.len(), file.clone()));
            text.push_str(&file.text);
            text.push('\n');
        }
        Arc::new(Self { name: name.into(), text, parts, lines: OnceLock::new() })
    }

    /// The files that it is made of, each with its place.
    pub fn files(&self) -> impl Iterator<Item = (&Arc<Self>, Span)> {
        self.parts.iter().map(|(begin, file)| (file, *begin..begin + file.text.len()))
    }

    /// The file in which a place is, and the place in it; nothing where this is a file itself.
    fn file_at(&self, span: &Span) -> Option<(Arc<Self>, Span)> {
        let at = self.parts.partition_point(|(begin, _)| *begin <= span.start).checked_sub(1)?;
        let (begin, file) = self.parts.get(at)?;
        let within = |offset: usize| offset.saturating_sub(*begin).min(file.text.len());
        Some((file.clone(), within(span.start)..within(span.end)))
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.line(offset);
        (line + 1, self.text[self.lines()[line]..offset].chars().count() + 1)
    }

    /// The line of a byte, from 0.
    fn line(&self, offset: usize) -> usize {
        self.lines().partition_point(|begin| *begin <= offset) - 1
    }

    /// Where lines begin: looked for once, since there may be as many mistakes as lines.
    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let begins = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(begins).collect()
        })
    }

    /// The lines from that one to that one, both from 0: where their text stands.
    fn lines_between(&self, first: usize, last: usize) -> Span {
        let begin = |line: usize| self.lines().get(line).copied().unwrap_or(self.text.len());
        begin(first)..begin(last + 1)
    }
}

/// Something wrong, or maybe wrong, at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What sort of finding it is.
    pub code: Code,
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
    pub fn error(
        &mut self,
        code: Code,
        source: &Arc<Source>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(code, Some((source.clone(), span)), message.into(), false)
    }

    /// Notes something that may be wrong at a place.
    pub fn warning(
        &mut self,
        code: Code,
        source: &Arc<Source>,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(code, Some((source.clone(), span)), message.into(), true)
    }

    /// Notes something wrong that stands in no source.
    pub fn usage(&mut self, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(code, None, message.into(), false)
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors are among them.
    pub fn errors(&self) -> usize {
        self.all.iter().filter(|diagnostic| !diagnostic.warning).count()
    }

    /// All of them, by source and place, each once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.all.iter_mut().for_each(Diagnostic::settle);
        self.all.sort_by(|a, b| {
            let key = |diagnostic: &Diagnostic| {
                diagnostic.place.as_ref().map(|(source, span)| (source.name.clone(), span.start, span.end))
            };
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.all.dedup_by(|a, b| a.place == b.place && a.message == b.message);
        self.all
    }

    fn add(
        &mut self,
        code: Code,
        place: Option<(Arc<Source>, Span)>,
        message: String,
        warning: bool,
    ) -> &mut Diagnostic {
        self.all.push(Diagnostic { code, place, message, hint: None, warning, other: None });
        self.all.last_mut().expect("pushed above")
    }
}

/// A hint that says in words where another place is.
fn with_place(hint: Option<String>, what: &str, source: &Source, span: &Span) -> String {
    let (line, column) = source.position(span.start);
    let note = format!("{what} is in {}:{line}:{column}", source.name);
    hint.map_or(note.clone(), |hint| format!("{hint}; {note}"))
}

impl Diagnostic {
    /// Moves what is said of a joined source to the file in it.
    fn settle(&mut self) {
        let Some((joined, span)) = self.place.clone() else { return };
        let Some((file, span)) = joined.file_at(&span) else { return };
        if let Some((other, what)) = self.other.take()
            && let Some((other_file, other)) = joined.file_at(&other)
        {
            if Arc::ptr_eq(&file, &other_file) {
                self.other = Some((other, what));
            } else {
                self.hint = Some(with_place(self.hint.take(), &what, &other_file, &other));
            }
        }
        self.place = Some((file, span));
    }

    /// Says more exactly what sort of finding it is.
    pub fn code(&mut self, code: Code) -> &mut Self {
        self.code = code;
        self
    }

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
