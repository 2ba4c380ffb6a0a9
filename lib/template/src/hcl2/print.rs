//! Expressions as text, for the record: without line ends and without backquotes, so that they can stand in
//! ``{{hcl2 `…`}}``.

use super::config::is_name;
use super::syntax::{Binary, Expr, For, Form, Part, Step, TemplateFor, Unary, Way};

/// A value that is known only later as an option carries it: ``{{build `KEY`}}`` and ``{{hcl2 `…`}}``, with text around them
/// where it is one.
pub(super) fn option(expr: &Expr) -> String {
    match &expr.form {
        Form::Template(parts) => {
            let piece = |part: &Part| match part {
                Part::Text(text) => Some(text.clone()),
                Part::Value(expr) => Some(action(expr)),
                Part::If(..) | Part::For(_) => None,
            };
            parts.iter().map(piece).collect::<Option<String>>().unwrap_or_else(|| action(expr))
        }
        _ => action(expr),
    }
}

fn action(expr: &Expr) -> String {
    match &expr.form {
        Form::Traversal(root, steps) => match (&root.form, steps.as_slice()) {
            (Form::Variable(root), [Step { way: Way::Attribute(key), .. }]) if root == "build" => {
                format!("{{{{build `{key}`}}}}")
            }
            _ => format!("{{{{hcl2 `{}`}}}}", expression(expr)),
        },
        _ => format!("{{{{hcl2 `{}`}}}}", expression(expr)),
    }
}

/// An expression, as HCL2 has it.
pub(super) fn expression(expr: &Expr) -> String {
    let mut printed = String::new();
    put(expr, &mut printed);
    printed
}

fn put(expr: &Expr, into: &mut String) {
    match &expr.form {
        Form::Null => into.push_str("null"),
        Form::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
        Form::Number(number) => into.push_str(&number.to_string()),
        Form::Text(text) => quote(|into| escape(text, into), into),
        Form::Template(parts) => quote(|into| pieces(parts, into), into),
        Form::List(items) => {
            into.push('[');
            list(items, into);
            into.push(']');
        }
        Form::Object(entries) => {
            into.push_str("{ ");
            for (at, (key, value)) in entries.iter().enumerate() {
                into.push_str(if at > 0 { ", " } else { "" });
                match &key.form {
                    Form::Text(name) if is_name(name) && name != "for" => into.push_str(name),
                    Form::Text(_) => put(key, into),
                    _ => bracketed(key, into),
                }
                into.push_str(" = ");
                put(value, into);
            }
            into.push_str(" }");
        }
        Form::Parens(inner) => bracketed(inner, into),
        Form::Variable(name) => into.push_str(name),
        Form::Traversal(root, steps) => {
            match &root.form {
                Form::Variable(_) | Form::Traversal(..) | Form::Call(_) => put(root, into),
                _ => bracketed(root, into),
            }
            for step in steps {
                self::step(step, into);
            }
        }
        Form::Call(call) => {
            into.push_str(&call.name.text);
            into.push('(');
            list(&call.arguments, into);
            into.push_str(if call.expand { "...)" } else { ")" });
        }
        Form::Unary(operator, inner) => {
            into.push(match operator {
                Unary::Minus => '-',
                Unary::Not => '!',
            });
            operand(inner, into);
        }
        Form::Binary(left, operator, right) => {
            operand(left, into);
            into.push_str(sign(*operator));
            operand(right, into);
        }
        Form::Conditional(parts) => {
            for (part, before) in parts.iter().zip(["", " ? ", " : "]) {
                into.push_str(before);
                match &part.form {
                    Form::Conditional(_) => bracketed(part, into),
                    _ => put(part, into),
                }
            }
        }
        Form::For(each) => self::each(each, into),
    }
}

/// An expression in brackets where it needs them beside others.
fn operand(expr: &Expr, into: &mut String) {
    match &expr.form {
        Form::Unary(..) | Form::Binary(..) | Form::Conditional(_) => bracketed(expr, into),
        Form::Number(number) if number.as_f64() < 0.0 => bracketed(expr, into),
        _ => put(expr, into),
    }
}

fn bracketed(expr: &Expr, into: &mut String) {
    into.push('(');
    put(expr, into);
    into.push(')');
}

fn list(items: &[Expr], into: &mut String) {
    for (at, item) in items.iter().enumerate() {
        into.push_str(if at > 0 { ", " } else { "" });
        put(item, into);
    }
}

fn step(step: &Step, into: &mut String) {
    match &step.way {
        Way::Attribute(name) => {
            into.push('.');
            into.push_str(name);
        }
        Way::Index(index) => {
            into.push('[');
            put(index, into);
            into.push(']');
        }
        Way::AttributeSplat => into.push_str(".*"),
        Way::FullSplat => into.push_str("[*]"),
    }
}

fn sign(operator: Binary) -> &'static str {
    match operator {
        Binary::Equal => " == ",
        Binary::NotEqual => " != ",
        Binary::Less => " < ",
        Binary::LessOrEqual => " <= ",
        Binary::Greater => " > ",
        Binary::GreaterOrEqual => " >= ",
        Binary::Plus => " + ",
        Binary::Minus => " - ",
        Binary::Times => " * ",
        Binary::Divide => " / ",
        Binary::Modulo => " % ",
        Binary::And => " && ",
        Binary::Or => " || ",
    }
}

fn each(each: &For, into: &mut String) {
    into.push_str(if each.key.is_some() { "{ for " } else { "[for " });
    names(each.key_name.as_deref(), &each.value_name, into);
    put(&each.collection, into);
    into.push_str(" : ");
    if let Some(key) = &each.key {
        put(key, into);
        into.push_str(" => ");
    }
    put(&each.value, into);
    if each.grouping {
        into.push_str("...");
    }
    if let Some(condition) = &each.condition {
        into.push_str(" if ");
        put(condition, into);
    }
    into.push_str(if each.key.is_some() { " }" } else { "]" });
}

/// `key, value in `
fn names(key: Option<&str>, value: &str, into: &mut String) {
    if let Some(key) = key {
        into.push_str(key);
        into.push_str(", ");
    }
    into.push_str(value);
    into.push_str(" in ");
}

fn quote(inside: impl FnOnce(&mut String), into: &mut String) {
    into.push('"');
    inside(into);
    into.push('"');
}

fn pieces(parts: &[Part], into: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => escape(text, into),
            Part::Value(expr) => {
                into.push_str("${");
                put(expr, into);
                into.push('}');
            }
            Part::If(condition, then, otherwise) => {
                into.push_str("%{ if ");
                put(condition, into);
                into.push_str(" }");
                pieces(then, into);
                if !otherwise.is_empty() {
                    into.push_str("%{ else }");
                    pieces(otherwise, into);
                }
                into.push_str("%{ endif }");
            }
            Part::For(each) => template_each(each, into),
        }
    }
}

fn template_each(each: &TemplateFor, into: &mut String) {
    into.push_str("%{ for ");
    names(each.key_name.as_deref(), &each.value_name, into);
    put(&each.collection, into);
    into.push_str(" }");
    pieces(&each.body, into);
    into.push_str("%{ endfor }");
}

/// A text between quotes. Of two braces in a row, which Go's templates know, the second is written as a number.
fn escape(text: &str, into: &mut String) {
    let mut before = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (before, letter) {
            (_, '"' | '\\') => into.extend(['\\', letter]),
            (_, '\n') => into.push_str("\\n"),
            (_, '\r') => into.push_str("\\r"),
            (_, '\t') => into.push_str("\\t"),
            (Some('$'), '{') => into.push_str("${"),
            (Some('%'), '{') => into.push_str("%{"),
            // What follows may begin with a brace.
            (_, '$' | '%') if letters.peek().is_none() => number(letter, into),
            (Some('{'), '{') | (Some('}'), '}') | (_, '`') => number(letter, into),
            (_, letter) if letter.is_control() => number(letter, into),
            _ => into.push(letter),
        }
        before = Some(letter);
    }
}

fn number(letter: char, into: &mut String) {
    into.push_str(&format!("\\u{:04x}", u32::from(letter)));
}

/// A text as it stands in a quoted one, where that is neither the text itself nor JSON's form of it.
pub(super) fn other_form(text: &str) -> Option<String> {
    let mut escaped = String::new();
    escape(text, &mut escaped);
    let json = serde_json::Value::from(text).to_string();
    (escaped != text && escaped != json[1..json.len() - 1]).then_some(escaped)
}
