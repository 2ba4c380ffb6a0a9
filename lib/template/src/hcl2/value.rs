//! Values of HCL2.

use super::later::Later;
use super::number::Number;
use super::shared::Shared;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value. Lists and tuples are one thing here, as are maps and objects: nothing that Packer prints tells them apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    List(Shared<Vec<Value>>),
    /// Sorted, each once.
    Set(Shared<Vec<Value>>),
    Map(Shared<BTreeMap<String, Value>>),
    /// What is known only while the build runs; the tools evaluate it then.
    Later(Arc<Later>),
    /// What a data source would have given that was not asked: the placeholder that stands for it.
    Unknown(Arc<str>),
}

impl Value {
    pub(super) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Shared::new(items, |items, take| items.iter().for_each(take)))
    }

    pub(super) fn map(entries: BTreeMap<String, Self>) -> Self {
        Self::Map(Shared::new(entries, |entries, take| entries.values().for_each(take)))
    }

    pub(super) fn whole(number: usize) -> Self {
        Self::Number(Number::Whole(number as i128))
    }

    /// A set of these: sorted, each once.
    pub(super) fn set(mut items: Vec<Self>) -> Self {
        let mut kept: Vec<Self> = Vec::with_capacity(items.len());
        items.sort_by_key(order);
        for item in items {
            if kept.last() != Some(&item) {
                kept.push(item);
            }
        }
        Self::Set(Shared::new(kept, |items, take| items.iter().for_each(take)))
    }

    /// Roughly how many values of ordinary size it is when written out.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::List(items) | Self::Set(items) => items.weight(),
            Self::Map(entries) => entries.weight(),
            Self::Text(text) => 1 + text.len() / 16,
            Self::Later(later) => later.weight,
            _ => 1,
        }
    }

    /// How many collections stand in one another.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::List(items) | Self::Set(items) => items.depth(),
            Self::Map(entries) => entries.depth(),
            _ => 0,
        }
    }

    /// What it is, with its article.
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Later(_) => "known only while the build runs",
            Self::Unknown(_) => "not known",
        }
    }

    /// The items of a list or set.
    pub(super) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    /// Whether it is a list, set or map.
    pub(super) fn is_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Set(_) | Self::Map(_))
    }

    /// The text that a text, number or boolean is.
    pub(super) fn to_text(&self) -> Option<Arc<str>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
            _ => None,
        }
    }

    /// The number that a number, or a text of one, is.
    pub(super) fn to_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => Number::parse(text),
            _ => None,
        }
    }

    /// The truth that a boolean, or a text of one, is.
    pub(super) fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => match &**text {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The first placeholder in it, if there is any.
    pub(super) fn unknown(&self) -> Option<&Arc<str>> {
        match self {
            Self::Unknown(name) => Some(name),
            Self::List(items) | Self::Set(items) => items.iter().find_map(Self::unknown),
            Self::Map(entries) => entries.values().find_map(Self::unknown),
            _ => None,
        }
    }

    /// Whether anything in it is known only while the build runs.
    pub(super) fn has_later(&self) -> bool {
        match self {
            Self::Later(_) => true,
            Self::List(items) | Self::Set(items) => items.iter().any(Self::has_later),
            Self::Map(entries) => entries.values().any(Self::has_later),
            _ => false,
        }
    }

    /// All texts in it.
    pub(super) fn texts(&self, into: &mut Vec<String>) {
        match self {
            Self::List(items) | Self::Set(items) => items.iter().for_each(|item| item.texts(into)),
            Self::Map(entries) => entries.values().for_each(|value| value.texts(into)),
            Self::Null | Self::Bool(_) | Self::Unknown(_) | Self::Later(_) => {}
            Self::Text(_) | Self::Number(_) => into.extend(self.to_text().map(|text| text.to_string())),
        }
    }

    /// The same as JSON, as `jsonencode` gives it.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => number
                .to_string()
                .parse::<serde_json::Number>()
                .map_or_else(|_| number.to_string().into(), serde_json::Value::Number),
            Self::Text(text) | Self::Unknown(text) => (**text).into(),
            Self::Later(later) => later.text().into(),
            Self::List(items) | Self::Set(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect(),
        }
    }

    /// A value out of JSON.
    pub(super) fn of_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                let number = Number::parse(&number.to_string());
                Self::Number(number.unwrap_or(Number::Real(f64::INFINITY)))
            }
            serde_json::Value::String(text) => Self::text(text.as_str()),
            serde_json::Value::Array(items) => Self::list(items.iter().map(Self::of_json).collect()),
            serde_json::Value::Object(fields) => {
                Self::map(fields.iter().map(|(key, value)| (key.clone(), Self::of_json(value))).collect())
            }
        }
    }
}

/// How the items of a set are ordered: numbers by size, texts by their bytes, others by what they look like.
fn order(value: &Value) -> (u8, Order, String) {
    match value {
        Value::Number(number) => (0, Order(number.as_f64()), String::new()),
        Value::Text(text) => (1, Order(0.0), text.to_string()),
        other => (2, Order(0.0), other.to_json().to_string()),
    }
}

#[derive(PartialEq)]
struct Order(f64);

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
