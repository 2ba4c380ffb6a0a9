//! Functions that write and read other forms.

use super::{Arguments, Fault, Gives};
use crate::hcl2::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::Write;

pub(super) fn base64encode(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(STANDARD.encode(given.text(0)?.as_bytes())))
}

fn decode(given: &Arguments<'_>) -> Result<Vec<u8>, Fault> {
    let text = given.text(0)?;
    STANDARD.decode(text.as_bytes()).map_err(|error| Fault::at(0, format!("this is not base64: {error}")))
}

fn utf8(bytes: Vec<u8>) -> Gives {
    String::from_utf8(bytes).map(Value::text).map_err(|_| Fault::at(0, "the bytes are no UTF-8 text"))
}

pub(super) fn base64decode(given: &Arguments<'_>) -> Gives {
    utf8(decode(given)?)
}

pub(super) fn base64gzip(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let packed = packer.write_all(text.as_bytes()).and_then(|()| packer.finish());
    packed.map(|bytes| Value::text(STANDARD.encode(bytes))).map_err(|error| Fault::whole(error.to_string()))
}

fn encoding(given: &Arguments<'_>) -> Result<String, Fault> {
    let name = given.text(1)?.to_uppercase();
    match name.as_str() {
        "UTF-8" | "UTF-16LE" | "UTF-16BE" | "US-ASCII" => Ok(name),
        _ => Err(Fault::at(1, format!("the encoding '{name}' is not known"))
            .hint("known: UTF-8, UTF-16LE, UTF-16BE, US-ASCII")),
    }
}

pub(super) fn textencodebase64(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    let bytes: Vec<u8> = match encoding(given)?.as_str() {
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "US-ASCII" if !text.is_ascii() => return Err(Fault::at(0, "the text is not ASCII")),
        _ => text.as_bytes().to_vec(),
    };
    Ok(Value::text(STANDARD.encode(bytes)))
}

pub(super) fn textdecodebase64(given: &Arguments<'_>) -> Gives {
    let bytes = decode(given)?;
    let units = |read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
        let text = String::from_utf16(&units).ok().filter(|_| bytes.len() % 2 == 0);
        text.map(Value::text).ok_or_else(|| Fault::at(0, "the bytes are no UTF-16 text"))
    };
    match encoding(given)?.as_str() {
        "UTF-16LE" => units(u16::from_le_bytes),
        "UTF-16BE" => units(u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

/// Go's `url.QueryEscape`.
pub(super) fn urlencode(given: &Arguments<'_>) -> Gives {
    let mut encoded = String::new();
    for byte in given.text(0)?.bytes() {
        match byte {
            b' ' => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(Value::text(encoded))
}

/// JSON as Go writes it: no spaces, and `<`, `>`, `&` and the line separators escaped.
pub(super) fn jsonencode(given: &Arguments<'_>) -> Gives {
    let mut json = String::new();
    write_json(given.get(0), &mut json);
    for (letter, escaped) in [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ] {
        json = json.replace(letter, escaped);
    }
    Ok(Value::text(json))
}

/// Numbers are written as they are, without exponents.
fn write_json(value: &Value, json: &mut String) {
    match value {
        Value::Number(number) => json.push_str(&number.to_string()),
        Value::List(items) | Value::Set(items) => {
            json.push('[');
            for (index, item) in items.iter().enumerate() {
                json.push_str(if index > 0 { "," } else { "" });
                write_json(item, json);
            }
            json.push(']');
        }
        Value::Map(entries) => {
            json.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                json.push_str(if index > 0 { "," } else { "" });
                json.push_str(&quoted(key));
                json.push(':');
                write_json(value, json);
            }
            json.push('}');
        }
        other => json.push_str(&other.to_json().to_string()),
    }
}

pub(super) fn jsondecode(given: &Arguments<'_>) -> Gives {
    let json: Result<serde_json::Value, _> = serde_json::from_str(&given.text(0)?);
    json.map(|json| Value::of_json(&json)).map_err(|error| Fault::at(0, format!("this is no JSON: {error}")))
}

/// RFC 4180: a list of maps, by the names in the first line.
pub(super) fn csvdecode(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    let mut rows = csv_rows(&text)?.into_iter();
    let Some(names) = rows.next() else { return Err(Fault::at(0, "there is no line with the names")) };
    let mut list = Vec::new();
    for (index, row) in rows.enumerate() {
        if row.len() != names.len() {
            let message = format!("row {} has {} fields, not {}", index + 2, row.len(), names.len());
            return Err(Fault::at(0, message));
        }
        let entries: BTreeMap<String, Value> =
            names.iter().cloned().zip(row.into_iter().map(Value::text)).collect();
        list.push(Value::map(entries));
    }
    Ok(Value::list(list))
}

fn csv_rows(text: &str) -> Result<Vec<Vec<String>>, Fault> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            letter if quoted => field.push(letter),
            '"' => return Err(Fault::at(0, "a quote stands in the middle of a field")),
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' if row.is_empty() && field.is_empty() => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            letter => field.push(letter),
        }
    }
    if quoted {
        return Err(Fault::at(0, "a quoted field does not end"));
    }
    if !row.is_empty() || !field.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

/// YAML as `go-cty-yaml` writes it: blocks, keys and texts in double quotes.
pub(super) fn yamlencode(given: &Arguments<'_>) -> Gives {
    let mut yaml = String::new();
    write_yaml(given.get(0), 0, &mut yaml);
    if !yaml.ends_with('\n') {
        yaml.push('\n');
    }
    Ok(Value::text(yaml.trim_start_matches('\n')))
}

fn write_yaml(value: &Value, depth: usize, yaml: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Map(entries) if entries.is_empty() => yaml.push_str("{}"),
        Value::List(items) | Value::Set(items) if items.is_empty() => yaml.push_str("[]"),
        Value::Map(entries) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                // The first key after a "- " stands on its line.
                if index > 0 || !yaml.ends_with("- ") {
                    line(yaml, &indent);
                }
                yaml.push_str(&quoted(key));
                yaml.push(':');
                match value {
                    Value::Map(entries) if !entries.is_empty() => write_yaml(value, depth + 1, yaml),
                    Value::List(items) | Value::Set(items) if !items.is_empty() => {
                        write_yaml(value, depth, yaml);
                    }
                    value => {
                        yaml.push(' ');
                        write_yaml(value, depth + 1, yaml);
                    }
                }
            }
        }
        Value::List(items) | Value::Set(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 || !yaml.ends_with("- ") {
                    line(yaml, &indent);
                }
                yaml.push_str("- ");
                write_yaml(item, depth + 1, yaml);
            }
        }
        Value::Null => yaml.push_str("null"),
        Value::Bool(value) => yaml.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => yaml.push_str(&number.to_string()),
        Value::Text(text) | Value::Unknown(text) => yaml_text(text, &indent, yaml),
        Value::Later(later) => yaml_text(&later.text(), &indent, yaml),
    }
}

fn line(yaml: &mut String, indent: &str) {
    if !yaml.is_empty() && !yaml.ends_with('\n') {
        yaml.push('\n');
    }
    yaml.push_str(indent);
}

/// Texts of several lines stand as blocks.
fn yaml_text(text: &str, indent: &str, yaml: &mut String) {
    if !text.contains('\n') {
        return yaml.push_str(&quoted(text));
    }
    yaml.push_str(if text.ends_with('\n') { "|" } else { "|-" });
    for piece in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        yaml.push('\n');
        if !piece.is_empty() {
            yaml.push_str(if indent.is_empty() { "  " } else { indent });
            yaml.push_str(piece);
        }
    }
}

/// A text in double quotes: JSON's escapes are YAML's too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
