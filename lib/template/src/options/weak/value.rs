//! One value, converted to whatever is asked for.

use super::access::{self, Context, Entries, Fields, Items};
use super::error::WeakError;
use super::{Mistake, Shape};
use crate::json::{self, Member, Node};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;

type Read<T> = Result<T, WeakError>;

/// Reads one value weakly.
///
/// # Errors
/// The mistake that it makes.
pub fn weak<T: DeserializeOwned>(node: &Node) -> Result<T, Mistake> {
    let context = Context::new(None);
    T::deserialize(Value::new(node, &context)).map_err(|error| {
        let nothing = || Mistake { span: node.span.clone(), message: "this is not set".into(), hint: None };
        error.into_mistake(node.span.clone()).unwrap_or_else(nothing)
    })
}

/// A value on its way into a type.
pub(super) struct Value<'a> {
    node: &'a Node,
    context: &'a Context,
    /// Whether the type can be left unset.
    optional: bool,
    /// Whether it stands in a map: no block can.
    in_map: bool,
}

impl<'a> Value<'a> {
    pub(super) fn new(node: &'a Node, context: &'a Context) -> Self {
        Self { node, context, optional: false, in_map: false }
    }

    /// A value of a map.
    pub(super) fn in_map(node: &'a Node, context: &'a Context) -> Self {
        Self { in_map: true, ..Self::new(node, context) }
    }

    fn is_typed(&self) -> bool {
        self.context.manner.is_some()
    }

    /// Whether HCL2 has a block here; nothing where that cannot be told.
    fn is_block(&self) -> Option<bool> {
        let manner = self.context.manner.as_ref().filter(|manner| !manner.is_json)?;
        Some(manner.blocks.contains(&self.node.span))
    }

    /// Notes what the value is read as; what stands for a list of one, or of its pieces, is a list.
    fn is_read_as(&self, shape: Shape) {
        self.context.shapes.borrow_mut().values.entry(self.node.span.clone()).or_insert(shape);
    }

    fn wrong<T>(&self, wanted: &str) -> Read<T> {
        let given = match &self.node.value {
            json::Value::String(text) if text.chars().count() <= 60 => format!("the text \"{text}\""),
            json::Value::Number(text) => format!("the number {text}"),
            json::Value::Bool(value) => value.to_string(),
            _ => self.node.what().to_owned(),
        };
        Err(WeakError::new(&self.node.span, format!("this must be {wanted}, not {given}")))
    }

    fn text(&self) -> Read<String> {
        match &self.node.value {
            json::Value::String(text) => Ok(text.clone()),
            json::Value::Number(text) => Ok(decimal(text)),
            json::Value::Bool(value) if self.is_typed() => Ok(value.to_string()),
            json::Value::Bool(value) => Ok(if *value { "1" } else { "0" }.to_owned()),
            json::Value::Null => Ok(String::new()),
            json::Value::Array(_) | json::Value::Object(_) => self.wrong("a text"),
        }
    }

    fn integer(&self) -> Read<i128> {
        let wanted = "a whole number";
        match &self.node.value {
            json::Value::Number(text) => match text.parse::<i128>() {
                Ok(number) => Ok(number),
                Err(_) => {
                    text.parse::<f64>().map(|number| number.trunc() as i128).or_else(|_| self.wrong(wanted))
                }
            },
            json::Value::Bool(_) if self.is_typed() => self.wrong(wanted),
            json::Value::String(text) if self.is_typed() => text.parse().or_else(|_| self.wrong(wanted)),
            json::Value::Bool(value) => Ok(i128::from(*value)),
            json::Value::Null => Ok(0),
            json::Value::String(text) if text.is_empty() => Ok(0),
            json::Value::String(text) => based(text).map_or_else(|| self.wrong(wanted), Ok),
            json::Value::Array(_) | json::Value::Object(_) => self.wrong(wanted),
        }
    }

    fn float(&self) -> Read<f64> {
        match &self.node.value {
            json::Value::Bool(_) if self.is_typed() => self.wrong("a number"),
            json::Value::String(text) if text.is_empty() && self.is_typed() => self.wrong("a number"),
            json::Value::Bool(value) => Ok(f64::from(u8::from(*value))),
            json::Value::Null => Ok(0.0),
            json::Value::String(text) if text.is_empty() => Ok(0.0),
            json::Value::Number(text) | json::Value::String(text) => {
                text.parse().or_else(|_| self.wrong("a number"))
            }
            json::Value::Array(_) | json::Value::Object(_) => self.wrong("a number"),
        }
    }

    fn boolean(&self) -> Read<bool> {
        match &self.node.value {
            json::Value::Bool(value) => Ok(*value),
            json::Value::String(text) if self.is_typed() => match text.as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => self.wrong("true or false"),
            },
            json::Value::Number(_) if self.is_typed() => self.wrong("true or false"),
            // Packer's tri-state booleans: "" and 0 say that they are not set, 2 says false.
            json::Value::String(text) if text.is_empty() && self.optional => Err(WeakError::unset()),
            json::Value::Number(text) if self.optional => match text.as_str() {
                "0" => Err(WeakError::unset()),
                "1" => Ok(true),
                "2" => Ok(false),
                _ => self.wrong("true or false"),
            },
            json::Value::Number(text) => Ok(text.parse::<f64>().is_ok_and(|number| number != 0.0)),
            json::Value::Null => Ok(false),
            json::Value::String(text) => match text.as_str() {
                "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
                "0" | "f" | "F" | "FALSE" | "false" | "False" | "" => Ok(false),
                _ => self.wrong("true or false"),
            },
            json::Value::Array(_) | json::Value::Object(_) => self.wrong("true or false"),
        }
    }

    /// The members of an object, or those of a list of objects together.
    fn entries(&self) -> Read<Vec<&'a Member>> {
        match &self.node.value {
            json::Value::Object(members) => Ok(members.iter().collect()),
            json::Value::Null => Ok(Vec::new()),
            json::Value::Array(items) => {
                let mut merged: Vec<&Member> = Vec::new();
                for item in items {
                    let json::Value::Object(members) = &item.value else { return self.wrong("an object") };
                    for member in members {
                        merged.retain(|earlier| earlier.key != member.key);
                        merged.push(member);
                    }
                }
                Ok(merged)
            }
            _ => self.wrong("an object"),
        }
    }
}

/// A number without exponent, as Go's `strconv.FormatFloat(x, 'f', -1, 64)` writes it.
fn decimal(text: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| number.to_string())
}

/// Go's `strconv.ParseInt(text, 0, 64)`: `0x`, `0o`, `0b` and a leading `0` (octal) are known, `_` between digits too.
fn based(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let lower = digits.to_lowercase();
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)];
    let prefixed = prefixes.iter().find_map(|(prefix, base)| Some((lower.strip_prefix(prefix)?, *base)));
    let (rest, base) = match prefixed {
        Some((rest, base)) if !rest.is_empty() => (rest.strip_prefix('_').unwrap_or(rest), base),
        _ => (lower.as_str(), 10),
    };
    if rest.starts_with(['+', '-', '_'])
        || rest.ends_with('_')
        || rest.contains("__")
        || (base == 10 && rest.contains('_'))
    {
        return None;
    }
    i128::from_str_radix(&rest.replace('_', ""), base).ok().map(|number| sign * number)
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty),+ $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            self.is_read_as(Shape::Number);
            let wide = self.integer()?;
            match <$type>::try_from(wide) {
                Ok(number) => visitor.$visit(number).map_err(|error: WeakError| error.at(&self.node.span)),
                Err(_) => self.wrong(&format!("a whole number from {} to {}", <$type>::MIN, <$type>::MAX)),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Value<'_> {
    type Error = WeakError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        let read: Read<V::Value> = match &self.node.value {
            json::Value::Null => visitor.visit_unit(),
            json::Value::Bool(value) => visitor.visit_bool(*value),
            json::Value::String(text) => visitor.visit_str(text),
            json::Value::Array(items) => visitor.visit_seq(Items { items, context: self.context }),
            json::Value::Object(members) => visitor.visit_map(Entries {
                members: members.iter().collect(),
                next: 0,
                context: self.context,
            }),
            // What takes anything is a duration: HCL2 makes texts of numbers there.
            json::Value::Number(text) if self.is_typed() => visitor.visit_str(text),
            json::Value::Number(text) => match (text.parse(), text.parse()) {
                (Ok(number), _) => visitor.visit_i64(number),
                (Err(_), Ok(number)) => visitor.visit_u64(number),
                _ => visitor.visit_f64(text.parse().unwrap_or_default()),
            },
        };
        read.map_err(|error| error.at(&self.node.span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.is_read_as(if self.optional { Shape::Switch } else { Shape::Truth });
        visitor.visit_bool(self.boolean()?)
    }

    integers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.is_read_as(Shape::Number);
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.is_read_as(Shape::Text);
        visitor.visit_string(self.text()?).map_err(|error: WeakError| error.at(&self.node.span))
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Read<V::Value> {
        if self.node.is_null() {
            return visitor.visit_none();
        }
        self.optional = true;
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.is_read_as(Shape::List);
        let span = &self.node.span;
        let one;
        let items = match &self.node.value {
            json::Value::Array(items) => items.as_slice(),
            json::Value::Null => &[],
            _ if self.is_typed() && self.is_block().is_some() => return self.wrong("a list"),
            json::Value::String(_) if self.is_typed() => return self.wrong("a list"),
            json::Value::String(text) if text.is_empty() => &[],
            // `mapstructure` makes an empty list of an empty map.
            json::Value::Object(members) if members.is_empty() && !self.is_typed() => &[],
            json::Value::String(text) => {
                let pieces = text.split(',').map(|piece| json::Value::String(piece.to_owned()));
                one = pieces.map(|piece| Node::new(span.clone(), piece)).collect::<Vec<_>>();
                one.as_slice()
            }
            _ => std::slice::from_ref(self.node),
        };
        visitor.visit_seq(Items { items, context: self.context })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.is_read_as(Shape::Map);
        if self.is_block() == Some(true) {
            let message = "this is an attribute, not a block: write it with '=', as NAME = { … }";
            return Err(WeakError::new(&self.node.span, message));
        }
        visitor.visit_map(Entries { members: self.entries()?, next: 0, context: self.context })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.is_read_as(Shape::Structure);
        if self.is_block() == Some(false) && !self.in_map {
            let message = "this is a block, not an attribute: write it without '=', as NAME { … }";
            return Err(WeakError::new(&self.node.span, message));
        }
        let members = match &self.node.value {
            json::Value::Object(members) => members.as_slice(),
            json::Value::Null => &[],
            // One object in a list stands for the object, as HCL1 blocks did.
            json::Value::Array(items) => match items.as_slice() {
                [Node { value: json::Value::Object(members), .. }] => members.as_slice(),
                _ => return self.wrong("an object"),
            },
            _ => return self.wrong("an object"),
        };
        let given = access::nested(members, fields, self.context);
        let current = RefCell::new(None);
        visitor
            .visit_map(Fields::new(&given, self.context, &current))
            .map_err(|error| error.at(&self.node.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let text = self.text()?;
        let name: StrDeserializer<'_, WeakError> = text.as_str().into_deserializer();
        visitor.visit_enum(name).map_err(|error| error.at(&self.node.span))
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
