//! The grammar of JSON templates (Packer 1.6.6, `template/parse.go`): root keys, components, their common keys.

use super::model::{Builder, Step, Template, Variable, Word};
use crate::Duration;
use crate::json::{Member, Node, Value, find};
use crate::options::weak::weak;
use crate::source::{Diagnostic, Diagnostics, Source, Span};
use crate::suggest::nearest;
use serde::de::DeserializeOwned;
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
            description: self.root_text(members, "description").map(|word| word.text),
            minimum: self.root_text(members, "min_packer_version"),
            variables: self.variables(members),
            sensitive: self.sensitive(members),
            builders: self.builders(members),
            provisioners: self.provisioners(members),
            error_cleanup: self.error_cleanup(members),
            post_processors: self.post_processors(members),
        }
    }

    fn check_keys(&mut self, members: &[Member]) {
        for member in members {
            let known =
                ROOT.iter().any(|key| find(members, key).is_some_and(|found| std::ptr::eq(found, member)));
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
                self.error(&member.key_span, message).hint(hint);
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

    fn root_text(&mut self, members: &[Member], key: &str) -> Option<Word> {
        let node = given(members, key)?;
        let word = text(node);
        if word.is_none() {
            self.error(&node.span, format!("'{key}' must be a text, not {}", node.what()));
        }
        word
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

    fn list<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n [Node]> {
        if let Value::Array(items) = &node.value {
            return Some(items);
        }
        self.error(&node.span, format!("'{key}' must be a list, not {}", node.what()))
            .hint(format!("\"{key}\": [ … ]"));
        None
    }

    fn builders(&mut self, members: &[Member]) -> Vec<Builder> {
        let Some(node) = given(members, "builders") else { return Vec::new() };
        let Some(items) = self.list(node, "builders") else { return Vec::new() };
        let mut builders: Vec<Builder> = Vec::new();
        for item in items {
            let Some(parts) = self.parts(item, "a builder", &["type", "name"]) else { continue };
            let name = self.weak_option::<String>(parts.members, "name").filter(|(name, _)| !name.is_empty());
            let name = match name {
                Some((text, span)) => Word { text, span },
                None => parts.kind.clone(),
            };
            if let Some(first) = builders.iter().find(|other| other.name.text == name.text) {
                let other = first.name.span.clone();
                self.error(&name.span, format!("two builders are called '{}'", name.text))
                    .hint("give each its own \"name\"; without one, a builder is called as its type")
                    .other(other, "the first one");
                continue;
            }
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
                self.error(&first_bracket(item), format!("{what} needs a 'type'"));
            }
            return None;
        };
        let options =
            members.iter().filter(|member| !common.contains(&member.key.as_str())).cloned().collect();
        Some(Parts { kind: Word { text, span }, members, options })
    }

    fn provisioners(&mut self, members: &[Member]) -> Vec<Step> {
        let Some(node) = given(members, "provisioners") else { return Vec::new() };
        let Some(items) = self.list(node, "provisioners") else { return Vec::new() };
        items.iter().filter_map(|item| self.provisioner(item, "a provisioner")).collect()
    }

    fn error_cleanup(&mut self, members: &[Member]) -> Option<Step> {
        let node = given(members, "error-cleanup-provisioner")?;
        self.provisioner(node, "the error-cleanup-provisioner")
    }

    /// The common keys of provisioners are typed weakly.
    fn provisioner(&mut self, item: &Node, what: &str) -> Option<Step> {
        const COMMON: [&str; 7] =
            ["type", "only", "except", "override", "pause_before", "max_retries", "timeout"];
        let Parts { kind, members, options } = self.parts(item, what, &COMMON)?;
        Some(Step {
            kind,
            name: None,
            only: self.weak_names(members, "only"),
            except: self.weak_names(members, "except"),
            overrides: self.overrides(members),
            pause_before: self.weak_option::<Duration>(members, "pause_before").map(|(duration, _)| duration),
            timeout: self.weak_option::<Duration>(members, "timeout").map(|(duration, _)| duration),
            max_retries: given(members, "max_retries").cloned(),
            keep_input_artifact: None,
            options,
        })
    }

    fn overrides(&mut self, members: &[Member]) -> Vec<(Word, Node)> {
        let Some(node) = given(members, "override") else { return Vec::new() };
        let Value::Object(overrides) = &node.value else {
            self.error(&node.span, format!("'override' must be an object, not {}", node.what()))
                .hint("\"override\": {\"builder's name\": {\"option\": \"value\"}}");
            return Vec::new();
        };
        let word = |member: &Member| Word { text: member.key.clone(), span: member.key_span.clone() };
        overrides.iter().map(|member| (word(member), member.node.clone())).collect()
    }

    fn weak_names(&mut self, members: &[Member], key: &str) -> Vec<Word> {
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

    fn post_processors(&mut self, members: &[Member]) -> Vec<Vec<Step>> {
        let Some(node) = given(members, "post-processors") else { return Vec::new() };
        let Some(items) = self.list(node, "post-processors") else { return Vec::new() };
        let sequences = items.iter().map(|item| match &item.value {
            Value::Array(sequence) => {
                sequence.iter().filter_map(|item| self.post_processor(item, true)).collect()
            }
            _ => self.post_processor(item, false).into_iter().collect::<Vec<_>>(),
        });
        sequences.filter(|sequence| !sequence.is_empty()).collect()
    }

    /// The common keys of post-processors are typed strictly.
    fn post_processor(&mut self, item: &Node, in_sequence: bool) -> Option<Step> {
        const COMMON: [&str; 5] = ["type", "name", "only", "except", "keep_input_artifact"];
        let members = match &item.value {
            Value::String(_) => &[],
            Value::Object(members) => members.as_slice(),
            Value::Array(_) if in_sequence => {
                self.error(&item.span, "a sequence of post-processors cannot stand in another")
                    .hint("put its post-processors into the outer sequence");
                return None;
            }
            _ => {
                self.error(
                    &item.span,
                    format!("a post-processor must be a name, an object or a list, not {}", item.what()),
                );
                return None;
            }
        };
        let kind = match text(item) {
            Some(kind) => Some(kind),
            None => self.strict_text(members, "type"),
        };
        let Some(kind) = kind.filter(|kind| !kind.text.is_empty()) else {
            if given(members, "type").is_none_or(|node| node.as_str().is_some()) {
                self.error(&first_bracket(item), "a post-processor needs a 'type'");
            }
            return None;
        };
        Some(Step {
            kind,
            name: self.strict_text(members, "name").map(|word| word.text),
            only: self.strict_names(members, "only"),
            except: self.strict_names(members, "except"),
            overrides: Vec::new(),
            pause_before: None,
            timeout: None,
            max_retries: None,
            keep_input_artifact: self.strict_bool(members, "keep_input_artifact"),
            options: members
                .iter()
                .filter(|member| !COMMON.contains(&member.key.as_str()))
                .cloned()
                .collect(),
        })
    }

    fn strict_text(&mut self, members: &[Member], key: &str) -> Option<Word> {
        self.root_text(members, key)
    }

    fn strict_bool(&mut self, members: &[Member], key: &str) -> Option<bool> {
        let node = given(members, key)?;
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.error(&node.span, format!("'{key}' must be true or false, not {}", node.what()))
            .hint("this key takes no other form: write it without quotes");
        None
    }

    fn strict_names(&mut self, members: &[Member], key: &str) -> Vec<Word> {
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

    fn weak_option<T: DeserializeOwned>(&mut self, members: &[Member], key: &str) -> Option<(T, Span)> {
        let node = given(members, key)?;
        match weak(node) {
            Ok(value) => Some((value, node.span.clone())),
            Err(mistake) => {
                let message = format!("'{key}' cannot be read: {}", mistake.message);
                let diagnostic = self.error(&mistake.span, message);
                if matches!(key, "pause_before" | "timeout") {
                    diagnostic.hint("a duration is written as \"90s\", \"5m\" or \"1h30m\"; templates are not rendered here");
                }
                None
            }
        }
    }

    fn marked(&self, span: &Span) -> bool {
        self.diagnostics
            .all
            .iter()
            .any(|diagnostic| diagnostic.place.as_ref().is_some_and(|(_, place)| place == span))
    }

    fn error(&mut self, span: &Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics.error(self.source, span.clone(), message)
    }
}

/// The value of a key, unless it is null: that is the same as none.
fn given<'a>(members: &'a [Member], key: &str) -> Option<&'a Node> {
    find(members, key).map(|member| &member.node).filter(|node| !node.is_null())
}

fn text(node: &Node) -> Option<Word> {
    node.as_str().map(|text| Word { text: text.to_owned(), span: node.span.clone() })
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
