//! The way into values: `.name`, `[index]`, `[*]`.

use super::eval::Told;
use super::eval::{Evaluated, Evaluator};
use super::names::Found;
use super::number::Number;
use super::syntax::{Expr, Form, Step, Way};
use super::value::Value;
use crate::source::Code;

impl Evaluator<'_> {
    pub(super) fn traversal(&mut self, root: &Expr, name: &str, steps: &[Step]) -> Evaluated {
        if let Some((_, value)) = self.own.iter().rev().find(|(own, _)| own == name) {
            let value = value.clone();
            return self.steps(value, steps);
        }
        let mut path = Vec::new();
        for step in steps {
            match &step.way {
                Way::Attribute(name) => path.push(name.as_str()),
                Way::Index(Expr { form: Form::Text(name), .. }) => path.push(name.as_str()),
                _ => break,
            }
        }
        let (found, taken) = self.names.find(name, &path);
        match found {
            Found::Value(value) => self.steps(value, steps.get(taken..).unwrap_or_default()),
            Found::Broken => Err(Told),
            Found::Missing(message, hint) => {
                let end = taken.checked_sub(1).and_then(|last| steps.get(last)).map(|step| step.span.end);
                let is_variable = name == "var" && taken > 0;
                let code = if is_variable { Code::UnknownVariable } else { Code::UnknownReference };
                self.fail_as(code, &(root.span.start..end.unwrap_or(root.span.end)), message, hint)
            }
        }
    }

    /// Goes into a value.
    pub(super) fn steps(&mut self, mut value: Value, mut steps: &[Step]) -> Evaluated {
        /// `[*]` goes into itself.
        const MOST: usize = 256;
        if let Some(far) = steps.get(MOST) {
            let message = format!("more than {MOST} names and indexes follow one another here");
            return self.fail_as(Code::TooLarge, &far.span, message, "");
        }
        while let Some((step, rest)) = steps.split_first() {
            if let Value::Unknown(name) = &value {
                return Ok(match &step.way {
                    Way::Attribute(attribute) if rest.is_empty() => {
                        Value::Unknown(format!("{name}.{attribute}").into())
                    }
                    _ => value,
                });
            }
            if let Value::Later(_) = &value {
                return self.steps_later(&value, steps);
            }
            value = match &step.way {
                Way::Attribute(name) => self.attribute(&value, name, step)?,
                Way::Index(index) => {
                    let at = self.value(index)?;
                    if at.has_later() {
                        return self.steps_later(&value, steps);
                    }
                    self.index(&value, &at, step)?
                }
                Way::FullSplat => return self.splat(&value, rest),
                Way::AttributeSplat => {
                    let names = rest.iter().take_while(|step| matches!(step.way, Way::Attribute(_))).count();
                    let (inside, after) = rest.split_at(names);
                    value = self.splat(&value, inside)?;
                    steps = after;
                    continue;
                }
            };
            steps = rest;
        }
        Ok(value)
    }

    fn splat(&mut self, value: &Value, steps: &[Step]) -> Evaluated {
        let items = match (value.items(), value) {
            (Some(items), _) => items.to_vec(),
            (None, Value::Null) => Vec::new(),
            (None, other) => vec![other.clone()],
        };
        let values: Result<Vec<_>, _> = items.into_iter().map(|item| self.steps(item, steps)).collect();
        values.map(Value::list)
    }

    fn attribute(&mut self, value: &Value, name: &str, step: &Step) -> Evaluated {
        match value {
            Value::Map(entries) => match entries.get(name) {
                Some(value) => Ok(value.clone()),
                None => {
                    let hint = super::names::suggestion(name, entries.keys().map(String::as_str));
                    self.fail_as(
                        Code::UnknownReference,
                        &step.span,
                        format!("there is no '{name}' in this"),
                        hint,
                    )
                }
            },
            Value::List(_) | Value::Set(_) => {
                let hint = format!("write [0].{name} for one item, [*].{name} for all");
                let message = format!("this is a list: it has no '{name}' of its own");
                self.fail_as(Code::UnknownReference, &step.span, message, hint)
            }
            other => {
                let message = format!("this is {}: it has no '{name}'", other.what());
                self.fail_as(Code::UnknownReference, &step.span, message, "")
            }
        }
    }

    fn index(&mut self, value: &Value, at: &Value, step: &Step) -> Evaluated {
        match (value, at) {
            (_, Value::Unknown(_)) => Ok(at.clone()),
            (Value::Map(_), at) => match at.to_text() {
                Some(name) => self.attribute(value, &name, step),
                None => self.fail(&step.span, format!("a key must be a text, not {}", at.what())),
            },
            (Value::List(items), at) => {
                let index = at.to_number().and_then(Number::as_whole);
                match index.and_then(|index| usize::try_from(index).ok()).and_then(|index| items.get(index)) {
                    Some(item) => Ok(item.clone()),
                    None if index.is_none() => {
                        self.fail(&step.span, format!("an index must be a whole number, not {}", at.what()))
                    }
                    None => {
                        let message = format!("there is no such item: the list has {} of them", items.len());
                        self.fail_as(Code::UnknownReference, &step.span, message, "items are counted from 0")
                    }
                }
            }
            (other, _) => self.fail(&step.span, format!("{} has no items to choose from", other.what())),
        }
    }
}
