//! Types of variables, and how values become of a type (`go-cty`'s conversions).

use super::syntax::{Expr, Form};
use super::value::Value;
use crate::source::Span;
use std::collections::BTreeMap;
use std::fmt;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(Vec<Field>),
}

/// An attribute of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) of: Type,
    /// What it is where it is not given; nothing where it must be.
    pub(super) default: Option<Value>,
}

/// What is wrong with a type.
pub(super) struct Wrong {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) hint: String,
}

const TYPES: &str = "string, number, bool, any, list(…), set(…), map(…), tuple([…]), object({…})";

impl Type {
    /// Reads a type as `type = …` has it. `value` gives the default of `optional(type, default)`.
    pub(super) fn read(expr: &Expr, value: &mut impl FnMut(&Expr) -> Option<Value>) -> Result<Self, Wrong> {
        let wrong =
            |message: String| Wrong { span: expr.span.clone(), message, hint: format!("types are {TYPES}") };
        match &expr.form {
            Form::Variable(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "any" => Ok(Self::Any),
                // Short forms that Terraform once had: of anything.
                "list" => Ok(Self::List(Box::new(Self::Any))),
                "map" => Ok(Self::Map(Box::new(Self::Any))),
                "set" => Ok(Self::Set(Box::new(Self::Any))),
                _ => Err(wrong(format!("there is no type '{name}'"))),
            },
            Form::Text(name) => Err(Wrong {
                span: expr.span.clone(),
                message: "a type is written without quotes".to_owned(),
                hint: format!("type = {name}"),
            }),
            Form::Call(call) => {
                let [argument] = call.arguments.as_slice() else {
                    return Err(wrong(format!("the type '{}' takes one argument", call.name.text)));
                };
                match (call.name.text.as_str(), &argument.form) {
                    ("list", _) => Ok(Self::List(Box::new(Self::read(argument, value)?))),
                    ("set", _) => Ok(Self::Set(Box::new(Self::read(argument, value)?))),
                    ("map", _) => Ok(Self::Map(Box::new(Self::read(argument, value)?))),
                    ("tuple", Form::List(items)) => items
                        .iter()
                        .map(|item| Self::read(item, value))
                        .collect::<Result<_, _>>()
                        .map(Self::Tuple),
                    ("object", Form::Object(entries)) => entries
                        .iter()
                        .map(|(name, of)| Self::field(name, of, value))
                        .collect::<Result<_, _>>()
                        .map(Self::Object),
                    ("tuple", _) => Err(wrong("tuple takes a list of types".to_owned())),
                    ("object", _) => Err(wrong("object takes names and their types".to_owned())),
                    ("optional", _) => Err(wrong("'optional' stands in 'object({…})' only".to_owned())),
                    (name, _) => Err(wrong(format!("there is no type '{name}(…)'"))),
                }
            }
            _ => Err(wrong("this is no type".to_owned())),
        }
    }

    fn field(name: &Expr, of: &Expr, value: &mut impl FnMut(&Expr) -> Option<Value>) -> Result<Field, Wrong> {
        let Form::Text(text) = &name.form else {
            let message = "the name of an attribute is expected here".to_owned();
            return Err(Wrong {
                span: name.span.clone(),
                message,
                hint: "object({ name = string })".to_owned(),
            });
        };
        let name = text.clone();
        match &of.form {
            Form::Call(call) if call.name.text == "optional" => match call.arguments.as_slice() {
                [of] => Ok(Field { name, of: Self::read(of, value)?, default: Some(Value::Null) }),
                [of, default] => {
                    let of = Self::read(of, value)?;
                    let default = value(default).and_then(|default| convert(&default, &of).ok());
                    Ok(Field { name, of, default: default.or(Some(Value::Null)) })
                }
                _ => Err(Wrong {
                    span: of.span.clone(),
                    message: "optional takes a type and a default".to_owned(),
                    hint: "optional(string, \"default\")".to_owned(),
                }),
            },
            _ => Ok(Field { name, of: Self::read(of, value)?, default: None }),
        }
    }

    /// Whether a value given as text is that text, not an expression.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Any | Self::String | Self::Number)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("any value"),
            Self::String => formatter.write_str("a text"),
            Self::Number => formatter.write_str("a number"),
            Self::Bool => formatter.write_str("true or false"),
            Self::List(_) | Self::Tuple(_) => formatter.write_str("a list"),
            Self::Set(_) => formatter.write_str("a set"),
            Self::Map(_) => formatter.write_str("a map"),
            Self::Object(_) => formatter.write_str("an object"),
        }
    }
}

/// Makes a value one of that type.
///
/// # Errors
/// Why it cannot be: what is at which place in it.
pub(super) fn convert(value: &Value, to: &Type) -> Result<Value, String> {
    if matches!(value, Value::Null | Value::Unknown(_)) {
        return Ok(value.clone());
    }
    let wrong = || Err(format!("this must be {to}, not {}", value.what()));
    match to {
        Type::Any => Ok(value.clone()),
        Type::String => value.to_text().map_or_else(wrong, |text| Ok(Value::Text(text))),
        Type::Number => value.to_number().map_or_else(wrong, |number| Ok(Value::Number(number))),
        Type::Bool => value.to_bool().map_or_else(wrong, |value| Ok(Value::Bool(value))),
        Type::List(of) => match value.items() {
            Some(items) => convert_all(items, of).map(Value::list),
            None => wrong(),
        },
        Type::Set(of) => match value.items() {
            Some(items) => convert_all(items, of).map(Value::set),
            None => wrong(),
        },
        Type::Map(of) => match value {
            Value::Map(entries) => {
                let converted = entries.iter().map(|(key, value)| {
                    convert(value, of)
                        .map(|value| (key.clone(), value))
                        .map_err(|why| at(&format!("'{key}'"), &why))
                });
                let converted = converted.collect::<Result<BTreeMap<_, _>, _>>()?;
                Ok(Value::map(if **of == Type::Any { unify_map(converted)? } else { converted }))
            }
            _ => wrong(),
        },
        Type::Tuple(types) => match value.items() {
            Some(items) if items.len() == types.len() => {
                let pairs = items.iter().zip(types).enumerate();
                let converted = pairs.map(|(index, (item, of))| {
                    convert(item, of).map_err(|why| at(&format!("[{index}]"), &why))
                });
                converted.collect::<Result<_, _>>().map(Value::list)
            }
            Some(items) => Err(format!("this must have {} items, not {}", types.len(), items.len())),
            None => wrong(),
        },
        Type::Object(fields) => match value {
            Value::Map(entries) => convert_object(entries, fields),
            _ => wrong(),
        },
    }
}

fn at(place: &str, why: &str) -> String {
    format!("{place}: {why}")
}

fn convert_all(items: &[Value], of: &Type) -> Result<Vec<Value>, String> {
    let converted = items
        .iter()
        .enumerate()
        .map(|(index, item)| convert(item, of).map_err(|why| at(&format!("[{index}]"), &why)));
    let converted = converted.collect::<Result<Vec<_>, _>>()?;
    if *of == Type::Any { unify(converted) } else { Ok(converted) }
}

fn convert_object(entries: &BTreeMap<String, Value>, fields: &[Field]) -> Result<Value, String> {
    let mut object = BTreeMap::new();
    for field in fields {
        let given =
            entries.get(&field.name).filter(|given| field.default.is_none() || **given != Value::Null);
        let value = match (given, &field.default) {
            (Some(given), _) => {
                convert(given, &field.of).map_err(|why| at(&format!("'{}'", field.name), &why))?
            }
            (None, Some(default)) => default.clone(),
            (None, None) => return Err(format!("the attribute '{}' is missing", field.name)),
        };
        object.insert(field.name.clone(), value);
    }
    Ok(Value::map(object))
}

/// Makes values of different simple types all texts, as the items of one list.
pub(super) fn unify(items: Vec<Value>) -> Result<Vec<Value>, String> {
    let open = |item: &Value| matches!(item, Value::Null | Value::Unknown(_) | Value::Later(_));
    let known = || items.iter().filter(|item| !open(item));
    let Some(first) = known().next() else { return Ok(items) };
    let same = |item: &Value| std::mem::discriminant(item) == std::mem::discriminant(first);
    if known().all(same) {
        return Ok(items);
    }
    if known().any(Value::is_collection) {
        let other = known().find(|item| !same(item)).map_or("something else", Value::what);
        return Err(format!("its items must be of one type, not {} and {other}", first.what()));
    }
    Ok(items.into_iter().map(|item| item.to_text().map_or(item, Value::Text)).collect())
}

fn unify_map(entries: BTreeMap<String, Value>) -> Result<BTreeMap<String, Value>, String> {
    let (keys, values): (Vec<_>, Vec<_>) = entries.into_iter().unzip();
    Ok(keys.into_iter().zip(unify(values)?).collect())
}
