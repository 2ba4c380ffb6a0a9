//! Values of keys, typed weakly or strictly as Packer takes them.

use super::{Reader, given, text};
use crate::json::{Member, Node, Value};
use crate::options::weak::weak;
use crate::packer_json::model::Word;
use crate::source::{Code, Span};
use serde::de::DeserializeOwned;

impl Reader<'_> {
    pub(super) fn root_text(&mut self, members: &[Member], key: &str) -> Option<Word> {
        let node = given(members, key)?;
        let word = text(node);
        if word.is_none() {
            self.error(&node.span, format!("'{key}' must be a text, not {}", node.what()));
        }
        word
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Node]> {
        if let Value::Array(items) = &node.value {
            return Some(items);
        }
        self.error(&node.span, format!("'{key}' must be a list, not {}", node.what()))
            .hint(format!("\"{key}\": [ … ]"));
        None
    }

    pub(super) fn weak_names(&mut self, members: &[Member], key: &str) -> Vec<Word> {
        let Some(node) = given(members, key) else { return Vec::new() };
        let items = match &node.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut words = Vec::new();
        for item in items {
            match weak::<String>(item) {
                Ok(text) => words.push(Word { text, span: item.span.clone() }),
                Err(mistake) => {
                    self.error(
                        &mistake.span,
                        format!("'{key}' holds names of builders, not {}", item.what()),
                    );
                }
            }
        }
        words
    }

    pub(super) fn strict_text(&mut self, members: &[Member], key: &str) -> Option<Word> {
        self.root_text(members, key)
    }

    pub(super) fn strict_bool(&mut self, members: &[Member], key: &str) -> Option<bool> {
        let node = given(members, key)?;
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.error(&node.span, format!("'{key}' must be true or false, not {}", node.what()))
            .hint("this key takes no other form: write it without quotes");
        None
    }

    pub(super) fn strict_names(&mut self, members: &[Member], key: &str) -> Vec<Word> {
        let Some(node) = given(members, key) else { return Vec::new() };
        let names = match &node.value {
            Value::Array(items) => items.iter().map(text).collect::<Option<Vec<Word>>>(),
            _ => None,
        };
        names.unwrap_or_else(|| {
            self.error(&node.span, format!("'{key}' must be a list of builders' names"))
                .hint(format!("\"{key}\": [\"name\"]"));
            Vec::new()
        })
    }

    pub(super) fn weak_option<T: DeserializeOwned>(
        &mut self,
        members: &[Member],
        key: &str,
    ) -> Option<(T, Span)> {
        let node = given(members, key)?;
        if matches!(key, "pause_before" | "timeout") {
            self.doubt_nanoseconds(key, node);
        }
        match weak(node) {
            Ok(value) => Some((value, node.span.clone())),
            Err(mistake) => {
                let message = format!("'{key}' cannot be read: {}", mistake.message);
                let diagnostic = self.error(&mistake.span, message).code(Code::WrongType);
                if matches!(key, "pause_before" | "timeout") {
                    diagnostic.hint("a duration is written as \"90s\", \"5m\" or \"1h30m\"; templates are not rendered here");
                }
                None
            }
        }
    }

    /// Warns of a bare number that is less than a second: it was hardly meant.
    fn doubt_nanoseconds(&mut self, key: &str, node: &Node) {
        let Value::Number(number) = &node.value else { return };
        if number.parse::<f64>().is_ok_and(|number| number != 0.0 && number.abs() < 1e9) {
            self.diagnostics
                .warning(
                    Code::Nanoseconds,
                    self.source,
                    node.span.clone(),
                    format!("'{key}' of {number} is that many nanoseconds"),
                )
                .hint(format!("write the unit, in double quotes: \"{number}s\""));
        }
    }
}
