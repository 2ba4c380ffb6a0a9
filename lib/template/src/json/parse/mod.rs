//! The parser (RFC 8259), as strict as Go's `encoding/json` that Packer reads templates with: no comments, no trailing
//! commas, no byte order mark, no control characters in texts; lone surrogates are read as U+FFFD.

#[cfg(test)]
mod tests;
mod text;

use super::{Member, Node, Value};
use crate::source::{Code, Diagnostic, Diagnostics, Source, Span};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// How deep lists and objects may stand in one another.
const DEPTH: usize = 500;

/// What was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The value; nothing where the text is malformed.
    pub root: Option<Node>,
    /// What is wrong: the first mistake of syntax, every key that stands twice.
    pub diagnostics: Diagnostics,
}

/// Reads a whole text as one JSON value.
pub fn parse(source: &Arc<Source>) -> Parsed {
    let mut parser = Parser {
        source,
        text: &source.text,
        at: 0,
        depth: 0,
        open: Vec::new(),
        diagnostics: Diagnostics::default(),
    };
    let root = parser.document().ok();
    Parsed { root, diagnostics: parser.diagnostics }
}

struct Parser<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    depth: usize,
    /// Where the brackets stand that are open.
    open: Vec<usize>,
    diagnostics: Diagnostics,
}

/// A mistake that ends the reading; it is noted already.
struct Stop;

type Read<T> = Result<T, Stop>;

impl Parser<'_> {
    fn document(&mut self) -> Read<Node> {
        if self.text.starts_with('\u{feff}') {
            self.note(0..3, "the file begins with a byte order mark").hint("save it as UTF-8 without BOM");
            return Err(Stop);
        }
        self.space();
        if self.at == self.text.len() {
            self.note(self.at..self.at, "the file is empty")
                .hint("a template is a JSON object with \"builders\"");
            return Err(Stop);
        }
        let root = self.value()?;
        self.space();
        if self.at < self.text.len() {
            let span = self.at..self.text.len();
            self.note(span, "there is something after the end of the JSON value")
                .hint("a file holds one value; is a bracket closed too early?");
            return Err(Stop);
        }
        Ok(root)
    }

    fn value(&mut self) -> Read<Node> {
        let start = self.at;
        let value = match self.peek() {
            Some('{') => self.nested(Self::object)?,
            Some('[') => self.nested(Self::array)?,
            Some('"') => Value::String(self.string()?),
            Some('-' | '0'..='9') => self.number()?,
            Some(letter) if letter.is_ascii_alphabetic() => self.word()?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node::new(start..self.at, value))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            self.note(
                self.at..self.at + 1,
                format!("more than {DEPTH} lists and objects stand in one another"),
            );
            return Err(Stop);
        }
        self.open.push(self.at);
        self.at += 1;
        let value = read(self)?;
        self.open.pop();
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Read<Value> {
        let mut members: Vec<Member> = Vec::new();
        let mut first = HashMap::new();
        self.space();
        if self.take('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some('"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            let key = self.string()?;
            let key_span = start..self.at;
            self.space();
            if !self.take(':') {
                return Err(self.unexpected("':' after the key"));
            }
            self.space();
            let node = self.value()?;
            match first.entry(key.clone()) {
                Entry::Vacant(entry) => drop(entry.insert(key_span.clone())),
                Entry::Occupied(entry) => self.duplicate(&key, &key_span, entry.get().clone()),
            }
            members.push(Member { key, key_span, node });
            if self.end_or_comma('}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        self.space();
        if self.take(']') {
            return Ok(Value::Array(items));
        }
        loop {
            self.space();
            items.push(self.value()?);
            if self.end_or_comma(']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    /// After an item: the end of its list, or a comma and then more.
    fn end_or_comma(&mut self, end: char) -> Read<bool> {
        let after = self.at;
        self.space();
        if self.take(end) {
            return Ok(true);
        }
        let comma = self.at;
        if self.take(',') {
            self.space();
            if self.peek() == Some(end) {
                self.note(comma..comma + 1, format!("there is nothing between this ',' and '{end}'"))
                    .hint("remove the comma: JSON has none after the last item");
                return Err(Stop);
            }
            return Ok(false);
        }
        match self.peek() {
            Some('"' | '{' | '[' | '-' | '0'..='9' | 'a'..='z') => {
                self.note(after..after, "a ',' is missing here");
                Err(Stop)
            }
            _ => Err(self.unexpected(&format!("',' or '{end}'"))),
        }
    }

    fn duplicate(&mut self, key: &str, span: &Span, first: Span) {
        self.note(span.clone(), format!("the key '{key}' stands here twice"))
            .code(Code::DuplicateKey)
            .hint("keep one of them")
            .other(first, "the first one");
    }

    fn number(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|letter: char| !matches!(letter, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = &rest[..end];
        if text.parse::<serde_json::Number>().is_err() {
            self.note(self.at..self.at + end, "this is no number as JSON writes them")
                .hint("such as 8, -1 or 1.5; anything else is a text, in double quotes");
            return Err(Stop);
        }
        self.at += end;
        Ok(Value::Number(text.to_owned()))
    }

    fn word(&mut self) -> Read<Value> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len());
        let value = match &rest[..end] {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            word => {
                let message = format!("'{word}' is no value");
                self.note(self.at..self.at + end, message).hint("a text stands in double quotes");
                return Err(Stop);
            }
        };
        self.at += end;
        Ok(value)
    }

    /// Notes that something else should stand here, and what is the likely cause.
    fn unexpected(&mut self, wanted: &str) -> Stop {
        let rest = &self.text[self.at..];
        let Some(letter) = rest.chars().next() else {
            let open = self.open.last().copied();
            let diagnostic =
                self.note(self.at..self.at, format!("the file ends where {wanted} should stand"));
            if let Some(open) = open {
                diagnostic.other(open..open + 1, "this is not closed");
            }
            return Stop;
        };
        let span = self.at..self.at + letter.len_utf8();
        let open = self.open.last().copied().filter(|_| matches!(letter, '}' | ']'));
        let diagnostic = self.note(span, format!("{wanted} should stand here"));
        if let Some(open) = open {
            diagnostic.other(open..open + 1, "this is not closed");
        }
        if rest.starts_with("//") || rest.starts_with("/*") || letter == '#' {
            diagnostic.hint(
                "JSON has no comments; at the root, a key that begins with '_' is one: \"_note\": \"text\"",
            );
        } else if letter == '\'' {
            diagnostic.hint("JSON takes double quotes only");
        }
        Stop
    }

    fn note(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.error(Code::JsonSyntax, self.source, span, message)
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, letter: char) -> bool {
        let found = self.peek() == Some(letter);
        self.at += if found { letter.len_utf8() } else { 0 };
        found
    }
}
