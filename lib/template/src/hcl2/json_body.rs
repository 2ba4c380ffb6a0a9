//! HCL2's JSON form, `*.pkr.json`: the same blocks, as nested objects (HCL's JSON specification).

use super::lower;
use super::number::Number;
use super::syntax::{Attribute, Block, Body, Expr, Form};
use crate::json::{self, Member, Node, Value};
use crate::packer_json::Word;
use crate::source::{Code, Diagnostics, Source, Span};
use std::sync::Arc;

/// The blocks that stand in a block, and how many labels they have. What is not among them is an attribute.
fn blocks(kind: &str) -> &'static [(&'static str, usize)] {
    match kind {
        "" => &[
            ("build", 0),
            ("communicator", 2),
            ("data", 2),
            ("hcp_packer_registry", 0),
            ("local", 1),
            ("locals", 0),
            ("packer", 0),
            ("source", 2),
            ("variable", 1),
            ("variables", 0),
        ],
        "build" => &[
            ("dynamic", 1),
            ("error-cleanup-provisioner", 1),
            ("hcp_packer_registry", 0),
            ("post-processor", 1),
            ("post-processors", 0),
            ("provisioner", 1),
            ("source", 1),
        ],
        "post-processors" => &[("dynamic", 1), ("post-processor", 1)],
        "variable" => &[("validation", 0)],
        "packer" => &[("required_plugins", 0)],
        "dynamic" => &[("content", 0)],
        _ => &[],
    }
}

/// Reads one file of the joined source. What is malformed is noted.
pub(super) fn body(source: &Arc<Source>, place: Span, diagnostics: &mut Diagnostics) -> Body {
    let text = source.text.get(place.clone()).unwrap_or_default();
    let file = source.files().find(|(_, span)| *span == place).map(|(file, _)| file.clone());
    let parsed = json::parse(&file.unwrap_or_else(|| Source::new("", text)));
    diagnostics.all.extend(parsed.diagnostics.all);
    let Some(root) = parsed.root else { return Body::default() };
    let mut reader = Reader { source, base: place.start, diagnostics };
    let mut body = Body::default();
    reader.fill(&root, "", &mut body);
    body
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    base: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn place(&self, span: &Span) -> Span {
        self.base + span.start..self.base + span.end
    }

    fn error(&mut self, span: &Span, message: String) -> &mut crate::source::Diagnostic {
        let place = self.place(span);
        self.diagnostics.error(Code::WrongShape, self.source, place, message)
    }

    fn word(&self, member: &Member) -> Word {
        Word { text: member.key.clone(), span: self.place(&member.key_span) }
    }

    /// The members of an object, or of a list of objects.
    fn members<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Member> {
        match &node.value {
            Value::Object(members) => members.iter().filter(|member| member.key != "//").collect(),
            Value::Array(items) => items.iter().flat_map(|item| self.members_of(item, what)).collect(),
            Value::Null => Vec::new(),
            _ => {
                self.error(&node.span, format!("{what} is an object, not {}", node.what()));
                Vec::new()
            }
        }
    }

    /// The members of an item: lists do not stand in lists here.
    fn members_of<'n>(&mut self, node: &'n Node, what: &str) -> Vec<&'n Member> {
        match &node.value {
            Value::Object(members) => members.iter().filter(|member| member.key != "//").collect(),
            _ => {
                self.error(&node.span, format!("{what} is an object, not {}", node.what()));
                Vec::new()
            }
        }
    }

    fn fill(&mut self, node: &Node, kind: &str, body: &mut Body) {
        let what = if kind.is_empty() { "a configuration".to_owned() } else { format!("'{kind}'") };
        for member in self.members(node, &what) {
            match blocks(kind).iter().find(|(name, _)| *name == member.key) {
                Some((_, labels)) => {
                    let word = self.word(member);
                    self.blocks(&member.node, &word, *labels, Vec::new(), body);
                }
                None => {
                    let value = match (kind, member.key.as_str(), member.node.as_str()) {
                        ("variable", "type", Some(text)) => self.type_expr(&member.node, text),
                        _ => self.expr(&member.node),
                    };
                    body.attributes.push(Attribute { name: self.word(member), value });
                }
            }
        }
    }

    /// Blocks below their labels: an object, or a list of objects that are one block each.
    fn blocks(&mut self, node: &Node, kind: &Word, missing: usize, labels: Vec<Word>, into: &mut Body) {
        if missing > 0 {
            for member in self.members(node, &format!("'{}'", kind.text)) {
                let mut labels = labels.clone();
                labels.push(self.word(member));
                self.blocks(&member.node, kind, missing - 1, labels, into);
            }
            return;
        }
        let nodes = match &node.value {
            Value::Array(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for node in nodes {
            let mut body = Body::default();
            self.fill(node, &kind.text, &mut body);
            into.blocks.push(Block { kind: kind.clone(), labels: labels.clone(), body });
        }
    }

    /// A type is written as a text: `"list(string)"`.
    fn type_expr(&mut self, node: &Node, text: &str) -> Expr {
        let place = self.place(&node.span);
        match lower::expression(&Source::new("", text)) {
            Ok(mut expr) => {
                expr.span = place;
                expr
            }
            Err(why) => {
                self.error(&node.span, why);
                Expr::new(place, Form::Variable("any".to_owned()))
            }
        }
    }

    fn expr(&mut self, node: &Node) -> Expr {
        let place = self.place(&node.span);
        let form = match &node.value {
            Value::Null => Form::Null,
            Value::Bool(value) => Form::Bool(*value),
            Value::Number(text) => Form::Number(Number::parse(text).unwrap_or(Number::Real(f64::INFINITY))),
            Value::String(text) => return self.text(place, node, text),
            Value::Array(items) => Form::List(items.iter().map(|item| self.expr(item)).collect()),
            Value::Object(members) => {
                let entries = members.iter().filter(|member| member.key != "//").map(|member| {
                    let key = self.text(self.place(&member.key_span), node, &member.key);
                    (key, self.expr(&member.node))
                });
                Form::Object(entries.collect())
            }
        };
        Expr::new(place, form)
    }

    fn text(&mut self, place: Span, node: &Node, text: &str) -> Expr {
        let parsed = lower::template_text(&Source::new("", text), place.clone(), text);
        parsed.unwrap_or_else(|why| {
            self.error(&node.span, why);
            Expr::new(place, Form::Text(text.to_owned()))
        })
    }
}
