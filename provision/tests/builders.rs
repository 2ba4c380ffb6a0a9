//! The builders that `provision` does itself: `null` and `file`.

use crate::support::Place;
use serde_json::{Value, json};
use std::fs;

fn planned(place: &Place, kind: &str, builder: Value, steps: Value) -> Value {
    let mut record = place.record(steps);
    record["type"] = json!(kind);
    record["status"] = json!("planned");
    record["builder"] = builder;
    record.as_object_mut().unwrap().remove("machine");
    record
}

#[test]
fn null_provisions_what_is_there() {
    let place = Place::new();
    let builder = json!({
        "communicator": "ssh", "ssh_host": "127.0.0.1", "ssh_port": place.sshd.port(), "ssh_username": "root",
        "ssh_private_key_file": place.sshd.key()
    });
    let record =
        planned(&place, "null", builder, json!([{"type": "shell", "inline": ["echo {{build `ID`}}"]}]));
    let ran = place.run(&[], &record);
    let after = ran.well();
    assert!(ran.said().contains(&"Null"), "{}", ran.stderr);
    assert_eq!((after["status"].as_str(), after["machine"].is_null()), (Some("built"), true));
    assert_eq!(after["artifacts"], json!([{"kind": "files", "builder_id": "fnoeding.null", "id": "Null"}]));
    let mut record = record;
    record["provisioners"][0]["inline"] = json!(["exit 1"]);
    let ran = place.run(&[], &record);
    ran.failed();
    assert!(ran.record()["machine"].is_null() && place.builder_saw().is_empty());
}

#[test]
fn file_writes_its_target() {
    let place = Place::new();
    let target = place.text("out/made");
    let record = planned(&place, "file", json!({"content": "hello\n", "target": target}), json!([]));
    let after = place.run(&[], &record).well();
    assert_eq!(fs::read_to_string(&target).unwrap(), "hello\n");
    let expected = json!([{"kind": "files", "builder_id": "packer.file", "id": "File", "files": [{"path": target, "size": 6}]}]);
    assert_eq!(after["artifacts"], expected);
    assert_eq!(place.run(&[], &record).failed(), format!("{target} exists already"));
    let source = place.write("from", "other");
    let record = planned(&place, "file", json!({"source": source, "target": target}), json!([]));
    place.run(&["-force"], &record).well();
    assert_eq!(fs::read_to_string(&target).unwrap(), "other");
}

#[test]
fn what_no_tool_runs_is_refused_before_anything_is_done() {
    let place = Place::new();
    let target = place.text("made");
    let steps = json!([{"type": "shell-local", "inline": [format!("touch {target}")]}, {"type": "ansible"}]);
    let builder = json!({"communicator": "none", "content": "", "target": target});
    for kind in ["null", "file"] {
        let mut record = planned(&place, kind, builder.clone(), steps.clone());
        record["post_processors"] = json!([[{"type": "vagrant"}]]);
        let ran = place.run(&[], &record);
        assert_eq!(
            ran.failed(),
            "no tool of this version runs the provisioner 'ansible'; no tool of this version runs the post-processor 'vagrant'"
        );
        assert!(
            ran.record()["error"]["hint"]
                .as_str()
                .unwrap()
                .starts_with("this version runs: breakpoint, file, shell")
        );
        assert!(!fs::exists(&target).unwrap());
    }
}
