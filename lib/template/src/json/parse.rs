//! The parser (RFC 8259), as strict as Go's `encoding/json` that Packer reads templates with: no comments, no trailing
//! commas, no byte order mark, no control characters in texts; lone surrogates are read as U+FFFD.

use super::{Member, Node, Value};
use crate::source::{Diagnostic, Diagnostics, Source, Span};
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
            self.duplicate(&members, &key, &key_span);
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

    fn duplicate(&mut self, members: &[Member], key: &str, span: &Span) {
        if let Some(first) = members.iter().find(|member| member.key == key) {
            let other = first.key_span.clone();
            self.note(span.clone(), format!("the key '{key}' stands here twice"))
                .hint("keep one of them")
                .other(other, "the first one");
        }
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain =
                rest.find(|letter: char| matches!(letter, '"' | '\\') || letter < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some('\n' | '\r') | None => {
                    self.note(start..self.at, "this text has no closing quote")
                        .hint("a line break in a text is written \\n");
                    return Err(Stop);
                }
                Some(letter) => {
                    let escape = if letter == '\t' {
                        "\\t".to_owned()
                    } else {
                        format!("\\u{:04x}", u32::from(letter))
                    };
                    self.note(self.at..self.at + 1, "a text cannot hold this control character as it is")
                        .hint(format!("write {escape}"));
                    return Err(Stop);
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek();
        self.at += letter.map_or(0, char::len_utf8);
        let meant = match letter {
            Some('"' | '\\' | '/') => letter,
            Some('b') => Some('\u{8}'),
            Some('f') => Some('\u{c}'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('u') => self.unicode(),
            _ => None,
        };
        meant.ok_or_else(|| {
            self.note(start..self.at, "there is no such escape in JSON")
                .hint("a backslash itself is written \\\\");
            Stop
        })
    }

    /// The digits after `\u`, of a pair of surrogates both.
    fn unicode(&mut self) -> Option<char> {
        let high = self.hex()?;
        if !(0xd800..0xe000).contains(&high) {
            return char::from_u32(high);
        }
        if high < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            let back = self.at;
            self.at += 2;
            match self.hex() {
                Some(low @ 0xdc00..0xe000) => {
                    return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                }
                _ => self.at = back,
            }
        }
        Some(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
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
        let diagnostic = self.note(span, format!("{wanted} should stand here"));
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
        self.diagnostics.error(self.source, span, message)
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

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::json::offset_in_text;
    use crate::source::Source;

    fn found(text: &str) -> Vec<(usize, String)> {
        let parsed = parse(&Source::new("t.json", text));
        let all = parsed.diagnostics.all.into_iter();
        all.map(|diagnostic| (diagnostic.place.unwrap().1.start, diagnostic.message)).collect()
    }

    #[test]
    fn reads_values_as_serde_json_does() {
        for text in [
            "null",
            " {} ",
            "[]",
            "[1, -2.5e3, 0.1, true, false, null]",
            r#"{"a": {"b": ["c", {"d": ""}]}}"#,
            r#""\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00""#,
            "\"é € 😀\"",
        ] {
            let parsed = parse(&Source::new("t.json", text));
            let expected: serde_json::Value = serde_json::from_str(text).unwrap();
            assert_eq!(parsed.root.unwrap().to_json(), expected, "{text}");
        }
    }

    #[test]
    fn a_lone_surrogate_is_read() {
        let parsed = parse(&Source::new("t.json", r#""a\ud800b""#));
        assert_eq!(parsed.root.unwrap().as_str(), Some("a\u{fffd}b"));
    }

    #[test]
    fn refuses_what_is_not_json() {
        for (text, offset, message) in [
            ("", 0, "the file is empty"),
            ("{", 1, "the file ends where a key in double quotes should stand"),
            ("{\"a\": 1,}", 7, "there is nothing between this ',' and '}'"),
            ("[1 2]", 2, "a ',' is missing here"),
            ("[{} {}]", 3, "a ',' is missing here"),
            ("{\"a\" 1}", 5, "':' after the key should stand here"),
            ("{} {}", 3, "there is something after the end of the JSON value"),
            ("\u{feff}{}", 0, "the file begins with a byte order mark"),
            ("// x\n{}", 0, "a value should stand here"),
            ("\"a\tb\"", 2, "a text cannot hold this control character as it is"),
            ("\"a", 0, "this text has no closing quote"),
            ("\"\\x\"", 1, "there is no such escape in JSON"),
            ("[01]", 1, "this is no number as JSON writes them"),
            ("[yes]", 1, "'yes' is no value"),
            ("{a: 1}", 1, "a key in double quotes should stand here"),
            ("{\"a\": 1, \"b\": {\"a\": 1, \"a\": 2}}", 23, "the key 'a' stands here twice"),
        ] {
            assert_eq!(found(text), [(offset, message.to_owned())], "{text}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(found(&deep)[0].1, "more than 500 lists and objects stand in one another");
    }

    #[test]
    fn finds_places_behind_escapes() {
        let text = r#""a\nb\ud83d\ude00éx""#;
        let span = 0..text.len();
        for (offset, place) in [(0, 1), (1, 2), (2, 4), (3, 5), (7, 17), (9, 19)] {
            assert_eq!(offset_in_text(text, &span, offset), place, "{offset}");
        }
    }
}
