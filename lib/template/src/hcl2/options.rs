//! Bodies as options: values with their places, as the types of options read them.

use super::eval::{Evaluator, Told};
use super::loops::Entries;
use super::syntax::{Attribute, Block, Body, Expr, Form};
use super::value::Value;
use crate::json::{Member, Node};
use crate::options::weak::Manner;
use crate::packer_json::Word;
use crate::source::{Code, Span};

/// A block after `dynamic` is expanded, with the names that are known in it.
pub(super) struct Expanded {
    pub(super) block: Block,
    pub(super) own: Vec<(String, Value)>,
}

/// The blocks of a body, with dynamic ones in the form that they give.
pub(super) fn expand(evaluator: &mut Evaluator<'_>, blocks: &[Block]) -> Vec<Expanded> {
    let mut expanded = Vec::new();
    for block in blocks {
        if block.kind.text == "dynamic" {
            // What is wrong has been noted; the other blocks are good.
            let _ = dynamic(evaluator, block, &mut expanded);
        } else {
            expanded.push(Expanded { block: block.clone(), own: evaluator.own.clone() });
        }
    }
    expanded
}

/// `dynamic "kind" { for_each = …, iterator = …, labels = […], content { … } }`
fn dynamic(evaluator: &mut Evaluator<'_>, block: &Block, expanded: &mut Vec<Expanded>) -> Result<(), Told> {
    let [kind] = block.labels.as_slice() else {
        let hint = "dynamic \"tag\" { for_each = …, content { … } }";
        return evaluator.fail_as(
            Code::WrongShape,
            &block.kind.span,
            "'dynamic' needs one label: which block it makes",
            hint,
        );
    };
    for attribute in &block.body.attributes {
        if !["for_each", "iterator", "labels"].contains(&attribute.name.text.as_str()) {
            let message = format!("'dynamic' has no attribute '{}'", attribute.name.text);
            return evaluator.fail_as(
                Code::UnknownKey,
                &attribute.name.span,
                message,
                "what each block holds stands in content { … }",
            );
        }
    }
    let content = match block.body.blocks.as_slice() {
        [content] if content.kind.text == "content" => content,
        _ => {
            return evaluator.fail_as(
                Code::WrongShape,
                &block.kind.span,
                "'dynamic' needs one block 'content', and no other",
                "",
            );
        }
    };
    let Some(each) = block.body.attribute("for_each") else {
        return evaluator.fail_as(Code::WrongShape, &block.kind.span, "'dynamic' needs 'for_each'", "");
    };
    let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value) {
        None => kind.text.clone(),
        Some(Expr { form: Form::Variable(name), .. }) => name.clone(),
        Some(Expr { form: Form::Text(name), .. }) => name.clone(),
        Some(other) => return evaluator.fail_as(Code::WrongShape, &other.span, "'iterator' is a name", ""),
    };
    let collection = evaluator.value(&each.value)?;
    let entries = match evaluator.entries(&collection, &each.value.span)? {
        Entries::Known(entries) => entries,
        open => {
            let hint = match open {
                Entries::Later => "this is known only while the build runs",
                _ => "this comes from a data source that was not asked",
            };
            let message = "how many blocks there are must be known here";
            return evaluator.fail_with(&each.value.span, message, hint);
        }
    };
    for (key, value) in entries {
        let pair = [("key".to_owned(), key), ("value".to_owned(), value)];
        evaluator.own.push((iterator.clone(), Value::map(pair.into_iter().collect())));
        let labels = labels(evaluator, block.body.attribute("labels"));
        let own = evaluator.own.clone();
        evaluator.own.pop();
        let block = Block { kind: kind.clone(), labels: labels?, body: content.body.clone() };
        expanded.push(Expanded { block, own });
    }
    Ok(())
}

fn labels(evaluator: &mut Evaluator<'_>, attribute: Option<&Attribute>) -> Result<Vec<Word>, Told> {
    let Some(attribute) = attribute else { return Ok(Vec::new()) };
    let value = evaluator.value(&attribute.value)?;
    let texts = value.items().map(|items| items.iter().map(Value::to_text).collect::<Option<Vec<_>>>());
    match texts {
        Some(Some(texts)) => Ok(texts
            .iter()
            .map(|text| Word { text: text.to_string(), span: attribute.value.span.clone() })
            .collect()),
        _ => evaluator.fail_as(Code::WrongShape, &attribute.value.span, "'labels' is a list of texts", ""),
    }
}

/// The options in a body, without the attributes and blocks in `skip`. What is wrong is noted and left out.
pub(super) fn members(
    evaluator: &mut Evaluator<'_>,
    body: &Body,
    skip: &[&str],
    manner: &mut Manner,
) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for Attribute { name, value: expr } in &body.attributes {
        if skip.contains(&name.text.as_str()) {
            continue;
        }
        let Ok(value) = evaluator.value(expr) else {
            // Left in as a placeholder, so that nobody says that it is missing.
            manner.placeholders.insert(name.span.clone());
            members.push(member(name, Node::new(expr.span.clone(), crate::json::Value::Null)));
            continue;
        };
        if value == Value::Null {
            continue;
        }
        if value.unknown().is_some() {
            manner.placeholders.insert(name.span.clone());
        }
        members.push(member(name, node(&value, Some(expr), &expr.span)));
    }
    let mut groups: Vec<(Word, Vec<Node>)> = Vec::new();
    for Expanded { block, own } in expand(evaluator, &body.blocks) {
        if skip.contains(&block.kind.text.as_str()) {
            continue;
        }
        if let Some(label) = block.labels.first() {
            let message = format!("the block '{}' takes no labels", block.kind.text);
            let _: Result<(), Told> = evaluator.fail_as(Code::WrongShape, &label.span, message, "");
        }
        let before = std::mem::replace(&mut evaluator.own, own);
        let inside = self::members(evaluator, &block.body, &[], manner);
        evaluator.own = before;
        let has_placeholder = inside.iter().any(|member| manner.placeholders.contains(&member.key_span));
        if has_placeholder {
            manner.placeholders.insert(block.kind.span.clone());
        }
        let span = block.kind.span.clone();
        manner.blocks.insert(span.clone());
        let node = Node::new(span, crate::json::Value::Object(inside));
        match groups.iter_mut().find(|(kind, _)| kind.text == block.kind.text) {
            Some((kind, nodes)) => {
                if has_placeholder {
                    manner.placeholders.insert(kind.span.clone());
                }
                nodes.push(node);
            }
            None => groups.push((block.kind.clone(), vec![node])),
        }
    }
    for (kind, nodes) in groups {
        if let Some(first) = members.iter().find(|member| member.key == kind.text) {
            let span = first.key_span.clone();
            let message = format!("'{}' stands here as an attribute and as a block", kind.text);
            let _: Result<(), Told> = evaluator.fail(&span, message);
            continue;
        }
        let node = Node::new(kind.span.clone(), crate::json::Value::Array(nodes));
        members.push(member(&kind, node));
    }
    members
}

fn member(name: &Word, node: Node) -> Member {
    Member { key: name.text.clone(), key_span: name.span.clone(), node }
}

/// A value with its places: those of the expression where it is written out, else all of it.
pub(super) fn node(value: &Value, expr: Option<&Expr>, span: &Span) -> Node {
    let form = expr.map(|expr| &expr.form);
    let json = match value {
        Value::Null => crate::json::Value::Null,
        Value::Bool(value) => crate::json::Value::Bool(*value),
        Value::Number(number) => crate::json::Value::Number(number.to_string()),
        Value::Text(text) => crate::json::Value::String(text.to_string()),
        Value::Later(later) => crate::json::Value::String(later.text()),
        Value::Unknown(name) => crate::json::Value::String(format!("<{name}>")),
        Value::List(items) | Value::Set(items) => {
            let written = match form {
                Some(Form::List(exprs)) if exprs.len() == items.len() => exprs.as_slice(),
                _ => &[],
            };
            let nodes = items.iter().enumerate().map(|(index, item)| {
                let expr = written.get(index);
                node(item, expr, expr.map_or(span, |expr| &expr.span))
            });
            crate::json::Value::Array(nodes.collect())
        }
        Value::Map(entries) => {
            let written = match form {
                Some(Form::Object(written)) => written.as_slice(),
                _ => &[],
            };
            let find = |key: &str| {
                written.iter().find(|(written, _)| matches!(&written.form, Form::Text(text) if text == key))
            };
            let members = entries.iter().filter(|(_, value)| **value != Value::Null).map(|(key, value)| {
                let found = find(key);
                let key_span = found.map_or_else(|| span.clone(), |(key, _)| key.span.clone());
                let expr = found.map(|(_, expr)| expr);
                let node = node(value, expr, expr.map_or(span, |expr| &expr.span));
                Member { key: key.clone(), key_span, node }
            });
            crate::json::Value::Object(members.collect())
        }
    };
    Node::new(span.clone(), json)
}
