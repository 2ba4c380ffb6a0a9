//! `yamldecode`, as `go-cty-yaml` reads YAML: one document; what a plain scalar is decides its form.

use super::{Arguments, Fault, Gives};
use crate::hcl2::number::Number;
use crate::hcl2::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::DateTime;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use std::collections::{BTreeMap, HashMap};

pub(super) fn yamldecode(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    decode(&text).map_err(|why| Fault::at(0, why))
}

fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), depth: 0 };
    reader.next()?;
    if let (Event::StreamEnd, _) = reader.next()? {
        return Err("there is no YAML document".to_owned());
    }
    let (event, place) = reader.next()?;
    let value = reader.value(event, place)?;
    reader.next()?;
    match reader.next()? {
        (Event::StreamEnd, _) => Ok(value),
        (_, place) => Err(at(place, "only one document can stand here")),
    }
}

fn at(place: Span, why: impl std::fmt::Display) -> String {
    format!("line {}, column {}: {why}", place.start.line(), place.start.col() + 1)
}

/// Reads the parser's events as values.
struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// What anchors name; nothing for one that is not complete.
    anchors: HashMap<usize, Value>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(format!("this is no YAML: {error}")),
            None => Err("this is no YAML: it ends too early".to_owned()),
        }
    }

    fn value(&mut self, event: Event<'a>, place: Span) -> Result<Value, String> {
        /// As deep as expressions may be.
        const DEPTH: usize = 64;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(at(place, "this is nested too deep"));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (anchor, scalar(&text, style, tag.as_deref()).map_err(|why| at(place, why))?)
            }
            Event::SequenceStart(anchor, tag) => {
                collection(tag.as_deref(), "seq").map_err(|why| at(place, why))?;
                (anchor, self.list()?)
            }
            Event::MappingStart(anchor, tag) => {
                collection(tag.as_deref(), "map").map_err(|why| at(place, why))?;
                (anchor, self.map()?)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(value) => (0, value.clone()),
                None => return Err(at(place, "an anchor cannot be named inside of what it names")),
            },
            _ => return Err(at(place, "a value is expected here")),
        };
        self.depth -= 1;
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::list(items)),
                (event, place) => items.push(self.value(event, place)?),
            }
        }
    }

    fn map(&mut self) -> Result<Value, String> {
        let mut entries = BTreeMap::new();
        loop {
            let (key, place) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::map(entries)),
                (Event::Scalar(text, style, _, tag), place) => {
                    let tag = tag.as_deref();
                    if is_merge(&text, style, tag) {
                        let (event, place) = self.next()?;
                        let merged = self.value(event, place)?;
                        merge(&mut entries, &merged).map_err(|why| at(place, why))?;
                        continue;
                    }
                    (scalar(&text, style, tag).map_err(|why| at(place, why))?.to_text(), place)
                }
                (_, place) => (None, place),
            };
            let Some(key) = key else { return Err(at(place, "a key must be a text")) };
            let (event, place) = self.next()?;
            entries.insert(key.to_string(), self.value(event, place)?);
        }
    }
}

/// A name of YAML's own, such as `str`; others are not known here.
fn own(tag: Option<&Tag>) -> Result<Option<&str>, String> {
    match tag {
        None => Ok(None),
        Some(tag) if tag.is_yaml_core_schema() => Ok(Some(&tag.suffix)),
        Some(tag) => Err(format!("the tag '{}{}' is not known", tag.handle, tag.suffix)),
    }
}

fn collection(tag: Option<&Tag>, wanted: &str) -> Result<(), String> {
    match own(tag)? {
        Some(name) if name != wanted => Err(format!("this is no !!{name}")),
        _ => Ok(()),
    }
}

/// `<<` puts the entries of another map, or of several, in here.
fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    match own(tag) {
        Ok(Some(name)) => name == "merge",
        Ok(None) => text == "<<" && style == ScalarStyle::Plain,
        Err(_) => false,
    }
}

fn merge(entries: &mut BTreeMap<String, Value>, merged: &Value) -> Result<(), String> {
    let maps = match merged {
        Value::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for map in maps {
        let Value::Map(merged) = map else { return Err(format!("'<<' takes maps, not {}", map.what())) };
        entries.extend(merged.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
    Ok(())
}

/// What a scalar is: a text where it is quoted, else what its tag says, else what its form says.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    let tag = own(tag)?;
    let wrong = |tag: &str| format!("'{text}' is no !!{tag}");
    match tag {
        // There are no bytes in HCL2: what is right stays as it is.
        Some(tag @ "binary") if STANDARD.decode(text).is_err() => Err(wrong(tag)),
        Some("str" | "binary") => Ok(Value::text(text)),
        _ if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) => Ok(Value::text(text)),
        None => plain(text),
        Some("null") => Ok(Value::Null),
        Some(tag @ "bool") => truth(text).map(Value::Bool).ok_or_else(|| wrong(tag)),
        Some(tag @ ("int" | "float")) => {
            let number = number(text).or_else(|| based(text));
            number.map(Value::Number).ok_or_else(|| wrong(tag))
        }
        Some(tag @ "timestamp") => timestamp(text).map(Value::text).ok_or_else(|| wrong(tag)),
        Some(tag) => Err(format!("the tag '!!{tag}' is not known")),
    }
}

fn plain(text: &str) -> Result<Value, String> {
    if let Some(value) = truth(text) {
        return Ok(Value::Bool(value));
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        ".nan" | ".NaN" | ".NAN" => return Err("there is no such number as .nan here".to_owned()),
        _ => {}
    }
    Ok(timestamp(text)
        .map(Value::text)
        .or_else(|| number(text).map(Value::Number))
        .unwrap_or_else(|| Value::text(text)))
}

/// YAML 1.1's words.
fn truth(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// A number: decimal, with `_` anywhere after its first digit, or binary.
fn number(text: &str) -> Option<Number> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Some(Number::Real(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Number::Real(f64::NEG_INFINITY)),
        text if text.starts_with('_') => return None,
        _ => {}
    }
    let plain = text.replace('_', "");
    if let Some(digits) = plain.strip_prefix("0b") {
        return i64::from_str_radix(digits, 2).ok().map(|whole| Number::Whole(whole.into()));
    }
    if let Some(digits) = plain.strip_prefix("-0b") {
        return i64::from_str_radix(digits, 2).ok().map(|whole| Number::Whole(-i128::from(whole)));
    }
    Number::parse(&plain)
}

/// A number of another base, which a plain scalar is only with the tag `!!int`.
fn based(text: &str) -> Option<Number> {
    let whole = match text.get(..2)? {
        "0x" => i64::from_str_radix(&text[2..], 16),
        "0o" => i64::from_str_radix(&text[2..], 8),
        _ => return None,
    };
    whole.ok().map(|whole| Number::Whole(whole.into()))
}

/// A date, or a date and a time, as RFC 3339 has it: HCL2's functions read times in this form.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..=at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse::<i16>().ok()?;
    let (month, day) = (short(parts.next()?)?, short(parts.next()?)?);
    if parts.next().is_some() {
        return None;
    }
    let (clock, zone) = match time {
        None => ("0:0:0", "Z"),
        Some((" ", clock)) => (clock, "Z"),
        Some((_, clock)) => clock.split_at(clock.find(['Z', '+', '-'])?),
    };
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut parts = clock.split(':').map(short);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !is_zone(zone) {
        return None;
    }
    let local = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(format!("{}{zone}", local.strftime("%Y-%m-%dT%H:%M:%S")))
}

/// A number of one or two digits.
fn short(digits: &str) -> Option<i8> {
    let is_short = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_short)
}

fn is_zone(zone: &str) -> bool {
    zone == "Z"
        || zone[1..].split_once(':').is_some_and(|(hours, minutes)| {
            hours.len() == 2 && minutes.len() == 2 && short(hours).is_some() && short(minutes).is_some()
        })
}
