//! The grammar of configurations: blocks at the root, what they hold, what they are called.

use super::syntax::{Attribute, Block, Body, Expr, Form};
use super::types::Type;
use super::value::Value;
use crate::packer_json::Word;
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::nearest;
use std::sync::Arc;

/// A configuration: the blocks of all its files.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub(super) variables: Vec<Variable>,
    pub(super) locals: Vec<Local>,
    pub(super) data: Vec<Component>,
    pub(super) sources: Vec<Component>,
    /// The types of sources whose names are missing.
    pub(super) nameless: Vec<String>,
    pub(super) builds: Vec<Build>,
}

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: Word,
    pub(super) of: Type,
    pub(super) default: Option<Expr>,
    pub(super) sensitive: bool,
    pub(super) validations: Vec<Validation>,
}

#[derive(Debug, Clone)]
pub(super) struct Validation {
    pub(super) condition: Expr,
    pub(super) message: String,
}

#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) name: Word,
    pub(super) value: Expr,
    pub(super) sensitive: bool,
}

/// A source or data source: its type, its name, its options.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) kind: Word,
    pub(super) name: Word,
    pub(super) body: Body,
}

#[derive(Debug, Clone)]
pub(super) struct Build {
    /// The word `build`.
    pub(super) place: Span,
    pub(super) body: Body,
}

/// The blocks at the root, and the names of their labels.
const ROOT: [(&str, &[&str]); 10] = [
    ("build", &[]),
    ("communicator", &["type", "name"]),
    ("data", &["type", "name"]),
    ("hcp_packer_registry", &[]),
    ("local", &["name"]),
    ("locals", &[]),
    ("packer", &[]),
    ("source", &["type", "name"]),
    ("variable", &["name"]),
    ("variables", &[]),
];

/// Reads the root's blocks. What is wrong is noted and left out.
pub(super) fn read(source: &Arc<Source>, bodies: Vec<Body>, diagnostics: &mut Diagnostics) -> Config {
    let mut reader = Reader { source, diagnostics, config: Config::default() };
    for body in bodies {
        for attribute in &body.attributes {
            let name = &attribute.name.text;
            let diagnostic =
                reader.error(&attribute.name.span, format!("'{name}' cannot stand outside of a block"));
            diagnostic.code(Code::UnknownKey);
            match name.as_str() {
                "builders" | "provisioners" | "post-processors" => {
                    diagnostic.hint("*.pkr.json is HCL2's JSON; call an old template something.json")
                }
                _ => {
                    diagnostic.hint("values of your own belong into locals { … } or variable \"name\" { … }")
                }
            };
        }
        for block in body.blocks {
            reader.block(block);
        }
    }
    reader.duplicates();
    reader.config
}

/// Notes and checks what the grammar says.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) diagnostics: &'a mut Diagnostics,
    config: Config,
}

impl Reader<'_> {
    pub(super) fn error(
        &mut self,
        span: &Span,
        message: impl Into<String>,
    ) -> &mut crate::source::Diagnostic {
        self.diagnostics.error(Code::WrongShape, self.source, span.clone(), message)
    }

    fn block(&mut self, block: Block) {
        let known = ROOT.iter().find(|(name, _)| *name == block.kind.text);
        let Some((kind, labels)) = known.or_else(|| self.meant(&block)) else { return };
        if !self.labels(&block, labels) {
            let kinds = block.labels.into_iter().filter(|_| *kind == "source");
            self.config.nameless.extend(kinds.map(|kind| kind.text));
            return;
        }
        let mut labels = block.labels.clone().into_iter();
        match (*kind, labels.next(), labels.next()) {
            ("source", Some(kind), Some(name)) => {
                self.name(&name);
                self.config.sources.push(Component { kind, name, body: block.body });
            }
            ("data", Some(kind), Some(name)) => {
                self.name(&name);
                self.config.data.push(Component { kind, name, body: block.body });
            }
            ("variable", Some(name), _) => self.variable(name, &block),
            ("variables", ..) => self.variables(&block.body),
            ("local", Some(name), _) => self.local(name, &block),
            ("locals", ..) => self.locals(&block.body),
            ("packer", ..) => self.packer(&block.body),
            ("build", ..) => self.config.builds.push(Build { place: block.kind.span, body: block.body }),
            _ => {}
        }
    }

    /// Notes that there is no such block. It is read on as the one that seems to be meant, so that what it makes is not missing
    /// elsewhere too.
    fn meant(&mut self, block: &Block) -> Option<&'static (&'static str, &'static [&'static str])> {
        let Word { text, span } = &block.kind;
        let near = nearest(text, ROOT.iter().map(|(name, _)| *name));
        let hint = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None if matches!(text.as_str(), "provisioner" | "post-processor" | "post-processors") => {
                format!("'{text}' stands in a build block")
            }
            None => format!("known: {}", ROOT.map(|(name, _)| name).join(", ")),
        };
        self.error(span, format!("there is no block '{text}' at the root of a configuration"))
            .code(Code::UnknownKey)
            .hint(hint);
        ROOT.iter().find(|(name, labels)| Some(*name) == near && labels.len() == block.labels.len())
    }

    /// Whether a block has all of its labels; one too many is told, and read over.
    fn labels(&mut self, block: &Block, wanted: &[&str]) -> bool {
        let kind = &block.kind.text;
        if let Some(extra) = block.labels.get(wanted.len()) {
            let hint = form(kind, wanted);
            self.error(&extra.span, format!("'{kind}' takes {} labels", wanted.len())).hint(hint);
        }
        if let Some(missing) = wanted.get(block.labels.len()) {
            let hint = form(kind, wanted);
            self.error(&block.kind.span, format!("'{kind}' needs a label with its {missing}")).hint(hint);
            return false;
        }
        true
    }

    fn name(&mut self, name: &Word) {
        if !is_name(&name.text) {
            self.error(&name.span, format!("'{}' is no name", name.text))
                .hint("a name begins with a letter or '_', and goes on with letters, digits, '_' and '-'");
        }
    }

    /// Notes attributes and blocks that a block does not know.
    pub(super) fn only(&mut self, what: &str, body: &Body, attributes: &[&str], blocks: &[&str]) {
        for attribute in &body.attributes {
            if attributes.contains(&attribute.name.text.as_str()) {
                continue;
            }
            let hint = hint(&attribute.name.text, attributes);
            let message = format!("{what} has no attribute '{}'", attribute.name.text);
            self.error(&attribute.name.span, message).code(Code::UnknownKey).hint(hint);
        }
        for block in &body.blocks {
            if blocks.contains(&block.kind.text.as_str()) {
                continue;
            }
            let hint = hint(&block.kind.text, blocks);
            let message = format!("{what} has no block '{}'", block.kind.text);
            self.error(&block.kind.span, message).code(Code::UnknownKey).hint(hint);
        }
    }

    fn variable(&mut self, name: Word, block: &Block) {
        self.name(&name);
        let body = &block.body;
        self.only("a variable", body, &["default", "description", "sensitive", "type"], &["validation"]);
        let of = match body.attribute("type") {
            None => Type::Any,
            Some(attribute) => match Type::read(&attribute.value, &mut |expr| literal(expr)) {
                Ok(of) => of,
                Err(wrong) => {
                    self.error(&wrong.span, wrong.message).hint(wrong.hint);
                    Type::Any
                }
            },
        };
        let validations = body.blocks.iter().filter(|block| block.kind.text == "validation");
        let validations = validations.filter_map(|block| self.validation(&name, block)).collect();
        let sensitive = self.truth(body, "sensitive");
        if let Some(attribute) = body.attribute("description") {
            self.text(attribute);
        }
        let default = body.attribute("default").map(|attribute| attribute.value.clone());
        self.config.variables.push(Variable { name, of, default, sensitive, validations });
    }

    fn validation(&mut self, variable: &Word, block: &Block) -> Option<Validation> {
        self.only("a validation", &block.body, &["condition", "error_message"], &[]);
        let condition = block.body.attribute("condition").cloned();
        let message = block.body.attribute("error_message").cloned();
        let (Some(condition), Some(message)) = (condition, message) else {
            self.error(&block.kind.span, "a validation needs 'condition' and 'error_message'");
            return None;
        };
        let text = self.text(&message)?;
        let first_is_lower =
            text.chars().next().is_some_and(|first| first.is_alphabetic() && !first.is_uppercase());
        if first_is_lower || !text.ends_with(['.', '?', '!']) {
            self.error(&message.value.span, "an error_message is a whole sentence")
                .hint("it begins with a capital letter and ends with '.', '?' or '!'");
        }
        let mut names_itself = false;
        super::references::walk(&condition.value, &mut |root, path, span| {
            names_itself |= root == "var" && path.first() == Some(&variable.text.as_str());
            if root == "var" && path.first().is_some_and(|name| *name != variable.text) {
                let message = format!("a validation of '{}' can name that variable only", variable.text);
                self.diagnostics.error(Code::WrongShape, self.source, span, message);
            }
        });
        if !names_itself {
            let message = format!("this condition does not name 'var.{}'", variable.text);
            self.error(&condition.value.span, message).hint("a validation checks the variable it stands in");
        }
        Some(Validation { condition: condition.value, message: text })
    }

    fn variables(&mut self, body: &Body) {
        self.only("variables", &Body { attributes: Vec::new(), blocks: body.blocks.clone() }, &[], &[]);
        for Attribute { name, value } in &body.attributes {
            self.config.variables.push(Variable {
                name: name.clone(),
                of: Type::Any,
                default: Some(value.clone()),
                sensitive: false,
                validations: Vec::new(),
            });
        }
    }

    fn local(&mut self, name: Word, block: &Block) {
        self.name(&name);
        self.only("a local", &block.body, &["expression", "sensitive"], &[]);
        let sensitive = self.truth(&block.body, "sensitive");
        match block.body.attribute("expression") {
            Some(attribute) => {
                self.config.locals.push(Local { name, value: attribute.value.clone(), sensitive });
            }
            None => {
                self.error(&block.kind.span, "a local needs an 'expression'")
                    .hint(format!("local \"{}\" {{ expression = … }}", name.text));
            }
        }
    }

    fn locals(&mut self, body: &Body) {
        self.only("locals", &Body { attributes: Vec::new(), blocks: body.blocks.clone() }, &[], &[]);
        let locals = body.attributes.iter().map(|Attribute { name, value }| Local {
            name: name.clone(),
            value: value.clone(),
            sensitive: false,
        });
        self.config.locals.extend(locals);
    }

    /// A text without anything to put in.
    pub(super) fn text(&mut self, attribute: &Attribute) -> Option<String> {
        match literal(&attribute.value) {
            Some(Value::Text(text)) => Some(text.to_string()),
            Some(Value::Null) => None,
            _ => {
                let message = format!("'{}' must be a plain text", attribute.name.text);
                self.error(&attribute.value.span, message).hint("nothing can be put in here");
                None
            }
        }
    }

    fn truth(&mut self, body: &Body, name: &str) -> bool {
        let Some(attribute) = body.attribute(name) else { return false };
        match literal(&attribute.value).as_ref().and_then(Value::to_bool) {
            Some(value) => value,
            None => {
                self.error(&attribute.value.span, format!("'{name}' must be true or false"));
                false
            }
        }
    }

    /// Things of the same name.
    fn duplicates(&mut self) {
        let config = &self.config;
        let pair = |component: &Component| {
            (format!("{}.{}", component.kind.text, component.name.text), component.name.span.clone())
        };
        let one = |word: &Word| (word.text.clone(), word.span.clone());
        let lists: [(&str, Vec<(String, Span)>); 4] = [
            ("sources", config.sources.iter().map(pair).collect()),
            ("data sources", config.data.iter().map(pair).collect()),
            ("variables", config.variables.iter().map(|variable| one(&variable.name)).collect()),
            ("local values", config.locals.iter().map(|local| one(&local.name)).collect()),
        ];
        for (what, list) in lists {
            let mut seen = std::collections::HashMap::new();
            for (name, span) in list {
                match seen.get(&name) {
                    Some(first) => {
                        let first: Span = Span::clone(first);
                        self.error(&span, format!("two {what} are called '{name}'"))
                            .code(Code::DuplicateName)
                            .other(first, "the first one");
                    }
                    None => drop(seen.insert(name, span)),
                }
            }
        }
    }
}

fn form(kind: &str, labels: &[&str]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("\"{}\" ", label.to_uppercase())).collect();
    format!("{kind} {}{{ … }}", labels.concat())
}

fn hint(name: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.is_empty() => "it has none of these at all".to_owned(),
        None => format!("known: {}", known.join(", ")),
    }
}

/// A letter or `_`, then letters, digits, `_` and `-`.
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
}

/// The value of an expression that needs nothing to know it.
pub(super) fn literal(expr: &Expr) -> Option<Value> {
    match &expr.form {
        Form::Null => Some(Value::Null),
        Form::Bool(value) => Some(Value::Bool(*value)),
        Form::Number(number) => Some(Value::Number(*number)),
        Form::Text(text) => Some(Value::text(text.as_str())),
        Form::Parens(inner) => literal(inner),
        Form::List(items) => items.iter().map(literal).collect::<Option<_>>().map(Value::list),
        Form::Object(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Some((literal(key)?.to_text()?.to_string(), literal(value)?)));
            entries.collect::<Option<_>>().map(Value::map)
        }
        _ => None,
    }
}
