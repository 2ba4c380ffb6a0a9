//! The JSON Schema of templates in JSON, for editors: made of the same types that read the options.
//!
//! It is as kind as `validate` is: values are typed weakly, `{{…}}` may stand anywhere, and old spellings count. What only
//! a rule knows (that an option is required, which exclude each other) it does not say.

mod weak;

use crate::options::registry::{Entry, Sort};
use crate::packer_json::{elsewhere, fix};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// A generator of the schemas that JSON Schema 2020-12 knows.
pub fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().into_generator()
}

/// The schema of a template.
pub fn template() -> Value {
    let mut generator = generator();
    let mut definitions = Map::new();
    for sort in [Sort::Builder, Sort::Provisioner, Sort::PostProcessor] {
        for entry in sort.entries() {
            definitions.insert(name(sort, entry.kind), component(sort, entry, &mut generator));
        }
    }
    for (name, schema) in generator.take_definitions(true) {
        definitions.insert(name, weak::weak(&schema));
    }
    definitions.extend(weak::definitions());
    let provisioner = any_of(Sort::Provisioner);
    let post_processor = json!({"anyOf": [{"type": "string"}, any_of(Sort::PostProcessor)]});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Packer template",
        "type": "object",
        "required": ["builders"],
        "properties": {
            "builders": {"description": "What is built.", "type": "array", "items": any_of(Sort::Builder), "minItems": 1},
            "provisioners": {"description": "How each machine is changed, step by step.", "type": ["array", "null"], "items": &provisioner},
            "error-cleanup-provisioner": {"description": "What runs when a provisioner has failed.", "anyOf": [&provisioner, {"type": "null"}]},
            "post-processors": {
                "description": "What is made of each result. A list in the list is a sequence: each works on what the one before has made.",
                "type": ["array", "null"],
                "items": {"anyOf": [&post_processor, {"type": "array", "items": &post_processor}]},
            },
            "variables": {
                "description": "User variables and their defaults; null: a value is required.",
                "type": ["object", "null"],
                "additionalProperties": {"type": ["string", "null"]},
            },
            "sensitive-variables": {
                "description": "Variables whose values are hidden.",
                "type": ["array", "null"],
                "items": {"type": "string"},
            },
            "description": {"description": "What the template is for.", "type": ["string", "null"]},
            "min_packer_version": {"description": "The oldest version of Packer that will do.", "type": ["string", "null"]},
            "comments": {"type": ["array", "null"], "items": {"type": "object"}, "deprecated": true},
            "push": {"type": ["object", "null"], "deprecated": true},
        },
        "patternProperties": {"^_": {"description": "A comment.", "type": "string"}},
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// The name of a component's schema.
fn name(sort: Sort, kind: &str) -> String {
    format!("{}.{kind}", sort.word())
}

/// Any component of a sort: its type decides which options there are.
fn any_of(sort: Sort) -> Value {
    let own = sort.entries().iter().map(|entry| entry.kind);
    let old = fix::TYPES.iter().filter(|(_, new)| sort == Sort::Builder && sort.find(new).is_some());
    let kinds: Vec<&str> = own
        .chain(elsewhere::all(sort).iter().map(|(kind, _)| *kind))
        .chain(old.clone().map(|(old, _)| *old))
        .collect();
    let choice = |kind: &str, of: &str| {
        json!({
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {"$ref": format!("#/$defs/{}", name(sort, of))},
        })
    };
    let choices: Vec<Value> = sort
        .entries()
        .iter()
        .map(|entry| choice(entry.kind, entry.kind))
        .chain(old.map(|(old, new)| choice(old, new)))
        .collect();
    json!({
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"description": format!("Which {} it is.", sort.word()), "enum": kinds}},
        "allOf": choices,
    })
}

/// One component: its options, and the keys that all of its sort have.
fn component(sort: Sort, entry: &Entry, generator: &mut SchemaGenerator) -> Value {
    let mut properties = common(sort);
    for old in fix::old_names(sort, entry.kind) {
        properties.insert(old.to_owned(), json!({"description": "An old spelling: 'validate --fix' prints the new one.", "deprecated": true}));
    }
    for (option, schema) in (entry.properties)(generator) {
        properties.insert(option, weak::weak(&schema));
    }
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": {"^packer_": true},
        "additionalProperties": false,
    })
}

/// The keys that all components of a sort have.
fn common(sort: Sort) -> Map<String, Value> {
    let names = json!({"type": "array", "items": {"type": "string"}});
    let of = |description: &str, mut schema: Value| {
        schema["description"] = description.into();
        schema
    };
    let duration = json!({"type": ["string", "number", "null"]});
    let weak_names = json!({"type": ["array", "string", "null"], "items": {"type": "string"}});
    let keys = match sort {
        Sort::Builder => vec![(
            "name",
            of(
                "The build's name. Default: the type.",
                json!({"type": ["string", "number", "boolean", "null"]}),
            ),
        )],
        Sort::Provisioner => vec![
            ("only", of("Names of the builds that it is for.", weak_names.clone())),
            ("except", of("Names of the builds that it is not for.", weak_names)),
            (
                "override",
                of(
                    "Other options for builds, by their names.",
                    json!({"type": ["object", "null"], "additionalProperties": {"type": ["object", "null"]}}),
                ),
            ),
            ("pause_before", of("How long to wait before.", duration.clone())),
            ("timeout", of("How long it may take.", duration)),
            (
                "max_retries",
                of("How often it is tried again.", json!({"type": ["integer", "string", "null"]})),
            ),
        ],
        // Templates in JSON have none.
        Sort::DataSource => Vec::new(),
        Sort::PostProcessor => vec![
            ("name", of("Its name, for -except. Default: the type.", json!({"type": ["string", "null"]}))),
            ("only", of("Names of the builds that it is for.", names.clone())),
            ("except", of("Names of the builds that it is not for.", names)),
            (
                "keep_input_artifact",
                of("Whether what it works on stays.", json!({"type": ["boolean", "null"]})),
            ),
        ],
    };
    let kind = ("type", json!({"type": "string"}));
    std::iter::once(kind).chain(keys).map(|(name, schema)| (name.to_owned(), schema)).collect()
}
