//! Records that are not for this tool.

use crate::place::{Place, built, image};
use serde_json::json;

#[test]
fn unfinished_builds_pass_through_and_count_as_failed() {
    for status in ["planned", "running", "provisioned"] {
        let place = Place::new();
        let mut record = image("web", json!([[{"type": "manifest"}]]));
        record["status"] = json!(status);
        let ran = place.run(std::slice::from_ref(&record));
        assert_eq!((ran.status, ran.stdout), (Some(1), format!("{record}\n")));
        assert!(ran.stderr.contains(&format!("web is not finished: it is {status}")), "{}", ran.stderr);
    }
}

#[test]
fn a_build_without_post_processors_passes_through() {
    let place = Place::new();
    place.write("disk", "x");
    let record = built("web", &["disk"], json!([]));
    let ran = place.run(std::slice::from_ref(&record));
    assert_eq!((ran.status, ran.stdout), (Some(0), format!("{record}\n")));
}

#[test]
fn a_mistake_in_the_record_is_found_before_anything_is_done() {
    for (step, expected) in [
        (json!({"type": "vagrantt"}), "unknown post-processor 'vagrantt'"),
        (json!({"type": "manifest", "strip_path": "x"}), "manifest: an option in the record"),
        (json!(["compress"]), "field 'post_processors'"),
    ] {
        let place = Place::new();
        place.write("disk", "x");
        let first = json!({"type": "compress", "output": "o.tar"});
        let ran = place.run(&[built("web", &["disk"], json!([[first, step]]))]);
        assert_eq!(ran.status, Some(1), "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert_eq!(place.files(), ["disk"]);
    }
}

#[test]
fn a_failed_sequence_does_not_stop_the_next() {
    let place = Place::new();
    place.write("disk", "x");
    let steps = json!([[{"type": "shell-local", "inline": ["exit 1"]}], [{"type": "manifest"}]]);
    let ran = place.run(&[built("web", &["disk"], steps)]);
    assert_eq!(ran.status, Some(1));
    assert_eq!(ran.records[0]["status"], "failed");
    assert_eq!(place.files(), ["disk", "packer-manifest.json"]);
    let names: Vec<_> =
        ran.records[0]["steps"].as_array().unwrap().iter().map(|step| step["name"].clone()).collect();
    assert_eq!(names, ["shell-local", "manifest"]);
}
