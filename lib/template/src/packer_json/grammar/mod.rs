//! The grammar of JSON templates (Packer 1.6.6, `template/parse.go`): root keys, components, their common keys.

mod step;
mod typed;

use super::model::{Builder, Template, Variable, Word};
use crate::json::{Member, Node, Value, find};
use crate::source::{Code, Diagnostic, Diagnostics, Source, Span};
use crate::suggest::nearest;
use std::collections::HashMap;
use std::sync::Arc;

/// The keys of a template.
const ROOT: [&str; 11] = [
    "builders",
    "comments",
    "description",
    "error-cleanup-provisioner",
    "min_packer_version",
    "post-processors",
    "provisioners",
    "push",
    "sensitive-variables",
    "variables",
    "_comment",
];

/// Reads a template's parts. What is wrong is noted and left out.
pub(super) fn read(source: &Arc<Source>, root: &Node, diagnostics: &mut Diagnostics) -> Template {
    let mut reader = Reader { source, diagnostics };
    let members = match &root.value {
        Value::Object(members) => members.as_slice(),
        Value::Null => &[],
        _ => {
            reader
                .error(&root.span, format!("a template is an object, not {}", root.what()))
                .hint("it begins with { \"builders\": [ …");
            &[]
        }
    };
    reader.template(members)
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    diagnostics: &'a mut Diagnostics,
}

/// A component's `type` and its options without the common keys.
struct Parts<'a> {
    kind: Word,
    members: &'a [Member],
    options: Vec<Member>,
}

impl Reader<'_> {
    fn template(&mut self, members: &[Member]) -> Template {
        self.check_keys(members);
        Template {
            comments: comments(members),
            description: self.root_text(members, "description").map(|word| word.text),
            minimum: self.root_text(members, "min_packer_version"),
            variables: self.variables(members),
            sensitive: self.sensitive(members),
            builders: self.builders(members),
            provisioners: self.provisioners(members),
            error_cleanup: self.error_cleanup(members).into_iter().collect(),
            post_processors: self.post_processors(members),
        }
    }

    fn check_keys(&mut self, members: &[Member]) {
        let meant: Vec<&Member> = ROOT.iter().filter_map(|key| find(members, key)).collect();
        for member in members {
            let known = meant.iter().any(|found| std::ptr::eq(*found, member));
            if member.key.starts_with('_') {
                if member.node.as_str().is_none() {
                    let message = format!("a comment at the root must be a text, not {}", member.node.what());
                    self.error(&member.node.span, message).hint("\"_comment\": \"text\"");
                }
            } else if !known {
                let message = format!("there is no root key '{}' in a template", member.key);
                let hint = match nearest(&member.key, ROOT.into_iter()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => "a key that begins with '_' is a comment".to_owned(),
                };
                self.error(&member.key_span, message).code(Code::UnknownKey).hint(hint);
            }
        }
        if let Some(node) = given(members, "push").filter(|node| !matches!(node.value, Value::Object(_))) {
            self.error(&node.span, format!("'push' must be an object, not {}", node.what()));
        }
        if let Some(node) = given(members, "comments") {
            let fine = matches!(&node.value, Value::Array(items) if items.iter().all(is_texts));
            if !fine {
                self.error(&node.span, "'comments' must be a list of objects that hold texts");
            }
        }
    }

    fn variables(&mut self, members: &[Member]) -> Vec<Variable> {
        let Some(node) = given(members, "variables") else { return Vec::new() };
        let Value::Object(declared) = &node.value else {
            self.error(&node.span, format!("'variables' must be an object, not {}", node.what()))
                .hint("\"variables\": {\"name\": \"default\"}");
            return Vec::new();
        };
        let mut variables = Vec::new();
        for member in declared {
            let name = Word { text: member.key.clone(), span: member.key_span.clone() };
            match &member.node.value {
                Value::Null => variables.push(Variable { name, default: None }),
                Value::String(_) => variables.push(Variable { name, default: text(&member.node) }),
                _ => {
                    let message = format!(
                        "variable '{}' must be a text or null, not {}",
                        member.key,
                        member.node.what()
                    );
                    let diagnostic = self.error(&member.node.span, message);
                    if matches!(member.node.value, Value::Number(_) | Value::Bool(_)) {
                        diagnostic.hint(
                            "put it in double quotes: options take it as a number or true/false all the same",
                        );
                    }
                    variables.push(Variable {
                        name,
                        default: Some(Word { text: String::new(), span: member.node.span.clone() }),
                    });
                }
            }
        }
        variables
    }

    fn sensitive(&mut self, members: &[Member]) -> Vec<Word> {
        let key = "sensitive-variables";
        let Some(node) = given(members, key) else { return Vec::new() };
        let Some(items) = self.list(node, key) else { return Vec::new() };
        let mut words = Vec::new();
        for item in items {
            match text(item) {
                Some(word) => words.push(word),
                None => {
                    self.error(&item.span, format!("'{key}' holds names of variables, not {}", item.what()));
                }
            }
        }
        words
    }

    fn builders(&mut self, members: &[Member]) -> Vec<Builder> {
        let Some(node) = given(members, "builders") else { return Vec::new() };
        let Some(items) = self.list(node, "builders") else { return Vec::new() };
        let mut builders: Vec<Builder> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        for item in items {
            let Some(parts) = self.parts(item, "a builder", &["type", "name"]) else { continue };
            let name = self.weak_option::<String>(parts.members, "name").filter(|(name, _)| !name.is_empty());
            let name = match name {
                Some((text, span)) => Word { text, span },
                None => parts.kind.clone(),
            };
            if let Some(other) = seen.get(&name.text).cloned() {
                self.error(&name.span, format!("two builders are called '{}'", name.text))
                    .code(Code::DuplicateName)
                    .hint("give each its own \"name\"; without one, a builder is called as its type")
                    .other(other, "the first one");
                continue;
            }
            seen.insert(name.text.clone(), name.span.clone());
            builders.push(Builder { kind: parts.kind, name, options: parts.options });
        }
        builders
    }

    /// A component's `type`; the keys in `common` are no options of its own.
    fn parts<'n>(&mut self, item: &'n Node, what: &str, common: &[&str]) -> Option<Parts<'n>> {
        let members = match &item.value {
            Value::Object(members) => members.as_slice(),
            Value::Null => &[],
            _ => {
                self.error(&item.span, format!("{what} must be an object, not {}", item.what()))
                    .hint("{ \"type\": \"…\", … }");
                return None;
            }
        };
        let kind = self.weak_option::<String>(members, "type").filter(|(kind, _)| !kind.is_empty());
        let Some((text, span)) = kind else {
            if !members.iter().any(|member| member.key == "type" && self.marked(&member.node.span)) {
                self.error(&first_bracket(item), format!("{what} needs a 'type'")).code(Code::MissingType);
            }
            return None;
        };
        let options =
            members.iter().filter(|member| !common.contains(&member.key.as_str())).cloned().collect();
        Some(Parts { kind: Word { text, span }, members, options })
    }

    fn marked(&self, span: &Span) -> bool {
        self.diagnostics
            .all
            .iter()
            .any(|diagnostic| diagnostic.place.as_ref().is_some_and(|(_, place)| place == span))
    }

    fn error(&mut self, span: &Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.error(Code::WrongShape, self.source, span.clone(), message)
    }
}

/// The value of a key, unless it is null: that is the same as none.
fn given<'a>(members: &'a [Member], key: &str) -> Option<&'a Node> {
    find(members, key).map(|member| &member.node).filter(|node| !node.is_null())
}

fn text(node: &Node) -> Option<Word> {
    node.as_str().map(|text| Word { text: text.to_owned(), span: node.span.clone() })
}

/// The texts of all comments at the root.
fn comments(members: &[Member]) -> Vec<String> {
    let texts = |member: &Member| -> Vec<String> {
        let objects = match &member.node.value {
            Value::String(text) if member.key.starts_with('_') => return vec![text.clone()],
            Value::Array(objects) if member.key == "comments" => objects.as_slice(),
            _ => &[],
        };
        let members = objects.iter().filter_map(|object| match &object.value {
            Value::Object(members) => Some(members),
            _ => None,
        });
        members.flatten().filter_map(|member| member.node.as_str().map(str::to_owned)).collect()
    };
    members.iter().flat_map(texts).collect()
}

fn is_texts(node: &Node) -> bool {
    matches!(&node.value, Value::Object(members) if members.iter().all(|member| member.node.as_str().is_some()))
}

/// Where to mark an object: its opening bracket, so that not all of it is marked.
fn first_bracket(node: &Node) -> Span {
    match node.value {
        Value::Object(_) | Value::Array(_) => node.span.start..node.span.start + 1,
        _ => node.span.clone(),
    }
}
