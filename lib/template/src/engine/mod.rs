//! Packer's template engine: Go's `text/template` with Packer's functions.
//!
//! A text is parsed once ([`Text::parse`]), checked for what can be known without running it ([`Text::check`]:
//! unknown functions, undeclared variables, dot variables that will be empty) and rendered ([`Text::render`]).

mod blocks;
mod functions;
mod layout;
mod moment;
mod scope;
mod uses;

pub use functions::{PACKER_VERSION, is_known, known};
pub use layout::format_layout;
pub use moment::Moment;
pub use scope::{Machine, Place, Scope, to_engine};
pub use uses::{Call, Field, Uses};

use gotmpl::parse::{DefineNode, ListNode, Parser};
use gotmpl::{Template, TemplateError};

/// What is wrong, or maybe wrong, with a template text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
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
        Self { offset, length, message: message.into(), hint: None, warning: false }
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

    /// What can be known to be wrong without running the text. `dot` lists the dot variables that will be known.
    pub fn check(&self, scope: &Scope, dot: Option<&[&str]>) -> Vec<Problem> {
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
        let mut template =
            Template::new("").funcs(functions::map(scope)).add_parse_tree(BODY, self.body.clone());
        for define in &self.defines {
            template = template.add_parse_tree(&define.name, define.body.clone());
        }
        let mut rendered = String::new();
        match template.execute_template_fmt(&mut rendered, BODY, &scope.dot) {
            Ok(()) => Ok(rendered),
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
            other => other.to_string(),
        };
        let uses = self.uses();
        let named = uses.calls.iter().find(|call| message.split(':').next() == Some(call.name.as_str()));
        match named.or(uses.calls.first()) {
            Some(call) => Problem::at(call.offset, call.name.len(), message),
            None => Problem::at(self.text.find("{{").unwrap_or_default(), 2, message),
        }
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

fn check_field(field: &Field, scope: &Scope, dot: Option<&[&str]>) -> Option<Problem> {
    if scope.place == Place::Variables {
        return None;
    }
    let problem = Problem::at(field.offset, field.name.len() + 1, String::new()).warning();
    match dot {
        None => Some(Problem {
            message: format!("{{{{.{}}}}} is not known here: it gives the text '<no value>'", field.name),
            hint: Some("dot variables are known only in options that are rendered while a build runs".into()),
            ..problem
        }),
        Some(known) if known.contains(&field.name.as_str()) => None,
        Some(known) => Some(Problem {
            message: format!(
                "{{{{.{}}}}} is not known in this option: it gives the text '<no value>'",
                field.name
            ),
            hint: Some(format!(
                "known here: {}",
                known.iter().map(|name| format!(".{name}")).collect::<Vec<_>>().join(", ")
            )),
            ..problem
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
