//! Options of steps that name what the machine tells: evaluated when the step's turn comes.
//!
//! `validate` writes ``{{build `KEY`}}`` for `build.KEY` of HCL2, and ``{{hcl2 `upper(build.KEY)`}}`` for an expression with it
//! (no backquote stands in one). Such a text may stand where the option takes something else: it is read as the option's type
//! once it has its value.

use super::Late;
use crate::hcl2;
use crate::json::{self, Member};
use crate::options::registry::{Entry, Sort};
use crate::options::weak::{Manner, Weak};
use record::Failure;
use serde_json::{Map, Value};
use std::sync::Arc;

const EXPRESSION: &str = "{{hcl2 `";
const KEY: &str = "{{build `";
const END: &str = "`}}";

/// Whether something in a text is left for the tools.
pub(crate) fn is_open(text: &str) -> bool {
    text.contains(EXPRESSION) || text.contains(KEY)
}

impl Late {
    /// The options of a provisioner or post-processor with the values of all that `validate` had to leave. Other `{{…}}` stays as
    /// it is: the component renders it, or its text has braces of its own.
    ///
    /// # Errors
    /// When an expression has no value, or one that its option does not take.
    pub fn settle(&self, sort: Sort, options: &Map<String, Value>) -> Result<Map<String, Value>, Failure> {
        let kind = options.get("type").and_then(Value::as_str).unwrap_or_default();
        let entry = sort.find(kind);
        let mut settled = options.clone();
        let mut changed = Vec::new();
        for (name, value) in &mut settled {
            // What the component renders itself, it renders as a whole.
            let is_rendered = entry.is_some_and(|entry| entry.deferred.iter().any(|(own, _)| own == name));
            let before = value.clone();
            self.settle_value(value, is_rendered).map_err(|failure| failure.context(name))?;
            if before != *value {
                changed.push(name.clone());
            }
        }
        if let Some(entry) = entry.filter(|_| !changed.is_empty()) {
            retype(entry, &mut settled, &changed)?;
        }
        Ok(settled)
    }

    fn settle_value(&self, value: &mut Value, is_rendered: bool) -> Result<(), Failure> {
        match value {
            Value::String(text) if is_open(text) => *value = self.settle_text(text, is_rendered)?,
            Value::Array(items) => {
                items.iter_mut().try_for_each(|item| self.settle_value(item, is_rendered))?;
            }
            Value::Object(fields) => {
                fields.values_mut().try_for_each(|field| self.settle_value(field, is_rendered))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The value of a text: of whatever type, where it is one expression.
    fn settle_text(&self, text: &str, is_rendered: bool) -> Result<Value, Failure> {
        let mut made = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, action, after)) = next(rest, is_rendered) {
            let value = match action.strip_prefix(EXPRESSION).and_then(|action| action.strip_suffix(END)) {
                Some(expression) => self.evaluate(expression)?,
                None => Value::String(self.render(action)?),
            };
            if action.len() == text.len() {
                return Ok(value);
            }
            made.push_str(before);
            match &value {
                Value::String(text) => made.push_str(text),
                Value::Number(_) | Value::Bool(_) => made.push_str(&value.to_string()),
                _ => return Err(Failure::new(format!("{action} gives no text, and stands in one"))),
            }
            rest = after;
        }
        made.push_str(rest);
        Ok(made.into())
    }

    fn evaluate(&self, expression: &str) -> Result<Value, Failure> {
        let (folder, moment) = (&self.scope.folder, self.scope.moment);
        hcl2::evaluate(expression, &self.machine, folder, moment).map_err(|(message, hint)| {
            let failure = Failure::new(format!("cannot evaluate '{expression}': {message}"));
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    }
}

/// The next action that is to be settled, with what stands before and after it.
fn next(text: &str, is_rendered: bool) -> Option<(&str, &str, &str)> {
    let key = if is_rendered { None } else { text.find(KEY) };
    let begin = text.find(EXPRESSION).into_iter().chain(key).min()?;
    let end = begin + text[begin..].find(END)? + END.len();
    Some((&text[..begin], &text[begin..end], &text[end..]))
}

/// Reads the options that have got their values as their types.
fn retype(entry: &Entry, options: &mut Map<String, Value>, changed: &[String]) -> Result<(), Failure> {
    let members: Vec<Member> = options
        .iter()
        .filter(|(name, _)| changed.contains(name))
        .map(|(name, value)| Member { key: name.clone(), key_span: 0..0, node: json::Node::of(value) })
        .collect();
    // Values are those of HCL2, whose blocks cannot be told any more.
    let manner = Manner { is_json: true, ..Manner::default() };
    let mut weak = Weak::in_manner(&members, Some(Arc::new(manner)));
    let mut typed = (entry.typed)(&mut weak);
    if let (Some(name), Some(mistake)) = (weak.broken.first(), weak.mistakes.first()) {
        return Err(Failure::new(format!("{name}: {}", mistake.message))
            .hint("its value was not known before the build ran"));
    }
    let fields = (entry.fields)();
    for name in changed.iter().filter(|name| fields.contains(&name.as_str())) {
        match typed.remove(name) {
            Some(value) => options.insert(name.clone(), value),
            None => options.remove(name),
        };
    }
    Ok(())
}
