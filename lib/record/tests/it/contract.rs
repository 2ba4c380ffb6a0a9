//! The record as `docs/` shows it: examples against the schema, and recipes that people will copy.

use record::{Record, Status};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn example(status: Status) -> Value {
    let path = docs().join(format!("examples/{status}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn examples_follow_the_schema() {
    let schema = jsonschema::validator_for(&record::document::schema()).unwrap();
    for status in Status::ALL {
        let example = example(status);
        schema.validate(&example).unwrap_or_else(|error| panic!("{status}: {error}"));
        let record = Record::parse(&example.to_string()).unwrap();
        assert_eq!(record.status(), status);
        assert_eq!(record.has_machine(), matches!(status, Status::Running | Status::Provisioned));
        record.template().unwrap();
        record.machine().unwrap();
        record.artifacts().unwrap();
        assert_eq!(record.secrets().unwrap(), ["not-a-real-token"]);
        assert_eq!(record.error().unwrap().is_some(), status == Status::Failed);
    }
    for (field, value) in [("status", "done"), ("id", "1"), ("kiln", "1")] {
        let mut wrong = example(Status::Planned);
        wrong[field] = value.into();
        assert!(schema.validate(&wrong).is_err(), "{field}");
    }
    let mut more = example(Status::Planned);
    more["owner"] = "me".into();
    schema.validate(&more).unwrap();
}

#[test]
fn the_recipes_work() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = Status::ALL.iter().map(|status| format!("{}\n", example(*status))).collect();
    std::fs::write(folder.path().join("records.jsonl"), lines).unwrap();
    let page = std::fs::read_to_string(docs().join("record.md")).unwrap();
    let recipes: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("    jq ")).collect();
    assert!(recipes.len() >= 6);
    for recipe in recipes {
        let command = format!("jq {recipe}");
        let output = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && error.is_empty(), "{command}: {error}");
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(!out.is_empty(), "{command} gives nothing");
        if recipe.starts_with("-c") {
            for line in out.lines() {
                Record::parse(line).unwrap_or_else(|error| panic!("{command}: {error}"));
            }
        }
    }
}

#[test]
fn a_tool_changes_only_its_own_fields() {
    let line = r#"{"x":12345678901234567890123,"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"b\u00fc","z":[1e3,-0.0,"\/"],"type":"t","status":"running","machine":{"driver":"d","id":"i","communicator":"ssh"},"done":0,"y":{"b":1,"a":2}}"#;
    let mut record = Record::parse(line).unwrap();
    assert_eq!(record.build(), "bü");
    record.set_status(Status::Built);
    record.set_machine(None);
    record.set("done", &3);
    record.set("artifacts", &Vec::<Value>::new());
    let expected = r#"{"x":12345678901234567890123,"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"b\u00fc","z":[1e3,-0.0,"\/"],"type":"t","status":"built","done":3,"y":{"b":1,"a":2},"artifacts":[]}"#;
    assert_eq!(record.to_line(), expected);
}
