//! Schemas as kind as Packer's weak typing: a text where a number is wanted, one value where a list is wanted, a
//! template anywhere.

use serde_json::{Map, Value, json};

/// A text that is rendered before it is read.
const TEMPLATE: &str = r"\{\{";

/// What many options are, under the names by which they refer to it.
pub(super) fn definitions() -> [(String, Value); 3] {
    let words = "|1|0|t|T|f|F|true|false|TRUE|FALSE|True|False";
    let text = json!({"type": ["string", "number", "boolean", "null"]});
    let map = json!({"type": "object", "additionalProperties": &text});
    [
        (
            "flag".to_owned(),
            json!({"anyOf": [
                {"type": ["boolean", "number"]},
                {"type": "string", "pattern": format!("^({words})$|{TEMPLATE}")},
            ]}),
        ),
        // One value is a list of one, and a text is cut at its commas.
        ("texts".to_owned(), json!({"type": ["array", "string", "number", "boolean"], "items": text})),
        ("map".to_owned(), json!({"anyOf": [&map, {"type": "array", "items": &map}]})),
    ]
}

/// Whether a schema is that of a text.
fn is_text(schema: Option<&Value>) -> bool {
    schema.is_some_and(|schema| schema["type"] == "string" && schema.get("enum").is_none())
}

/// Makes the schema of a type that of all that is read as this type.
pub(super) fn weak(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let mut ways = Vec::new();
    gather(fields, &mut ways);
    if ways.is_empty() {
        return schema.clone();
    }
    ways.push(json!({"type": "null"}));
    let mut weak = Map::new();
    for key in ["description", "default"] {
        if let Some(value) = fields.get(key).filter(|value| !value.is_null()) {
            weak.insert(key.to_owned(), value.clone());
        }
    }
    weak.insert("anyOf".to_owned(), Value::Array(ways));
    Value::Object(weak)
}

/// All ways to write a value.
fn gather(fields: &Map<String, Value>, ways: &mut Vec<Value>) {
    if let Some(reference) = fields.get("$ref") {
        ways.push(json!({"$ref": reference}));
        ways.push(json!({"type": "array", "items": {"$ref": reference}, "maxItems": 1}));
        return;
    }
    for key in ["anyOf", "oneOf"] {
        for variant in fields.get(key).and_then(Value::as_array).into_iter().flatten() {
            let Value::Object(variant) = variant else { continue };
            gather(variant, ways);
        }
    }
    if let Some(words) = fields.get("enum").or_else(|| fields.get("const")) {
        let key = if words.is_array() { "enum" } else { "const" };
        ways.push(json!({key: words, "description": fields.get("description").cloned().unwrap_or_default()}));
        ways.push(json!({"type": "string", "pattern": TEMPLATE}));
        return;
    }
    let kinds = match fields.get("type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for kind in kinds {
        of_type(kind, fields, ways);
    }
}

fn of_type(kind: &str, fields: &Map<String, Value>, ways: &mut Vec<Value>) {
    match kind {
        "string" => ways.push(json!({"type": ["string", "number", "boolean"]})),
        "integer" | "number" => {
            let mut number = json!({"type": "number"});
            for key in ["minimum", "maximum"] {
                if let Some(limit) = fields.get(key) {
                    number[key] = limit.clone();
                }
            }
            ways.push(number);
            ways.push(json!({"type": "boolean"}));
            ways.push(json!({"type": "string", "pattern": format!(r"^[-+]?[0-9A-Fa-fxXob_.]*$|{TEMPLATE}")}));
        }
        "boolean" => ways.push(json!({"$ref": "#/$defs/flag"})),
        "array" if is_text(fields.get("items")) => ways.push(json!({"$ref": "#/$defs/texts"})),
        "object" if is_text(fields.get("additionalProperties")) => ways.push(json!({"$ref": "#/$defs/map"})),
        "array" => {
            let item = fields.get("items").map_or(Value::Bool(true), weak);
            ways.push(json!({"type": "array", "items": &item}));
            // One value is a list of one, and a text is cut at its commas.
            ways.push(item);
            ways.push(json!({"type": "string"}));
        }
        "object" => object(fields, ways),
        _ => {}
    }
}

/// A struct, or a map; a list of one object is that object, one of several is all of them together.
fn object(fields: &Map<String, Value>, ways: &mut Vec<Value>) {
    let schema = match fields.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            let properties: Map<String, Value> =
                properties.iter().map(|(name, schema)| (name.clone(), weak(schema))).collect();
            json!({"type": "object", "properties": properties, "additionalProperties": false})
        }
        None => {
            let values = fields.get("additionalProperties").map_or(Value::Bool(true), weak);
            json!({"type": "object", "additionalProperties": values})
        }
    };
    ways.push(json!({"type": "array", "items": &schema}));
    ways.push(schema);
}
