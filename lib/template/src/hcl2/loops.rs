//! `for` in expressions and in texts.

use super::eval::{Evaluated, Evaluator, Holds, Made, Told};
use super::syntax::{For, TemplateFor};
use super::value::Value;
use crate::source::Span;
use std::collections::BTreeMap;

/// What a `for` goes through.
pub(super) enum Entries {
    /// Keys and values.
    Known(Vec<(Value, Value)>),
    /// It is a placeholder.
    Unknown,
    /// It is known only while the build runs.
    Later,
}

/// What one round of a `for` gives.
enum Round {
    /// The condition leaves it out.
    Out,
    /// A key, where there is one, and a value.
    In(Option<String>, Value),
    /// Whether it is in, or under which key, is known only later.
    Later,
}

impl Evaluator<'_> {
    pub(super) fn template_for(&mut self, each: &TemplateFor, made: &mut Made) -> Result<(), Told> {
        let collection = self.value(&each.collection)?;
        let entries = match self.entries(&collection, &each.collection.span)? {
            Entries::Known(entries) => entries,
            Entries::Unknown => {
                made.unknown = collection.unknown().cloned();
                return Ok(());
            }
            Entries::Later => {
                made.put(self.template_for_later(each, &collection)?);
                return Ok(());
            }
        };
        for (key, value) in entries {
            self.spend(&each.collection.span, made.length / 64 + 1)?;
            self.with(each.key_name.as_deref(), &each.value_name, key, value, |this| {
                this.parts(&each.body, made)
            })?;
        }
        Ok(())
    }

    /// Runs something with the names of a `for` set.
    fn with<T>(
        &mut self,
        key_name: Option<&str>,
        value_name: &str,
        key: Value,
        value: Value,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.own.len();
        if let Some(name) = key_name {
            self.own.push((name.to_owned(), key));
        }
        self.own.push((value_name.to_owned(), value));
        let done = run(self);
        self.own.truncate(before);
        done
    }

    /// Keys and values of a collection.
    pub(super) fn entries(&mut self, collection: &Value, span: &Span) -> Result<Entries, Told> {
        let entries = match collection {
            Value::List(items) => {
                items.iter().enumerate().map(|(index, item)| (Value::whole(index), item.clone())).collect()
            }
            Value::Set(items) => items.iter().map(|item| (item.clone(), item.clone())).collect(),
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| (Value::text(key.as_str()), value.clone())).collect()
            }
            Value::Unknown(_) => return Ok(Entries::Unknown),
            Value::Later(_) => return Ok(Entries::Later),
            other => {
                let message = format!("'for' goes through a list, set or map, not {}", other.what());
                return self.fail(span, message);
            }
        };
        Ok(Entries::Known(entries))
    }

    pub(super) fn for_expr(&mut self, span: &Span, each: &For) -> Evaluated {
        let collection = self.value(&each.collection)?;
        let entries = match self.entries(&collection, &each.collection.span)? {
            Entries::Known(entries) => entries,
            Entries::Unknown => return Ok(collection),
            Entries::Later => return self.for_later(span, each, &collection),
        };
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (key, value) in entries {
            let made =
                self.with(each.key_name.as_deref(), &each.value_name, key, value, |this| this.round(each))?;
            match (made, &each.key) {
                (Round::Out, _) | (Round::In(None, _), Some(_)) => {}
                (Round::Later, _) => return self.for_later(span, each, &collection),
                (Round::In(_, value), None) => list.push(value),
                (Round::In(Some(key), value), Some(_)) if each.grouping => {
                    groups.entry(key).or_default().push(value);
                }
                (Round::In(Some(key), value), Some(key_expr)) => {
                    if map.contains_key(&key) {
                        let message = format!("two values come to have the key '{key}'");
                        let hint = "add '...' after the value to gather those of one key in a list";
                        return self.fail_with(&key_expr.span, message, hint);
                    }
                    map.insert(key, value);
                }
            }
        }
        self.spend(span, list.len() + map.len())?;
        map.extend(groups.into_iter().map(|(key, values)| (key, Value::list(values))));
        Ok(if each.key.is_some() { Value::map(map) } else { Value::list(list) })
    }

    fn round(&mut self, each: &For) -> Result<Round, Told> {
        if let Some(condition) = &each.condition {
            match self.condition(condition)? {
                Holds::Yes => {}
                Holds::No => return Ok(Round::Out),
                Holds::Unknown(name) => return Ok(Round::In(None, Value::Unknown(name))),
                Holds::Later(_) => return Ok(Round::Later),
            }
        }
        let key = match &each.key {
            Some(key) => match self.key(key)? {
                Some(Value::Later(_)) => return Ok(Round::Later),
                key => key.and_then(|key| key.to_text()).map(|key| key.to_string()),
            },
            None => None,
        };
        Ok(Round::In(key, self.value(&each.value)?))
    }
}
