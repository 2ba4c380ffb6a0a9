//! Prints a mended template: what is as it was stands as it stood, to the space.

use crate::json::{self, Member, Node, Value};
use crate::source::{Source, Span};

/// The template's text, with the changes in it.
pub(crate) fn print(source: &Source, root: &Node) -> String {
    let text = &*source.text;
    let (before, after) = (text.get(..root.span.start), text.get(root.span.end..));
    let mut printer = Printer { text, printed: before.unwrap_or_default().to_owned() };
    printer.node(root);
    printer.printed + after.unwrap_or_default()
}

struct Printer<'a> {
    text: &'a str,
    printed: String,
}

impl<'a> Printer<'a> {
    fn node(&mut self, node: &Node) {
        let written = self.at(&node.span);
        match &node.value {
            Value::Object(members) => {
                self.list(node, ['{', '}'], members, |member| member.key_span.start, Self::member);
            }
            Value::Array(items) => self.list(node, ['[', ']'], items, |item| item.span.start, Self::node),
            Value::String(text) => self.word(&node.span, text),
            _ if is_same(written, node) => self.printed += written,
            other => self.printed += &Node::new(0..0, other.clone()).to_json().to_string(),
        }
    }

    fn member(&mut self, member: &Member) {
        self.word(&member.key_span, &member.key);
        let between = self.text.get(member.key_span.end..member.node.span.start).unwrap_or_default();
        let is_colon = between.trim() == ":";
        self.printed += if is_colon { between } else { ": " };
        self.node(&member.node);
    }

    /// A list or an object; each item after what stands before it in the text.
    fn list<T>(
        &mut self,
        node: &Node,
        brackets: [char; 2],
        items: &[T],
        start: fn(&T) -> usize,
        print: fn(&mut Self, &T),
    ) {
        let written = self.at(&node.span);
        let is_old = written.starts_with(brackets[0]) && written.ends_with(brackets[1]);
        self.printed.push(brackets[0]);
        for (index, item) in items.iter().enumerate() {
            let before = if is_old { self.before(start(item)) } else { "" };
            match (index, before.contains(',')) {
                (0, _) => self.printed += &before.replace(',', ""),
                (_, true) => self.printed += before,
                (_, false) if before.is_empty() => self.printed += ", ",
                (_, false) => {
                    self.printed.push(',');
                    self.printed += before;
                }
            }
            print(self, item);
        }
        if is_old {
            let inside = self.text.get(..node.span.end - 1).unwrap_or_default();
            self.printed += &inside[inside.trim_end().len()..];
        }
        self.printed.push(brackets[1]);
    }

    /// A text, as it is written where that is the same.
    fn word(&mut self, span: &Span, text: &str) {
        let written = self.at(span);
        if is_same(written, &Node::new(0..0, Value::String(text.to_owned()))) {
            self.printed += written;
        } else {
            self.printed += &serde_json::Value::from(text).to_string();
        }
    }

    fn at(&self, span: &Span) -> &'a str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The space, and the comma, that stand before a place.
    fn before(&self, at: usize) -> &'a str {
        let text = self.text.get(..at).unwrap_or_default();
        let rest = text.trim_end_matches([' ', '\t', '\r', '\n', ',']);
        &text[rest.len()..]
    }
}

/// Whether a text in JSON is the value.
fn is_same(written: &str, node: &Node) -> bool {
    json::parse(&Source::new("", written)).root.is_some_and(|read| read.value == node.value)
}
