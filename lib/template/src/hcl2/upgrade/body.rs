//! Options as attributes and blocks.

use super::names::Names;
use super::text::{Place, literal, quoted};
use crate::json::{Member, Node, Value};
use crate::options::Check;
use crate::options::registry::Sort;
use crate::options::weak::{Shape, Shapes, Weak};

/// Options of a component as lines of a body: what its type reads as a structure is a block.
pub(super) fn options(sort: Sort, kind: &str, members: &[Member], place: Place, names: &mut Names) -> String {
    written(sort, kind, members, place, names, Form::Body)
}

/// The same as attributes of an object: no blocks can stand there.
pub(super) fn overrides(
    sort: Sort,
    kind: &str,
    members: &[Member],
    place: Place,
    names: &mut Names,
) -> String {
    written(sort, kind, members, place, names, Form::Object)
}

fn written(
    sort: Sort,
    kind: &str,
    members: &[Member],
    place: Place,
    names: &mut Names,
    form: Form,
) -> String {
    let (shapes, fields) = shapes(sort, kind, members);
    let is_known = sort.find(kind).is_some();
    let mut writer = Writer { shapes, is_known, form, place, names };
    let mut body = String::new();
    for member in members {
        let exact = fields.iter().find(|field| **field == member.key);
        let name = exact.or_else(|| fields.iter().find(|field| field.eq_ignore_ascii_case(&member.key)));
        writer.member(name.map_or(&member.key, |name| *name), &member.node, &mut body);
    }
    body
}

/// What the component's type reads its options as. Texts that are rendered later are stood in for, by what most types take.
fn shapes(sort: Sort, kind: &str, members: &[Member]) -> (Shapes, Vec<&'static str>) {
    let Some(entry) = sort.find(kind) else { return (Shapes::default(), Vec::new()) };
    let mut shapes = Shapes::default();
    for stand_in in ["1", "1m", "x"] {
        let members: Vec<Member> = members.iter().map(|member| member_with(member, stand_in)).collect();
        let mut weak = Weak::new(&members);
        (entry.load)(&mut weak, &mut Check::default());
        shapes.values.extend(weak.shapes.values);
        shapes.names.extend(weak.shapes.names);
    }
    (shapes, (entry.fields)())
}

fn member_with(member: &Member, stand_in: &str) -> Member {
    Member { node: with(&member.node, stand_in), ..member.clone() }
}

fn with(node: &Node, stand_in: &str) -> Node {
    let value = match &node.value {
        Value::String(text) if text.contains("{{") => Value::String(stand_in.to_owned()),
        Value::Array(items) => Value::Array(items.iter().map(|item| with(item, stand_in)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|member| member_with(member, stand_in)).collect())
        }
        other => other.clone(),
    };
    Node::new(node.span.clone(), value)
}

/// What is written: a body, in which structures are blocks, or an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Body,
    Object,
}

struct Writer<'a> {
    shapes: Shapes,
    /// Whether the component is one of ours; what others read as structures is guessed, as Packer's `hcl2_upgrade` does it.
    is_known: bool,
    form: Form,
    place: Place,
    names: &'a mut Names,
}

impl Writer<'_> {
    fn shape(&self, node: &Node) -> Option<Shape> {
        self.shapes.values.get(&node.span).copied()
    }

    fn member(&mut self, name: &str, node: &Node, body: &mut String) {
        match &node.value {
            Value::Null => {}
            // One object stands for a list of them, and the other way round.
            Value::Object(members)
                if self.form == Form::Body
                    && (matches!(self.shape(node), Some(Shape::Structure | Shape::List))
                        || !self.is_known && is_likely_block(name, members)) =>
            {
                self.block(name, members, body);
            }
            Value::Array(items) if self.form == Form::Body && self.is_blocks(node, items) => {
                for item in items {
                    if let Value::Object(members) = &item.value {
                        self.block(name, members, body);
                    }
                }
            }
            _ => {
                let value = self.value(node);
                if value != "null" || self.form == Form::Object {
                    body.push_str(&format!("{name} = {value}\n"));
                }
            }
        }
    }

    fn is_blocks(&self, node: &Node, items: &[Node]) -> bool {
        let is_object = |item: &Node| matches!(item.value, Value::Object(_));
        let is_structure = |item: &Node| self.shape(item) == Some(Shape::Structure);
        !items.is_empty()
            && items.iter().all(is_object)
            && (!self.is_known
                || items.iter().any(is_structure)
                || self.shape(node) == Some(Shape::Structure))
    }

    fn block(&mut self, name: &str, members: &[Member], body: &mut String) {
        body.push_str(&format!("{name} {{\n"));
        for member in members {
            let exact = self.shapes.names.get(&member.key_span).copied();
            self.member(exact.unwrap_or(&member.key), &member.node, body);
        }
        body.push_str("}\n");
    }

    fn value(&mut self, node: &Node) -> String {
        match (&node.value, self.shape(node)) {
            (Value::Null, _) => "null".to_owned(),
            (Value::Bool(value), Some(Shape::Text)) => literal(if *value { "1" } else { "0" }),
            (Value::Bool(value), _) => value.to_string(),
            (Value::Number(number), Some(Shape::Switch)) => match number.as_str() {
                "0" => "null".to_owned(),
                number => (number == "1").to_string(),
            },
            (Value::Number(number), Some(Shape::Truth)) => {
                number.parse::<f64>().is_ok_and(|number| number != 0.0).to_string()
            }
            (Value::Number(number), _) => number.clone(),
            (Value::String(text), Some(shape)) if text.is_empty() && empty(shape).is_some() => {
                empty(shape).unwrap_or_default().to_owned()
            }
            // A variable may hold commas.
            (Value::String(text), Some(Shape::List))
                if text.contains("user") && !text.contains("{{build") =>
            {
                let value = quoted(text, self.place, self.names);
                self.or_empty(text, Shape::List, &value, format!("split(\",\", {value})"))
            }
            (Value::String(text), Some(Shape::List)) => {
                let items: Vec<String> =
                    text.split(',').map(|item| quoted(item, self.place, self.names)).collect();
                format!("[{}]", items.join(", "))
            }
            (Value::String(text), Some(Shape::Truth | Shape::Switch)) if !text.contains("{{") => {
                matches!(text.as_str(), "1" | "t" | "T" | "TRUE" | "true" | "True").to_string()
            }
            (Value::String(text), Some(shape @ (Shape::Truth | Shape::Switch | Shape::Number))) => {
                let value = quoted(text, self.place, self.names);
                self.or_empty(text, shape, &value, value.clone())
            }
            (Value::String(text), _) => quoted(text, self.place, self.names),
            // The objects of a list are one map together.
            (Value::Array(items), Some(Shape::Map)) => {
                let members = items.iter().filter_map(|item| match &item.value {
                    Value::Object(members) => Some(members),
                    _ => None,
                });
                self.map(members.flatten())
            }
            (Value::Array(items), _) => {
                let items: Vec<String> = items.iter().map(|item| self.value(item)).collect();
                format!("[{}]", items.join(", "))
            }
            (Value::Object(members), _) => self.map(members.iter()),
        }
    }

    /// A value that a text converts to, or what JSON takes an empty text for, where the text may be empty: HCL2 refuses that one.
    fn or_empty(&self, text: &str, shape: Shape, value: &str, converted: String) -> String {
        match empty(shape) {
            Some(empty) if self.names.may_be_empty(text) => {
                format!("{value} == \"\" ? {empty} : {converted}")
            }
            _ => converted,
        }
    }

    fn map<'m>(&mut self, members: impl Iterator<Item = &'m Member>) -> String {
        let entries: String = members
            .map(|member| {
                let name = if is_name(&member.key) {
                    member.key.clone()
                } else {
                    quoted(&member.key, self.place, self.names)
                };
                format!("{name} = {}\n", self.value(&member.node))
            })
            .collect();
        if entries.is_empty() { "{}".to_owned() } else { format!("{{\n{entries}}}") }
    }
}

/// What an empty text is taken for in JSON.
fn empty(shape: Shape) -> Option<&'static str> {
    match shape {
        Shape::Truth => Some("false"),
        Shape::Switch => Some("null"),
        Shape::Number => Some("0"),
        Shape::List => Some("[]"),
        Shape::Structure | Shape::Map | Shape::Text => None,
    }
}

/// Whether an object of a component that is not known is a block rather than a map: what holds more than plain values is, and so are
/// some by their names (Packer's `hcl2_upgrade` guesses the same).
fn is_likely_block(name: &str, members: &[Member]) -> bool {
    let is_plain = |member: &Member| !matches!(member.node.value, Value::Array(_) | Value::Object(_));
    ["linux_options", "network_interface", "shared_image_gallery"].contains(&name)
        || !members.iter().all(is_plain)
}

/// A letter or `_`, then letters, digits, `_` and `-`; no word of the language.
pub(super) fn is_name(text: &str) -> bool {
    super::super::config::is_name(text) && !["true", "false", "null", "for", "if", "in"].contains(&text)
}
