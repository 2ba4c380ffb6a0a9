//! Packer's template engine: Go's `text/template` with Packer's functions.
//!
//! A text is parsed once ([`Text::parse`]), checked for what can be known without running it ([`Text::check`]:
//! unknown functions, undeclared variables, dot variables that will be empty) and rendered ([`Text::render`]).

mod blocks;
mod functions;
mod layout;
mod limits;
mod moment;
mod remote;
mod scope;
mod uses;

pub use functions::{PACKER_VERSION, is_known, known};
pub use layout::{format_layout, format_strftime};
pub use moment::Moment;
pub use remote::part as secret_part;
pub use remote::{REMOTE, Remote, SECRET};
pub use scope::{Dot, Language, Machine, Place, Scope, to_engine};
pub use uses::{Call, Field, Uses};

use crate::source::Code;
use crate::suggest::nearest;
use gotmpl::parse::{DefineNode, ListNode, Parser};
use gotmpl::{Template, TemplateError};

/// What is wrong, or maybe wrong, with a template text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort of finding it is.
    pub code: Code,
    /// Where it begins, in bytes of the text.
    pub offset: usize,
    /// How many bytes it covers; 0 where only its beginning is known.
    pub length: usize,
    /// What is wrong and why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether it only may be wrong.
    pub warning: bool,
}

impl Problem {
    fn at(offset: usize, length: usize, message: impl Into<String>) -> Self {
        Self { code: Code::TemplateText, offset, length, message: message.into(), hint: None, warning: false }
    }

    fn code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn warning(mut self) -> Self {
        self.warning = true;
        self
    }
}

/// Whether a text has anything for the engine to do.
pub fn is_plain(text: &str) -> bool {
    !text.contains("{{")
}

/// A parsed template text.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    text: &'a str,
    body: ListNode,
    defines: Vec<DefineNode>,
}

/// The name under which the body is run; no template can define it.
const BODY: &str = "\0body";

impl<'a> Text<'a> {
    /// Parses a text.
    ///
    /// # Errors
    /// When its actions are malformed: `{{` without `}}`, an `if` without an `end` …
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        blocks::check(text)?;
        let parsed = Parser::new(text, "{{", "}}").and_then(Parser::parse);
        let (body, defines) = parsed.map_err(|error| syntax(text, error))?;
        Ok(Self { text, body, defines })
    }

    /// The functions and dot variables that the text uses.
    pub fn uses(&self) -> Uses {
        Uses::of(self.text, &self.body, &self.defines)
    }

    /// What can be known to be wrong without running the text. `dot` says which dot variables will be known when
    /// the text is rendered later; nothing where it is rendered now.
    pub fn check(&self, scope: &Scope, dot: Option<&Dot>) -> Vec<Problem> {
        let uses = self.uses();
        let mut problems: Vec<Problem> =
            uses.calls.iter().filter_map(|call| functions::check(call, scope)).collect();
        problems.extend(uses.fields.iter().filter_map(|field| check_field(field, scope, dot)));
        problems
    }

    /// Renders the text.
    ///
    /// # Errors
    /// When a function fails or gets what it can't work with.
    pub fn render(&self, scope: &Scope) -> Result<String, Problem> {
        let mut template = Template::new("")
            .max_range_iters(limits::ROUNDS)
            .funcs(functions::map(scope))
            .add_parse_tree(BODY, self.body.clone());
        for define in &self.defines {
            template = template.add_parse_tree(&define.name, define.body.clone());
        }
        let mut rendered = limits::Bounded::default();
        match template.execute_template_fmt(&mut rendered, BODY, &scope.dot) {
            Ok(()) => Ok(rendered.text),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Finds where a failure belongs: at the call of the function that it names, else at the first action.
    fn failed(&self, error: &TemplateError) -> Problem {
        let message = match error {
            TemplateError::Exec(message) => message.clone(),
            TemplateError::ArgCount { name, expected, got } => {
                format!("{name}: needs {expected} arguments, got {got}")
            }
            TemplateError::Write => limits::too_long(),
            other => other.to_string(),
        };
        let uses = self.uses();
        let (message, hint) = match message.split_once('\n') {
            Some((message, hint)) => (message.to_owned(), Some(hint.to_owned())),
            None => (message, None),
        };
        let named = uses.calls.iter().find(|call| message.split(':').next() == Some(call.name.as_str()));
        let problem = match named.or(uses.calls.first()) {
            Some(call) => Problem::at(call.offset, call.name.len(), message),
            None => Problem::at(self.text.find("{{").unwrap_or_default(), 2, message),
        };
        Problem { hint, ..problem }
    }
}

/// Renders a text in one go.
///
/// # Errors
/// See [`Text::parse`] and [`Text::render`].
pub fn render(text: &str, scope: &Scope) -> Result<String, Problem> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    Text::parse(text)?.render(scope)
}

fn check_field(field: &Field, scope: &Scope, dot: Option<&Dot>) -> Option<Problem> {
    if scope.place == Place::Variables {
        return None;
    }
    let name = &field.name;
    let problem = |message: String| Problem::at(field.offset, name.len() + 1, message).code(Code::NoValue);
    match dot {
        None => Some(Problem {
            hint: Some("dot variables are known only in options that are rendered while a build runs".into()),
            ..problem(format!("{{{{.{name}}}}} is not known here: it gives the text '<no value>'")).warning()
        }),
        Some(Dot::Anything) => None,
        Some(Dot::Known(known)) if known.contains(&name.as_str()) => None,
        Some(Dot::Known(known)) => Some(Problem {
            hint: Some(match nearest(name, known.iter().copied()) {
                Some(near) => format!("did you mean '{{{{.{near}}}}}'?"),
                None => format!(
                    "known here: {}",
                    known.iter().map(|name| format!(".{name}")).collect::<Vec<_>>().join(", ")
                ),
            }),
            ..problem(format!("{{{{.{name}}}}} will not be known in this option"))
        }),
    }
}

fn syntax(text: &str, error: TemplateError) -> Problem {
    let (line, column, message) = match error {
        TemplateError::Parse { line, col, message, .. } | TemplateError::Lex { line, col, message, .. } => {
            (line, col, message)
        }
        other => (0, 0, other.to_string()),
    };
    let offset = offset_of(text, line, column);
    // An unclosed action is found at the end of the text, but what is to be mended is where it begins.
    let offset = if message.starts_with("unclosed") || message.starts_with("unterminated") {
        text[..offset].rfind("{{").unwrap_or(offset)
    } else {
        offset
    };
    Problem::at(offset, 0, format!("the template is malformed: {message}"))
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let begin: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(begin..).unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    (begin + within).min(text.len())
}

#[cfg(test)]
mod tests;
