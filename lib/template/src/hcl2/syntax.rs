//! What stands in a configuration, with the place of everything. Made of HCL by [`super::lower`], of JSON by
//! [`super::json_body`]; places are in the joined source of all files.

use super::number::Number;
use crate::packer_json::Word;
use crate::source::Span;

/// Attributes and blocks.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<Block>,
}

/// `name = value`
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    pub(super) name: Word,
    pub(super) value: Expr,
}

/// `kind "label" { … }`
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) kind: Word,
    pub(super) labels: Vec<Word>,
    pub(super) body: Body,
}

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) span: Span,
    pub(super) form: Form,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Null,
    Bool(bool),
    Number(Number),
    /// A text without anything to put in.
    Text(String),
    /// A text with something to put in.
    Template(Vec<Part>),
    List(Vec<Expr>),
    /// Keys that are bare names are texts here.
    Object(Vec<(Expr, Expr)>),
    Parens(Box<Expr>),
    Variable(String),
    Traversal(Box<Expr>, Vec<Step>),
    Call(Call),
    Unary(Unary, Box<Expr>),
    Binary(Box<Expr>, Binary, Box<Expr>),
    Conditional(Box<[Expr; 3]>),
    For(Box<For>),
}

/// A step on the way into a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) span: Span,
    pub(super) way: Way,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way {
    /// `.name`
    Attribute(String),
    /// `[…]`
    Index(Expr),
    /// `.*`
    AttributeSplat,
    /// `[*]`
    FullSplat,
}

/// `name(arguments…)`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) name: Word,
    pub(super) arguments: Vec<Expr>,
    /// Whether the last argument is a list of arguments: `f(list...)`.
    pub(super) expand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Minus,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    And,
    Or,
}

/// `[for k, v in collection : value if condition]`, or with a key in braces.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct For {
    pub(super) key_name: Option<String>,
    pub(super) value_name: String,
    pub(super) collection: Expr,
    pub(super) key: Option<Expr>,
    pub(super) value: Expr,
    /// Whether values of the same key are gathered: `value...`.
    pub(super) grouping: bool,
    pub(super) condition: Option<Expr>,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Text(String),
    /// `${…}`
    Value(Expr),
    /// `%{ if … }`
    If(Expr, Vec<Part>, Vec<Part>),
    /// `%{ for … }`
    For(Box<TemplateFor>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TemplateFor {
    pub(super) key_name: Option<String>,
    pub(super) value_name: String,
    pub(super) collection: Expr,
    pub(super) body: Vec<Part>,
}

impl Body {
    /// The attribute of that name.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.text == name)
    }
}

impl Expr {
    pub(super) fn new(span: Span, form: Form) -> Self {
        Self { span, form }
    }
}

impl Expr {
    /// Tells of each expression inside how deep it stands, and how long its text is.
    pub(super) fn measure(&self, depth: usize, tell: &mut dyn FnMut(usize, usize)) {
        let length = match &self.form {
            Form::Text(text) | Form::Variable(text) => text.len(),
            _ => 0,
        };
        tell(depth, length);
        let inner = depth + 1;
        match &self.form {
            Form::Null | Form::Bool(_) | Form::Number(_) | Form::Text(_) | Form::Variable(_) => {}
            Form::Template(parts) => measure_parts(parts, inner, tell),
            Form::List(items) => items.iter().for_each(|item| item.measure(inner, tell)),
            Form::Object(entries) => entries.iter().for_each(|(key, value)| {
                key.measure(inner, tell);
                value.measure(inner, tell);
            }),
            Form::Parens(one) | Form::Unary(_, one) => one.measure(inner, tell),
            Form::Traversal(root, steps) => {
                root.measure(inner, tell);
                for step in steps {
                    if let Way::Index(index) = &step.way {
                        index.measure(inner, tell);
                    }
                }
            }
            Form::Call(call) => call.arguments.iter().for_each(|argument| argument.measure(inner, tell)),
            Form::Binary(left, _, right) => [left, right].iter().for_each(|side| side.measure(inner, tell)),
            Form::Conditional(parts) => parts.iter().for_each(|part| part.measure(inner, tell)),
            Form::For(each) => {
                let parts =
                    [&each.collection, &each.value].into_iter().chain(&each.key).chain(&each.condition);
                parts.for_each(|part| part.measure(inner, tell));
            }
        }
    }
}

fn measure_parts(parts: &[Part], depth: usize, tell: &mut dyn FnMut(usize, usize)) {
    for part in parts {
        match part {
            Part::Text(text) => tell(depth, text.len()),
            Part::Value(expr) => expr.measure(depth, tell),
            Part::If(condition, then, otherwise) => {
                condition.measure(depth, tell);
                measure_parts(then, depth + 1, tell);
                measure_parts(otherwise, depth + 1, tell);
            }
            Part::For(each) => {
                each.collection.measure(depth, tell);
                measure_parts(&each.body, depth + 1, tell);
            }
        }
    }
}
