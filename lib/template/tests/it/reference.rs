//! The reference in `docs/reference` is what the types of options say. `UPDATE=1` writes it anew.

use schemars::SchemaGenerator;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use template::options::communicator::Communicator;
use template::options::registry::{Entry, Sort};
use template::options::{fields_of, properties_of};
use template::schema;

const SORTS: [(Sort, &str); 3] = [
    (Sort::Builder, "Builders"),
    (Sort::Provisioner, "Provisioners"),
    (Sort::PostProcessor, "Post-processors"),
];

#[test]
fn the_reference_is_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let pages = pages();
    if std::env::var_os("UPDATE").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in &there {
        assert!(pages.contains_key(name), "docs/reference/{name} is of no component");
    }
    for (name, text) in &pages {
        let page = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            page == *text,
            "docs/reference/{name} is not what the types say: UPDATE=1 cargo test -p template reference"
        );
    }
}

/// All pages by their names.
fn pages() -> BTreeMap<String, String> {
    let mut pages =
        BTreeMap::from([("README.md".to_owned(), index()), ("communicator.md".to_owned(), communicator())]);
    for (sort, _) in SORTS {
        for entry in sort.entries() {
            pages.insert(file(sort, entry), component(sort, entry));
        }
    }
    pages
}

fn file(sort: Sort, entry: &Entry) -> String {
    format!("{}-{}.md", sort.word(), entry.kind)
}

fn index() -> String {
    let mut page = String::from(
        "# Options\n\nEvery option of every component that `validate` knows, made of the types that read them (`UPDATE=1 cargo test -p template reference`).\n\
         `validate --template-schema` prints the same as a JSON Schema for editors.\n\nIn JSON templates, values may be written as [templates.md](../templates.md) says: `\"8\"` is a number where a number is wanted, one value is a list of one.\n",
    );
    for (sort, title) in SORTS {
        let _ = write!(page, "\n## {title}\n\n");
        for entry in sort.entries() {
            let more = if entry.runs { "" } else { " (checked; no tool of this version runs it)" };
            let _ = writeln!(page, "- [`{}`]({}){more}", entry.kind, file(sort, entry));
        }
    }
    page + "\n## Communicators\n\n- [`ssh`, `winrm`, `none`](communicator.md)\n"
}

fn communicator() -> String {
    let mut generator = schema::generator();
    let properties = properties_of::<Communicator>(&mut generator);
    let mut page = String::from(
        "# Communicators\n\nHow machines are reached: options of every builder that makes a machine, and of `null`.\n\n",
    );
    tables(&mut page, &properties, &mut generator, &[]);
    page
}

fn component(sort: Sort, entry: &Entry) -> String {
    let mut generator = schema::generator();
    let mut properties = (entry.properties)(&mut generator);
    let mut page = format!("# {} `{}`\n\n", capital(sort.word()), entry.kind);
    if !entry.runs {
        page.push_str("`validate` checks its options. No tool of this version runs it: its builds are refused before anything is made.\n\n");
    }
    let before = properties.len();
    if sort == Sort::Builder {
        let communicator = fields_of::<Communicator>();
        properties.retain(|name, _| !communicator.contains(&name.as_str()));
    }
    if properties.len() < before {
        page.push_str("How the machine is reached: [communicators](communicator.md).\n\n");
    }
    if properties.is_empty() {
        return page.trim_end().to_owned() + "\n";
    }
    tables(&mut page, &properties, &mut generator, entry.deferred);
    page
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The table of the options, then one for each block in them.
fn tables(
    page: &mut String,
    properties: &Map<String, Value>,
    generator: &mut SchemaGenerator,
    deferred: &[(&str, &[&str])],
) {
    table(page, properties, deferred);
    let inner: Vec<_> =
        deferred.iter().filter_map(|(name, own)| Some((name.split_once('.')?.1, *own))).collect();
    let definitions = generator.take_definitions(true);
    for (name, definition) in definitions.iter().filter(|(name, _)| *name != "Duration") {
        let text = definition["description"].as_str().unwrap_or_default();
        let _ = write!(page, "\n## {name}\n\n{text}\n\n");
        match definition.get("properties") {
            Some(Value::Object(properties)) => table(page, properties, &inner),
            _ => words(page, definition),
        }
    }
}

/// The words that an option can be.
fn words(page: &mut String, definition: &Value) {
    for word in definition["oneOf"].as_array().into_iter().flatten() {
        let text = word["description"].as_str().unwrap_or_default();
        let _ = writeln!(page, "- {}: {}", type_of(word), text);
    }
}

fn table(page: &mut String, properties: &Map<String, Value>, deferred: &[(&str, &[&str])]) {
    page.push_str("| option | type | default | |\n| --- | --- | --- | --- |\n");
    for (option, schema) in properties {
        let mut text = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
        if let Some((_, dot)) = deferred.iter().find(|(name, _)| name == option) {
            let names: Vec<String> = dot.iter().map(|name| format!("`{{{{.{name}}}}}`")).collect();
            text.push_str(" Rendered while the build runs");
            if !names.is_empty() {
                let _ = write!(text, ", with {}", names.join(", "));
            }
            text.push('.');
        }
        let _ =
            writeln!(page, "| `{option}` | {} | {} | {} |", type_of(schema), default_of(schema), cell(&text));
    }
}

fn type_of(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        return named(reference);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(variants) = schema[key].as_array() {
            let kinds: Vec<String> = variants.iter().map(type_of).filter(|kind| !kind.is_empty()).collect();
            return kinds.join(" or ");
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`{word}`");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        _ => vec!["anything"],
    };
    let words = kinds.iter().map(|kind| match *kind {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}", type_of(&schema["items"])),
        "object" => match schema["additionalProperties"].is_object() {
            true => format!("map of {}", type_of(&schema["additionalProperties"])),
            false => "map".to_owned(),
        },
        "null" => String::new(),
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}

/// A type with a name of its own: a duration, or a block with a table further down.
fn named(reference: &str) -> String {
    match reference.rsplit('/').next().unwrap_or_default() {
        "Duration" => "duration".to_owned(),
        name => format!("[{name}](#{})", name.to_lowercase()),
    }
}

/// The default, where it says something and the text does not.
fn default_of(schema: &Value) -> String {
    let says_nothing = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "0s",
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) => false,
    };
    let in_text = schema["description"].as_str().is_some_and(|text| text.contains("Default:"));
    match schema.get("default").filter(|value| !in_text && !says_nothing(value)) {
        Some(Value::String(text)) => format!("`{}`", cell(text)),
        Some(Value::Object(_)) | None => String::new(),
        Some(value) => format!("`{}`", cell(&value.to_string())),
    }
}

/// A text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', "\\n")
}
