//! JSON with the place of everything in it, read as strictly as Packer reads it.

mod parse;

pub use parse::{Parsed, parse};

use crate::source::Span;
use serde_json::Number;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value's text, quotes and brackets included.
    pub span: Span,
    /// The value.
    pub value: Value,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object; its keys in their order.
    Object(Vec<Member>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key stands, quotes included.
    pub key_span: Span,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A value at a place.
    pub fn new(span: Span, value: Value) -> Self {
        Self { span, value }
    }

    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, with its article.
    pub fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// A plain JSON value, which has no place.
    pub fn of(value: &serde_json::Value) -> Self {
        let value = match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => Value::Number(number.to_string()),
            serde_json::Value::String(text) => Value::String(text.clone()),
            serde_json::Value::Array(items) => Value::Array(items.iter().map(Self::of).collect()),
            serde_json::Value::Object(fields) => {
                let member = |(key, value): (&String, &serde_json::Value)| Member {
                    key: key.clone(),
                    key_span: 0..0,
                    node: Self::of(value),
                };
                Value::Object(fields.iter().map(member).collect())
            }
        };
        Self { span: 0..0, value }
    }

    /// The same as a plain JSON value.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(text) => {
                text.parse::<Number>().map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
            Value::String(text) => text.as_str().into(),
            Value::Array(items) => items.iter().map(Self::to_json).collect(),
            Value::Object(members) => {
                members.iter().map(|member| (member.key.clone(), member.node.to_json())).collect()
            }
        }
    }
}

/// Finds a key: by its exact spelling, else whatever its case (Go's `encoding/json` and `mapstructure`).
pub fn find<'a>(members: &'a [Member], key: &str) -> Option<&'a Member> {
    let exact = members.iter().find(|member| member.key == key);
    exact.or_else(|| members.iter().find(|member| member.key.eq_ignore_ascii_case(key)))
}

/// Where a byte of a text stands in the source: a text in JSON may have escapes.
pub fn offset_in_text(source: &str, span: &Span, offset: usize) -> usize {
    let Some(literal) = source.get(span.clone()) else { return span.start };
    let mut at = 1;
    let mut decoded = 0;
    while decoded < offset {
        let Some(rest) = literal.get(at..) else { break };
        // Up to the next escape every byte stands for itself.
        let plain = rest.find('\\').unwrap_or(rest.len()).min(offset - decoded);
        if plain > 0 {
            at += plain;
            decoded += plain;
            continue;
        }
        let (taken, given) = piece(rest);
        if taken == 0 {
            break;
        }
        at += taken;
        decoded += given;
    }
    span.start + literal.ceil_char_boundary(at.min(literal.len()))
}

/// How many bytes the first character of a literal takes, and how many it gives.
fn piece(literal: &str) -> (usize, usize) {
    let Some(first) = literal.chars().next() else { return (0, 0) };
    match (first, literal.as_bytes().get(1)) {
        ('\\', Some(b'u')) => {
            let unit = |text: Option<&str>| text.and_then(|text| u32::from_str_radix(text, 16).ok());
            let high = unit(literal.get(2..6)).unwrap_or_default();
            let is_pair = (0xd800..0xdc00).contains(&high) && literal.get(6..8) == Some("\\u");
            if is_pair && matches!(unit(literal.get(8..12)), Some(0xdc00..0xe000)) {
                return (12, 4);
            }
            (6, char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER).len_utf8())
        }
        ('\\', Some(_)) => (2, 1),
        _ => (first.len_utf8(), first.len_utf8()),
    }
}
