//! checksum and manifest.

use crate::place::{Place, Ran, built, ended, give, image};
use serde_json::{Value, json};

fn manifest(place: &Place) -> Value {
    serde_json::from_str(&place.read("packer-manifest.json")).unwrap()
}

#[test]
fn coreutils_accept_the_checksums() {
    let place = Place::new();
    place.write("disk one.img", vec![7; 3_000_000]);
    place.write("vars", "");
    let kinds = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
    let record = built(
        "web",
        &["disk one.img", "vars"],
        json!([[{"type": "checksum", "checksum_types": kinds, "output": "sums/{{.BuildName}}_{{.BuilderType}}.{{.ChecksumType}}"}]]),
    );
    let ran = place.run(&[record]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    for kind in kinds {
        place.sh(&format!("{kind}sum --strict -c sums/web_file.{kind}"));
    }
    let sum = place.sh("sha256sum 'disk one.img'");
    let files = &ran.records[0]["artifacts"][0]["files"];
    assert_eq!(files[0]["sha256"], json!(&sum[..64]));
    assert_eq!(ran.records[0]["artifacts"][1]["files"].as_array().unwrap().len(), 6);
    assert!(place.read("sums/web_file.sha256").contains("\tdisk one.img\n"));
}

#[test]
fn one_kind_of_one_file_is_right_as_well() {
    let place = Place::new();
    place.write("disk", "x".repeat(5_000_000));
    place.run(&[built("web", &["disk"], json!([[{"type": "checksum"}]]))]);
    place.sh("md5sum --strict -c packer_web_file_md5.checksum");
}

#[test]
fn a_second_run_replaces_its_lines_and_a_second_build_adds_its_own() {
    let place = Place::new();
    let sum = |name: &str| built(name, &[name], json!([[{"type": "checksum", "output": "SUMS"}]]));
    place.write("a", "old");
    place.write("b", "b");
    place.run(&[sum("a"), sum("b")]);
    place.write("a", "new");
    let ran = place.run(&[sum("a")]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.read("SUMS").lines().count(), 2);
    place.sh("md5sum --strict -c SUMS");
    assert_eq!(place.files(), ["SUMS", "a", "b"]);
}

#[test]
fn two_builds_must_not_share_a_line() {
    let place = Place::new();
    place.write("a/disk", "a");
    place.write("b/disk", "b");
    let sum = |name: &str| {
        built(name, &[&format!("{name}/disk")], json!([[{"type": "checksum", "output": "SUMS"}]]))
    };
    let ran = place.run_with(&[sum("a"), sum("b")], &["-j1"], &[]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("SUMS would hold checksums of two files named disk"), "{}", ran.stderr);
}

#[test]
fn a_failed_checksum_writes_nothing() {
    let place = Place::new();
    place.write("disk", "x");
    place.write("SUMS.sha1", "precious notes");
    let steps = json!([[{"type": "checksum", "checksum_types": ["md5", "sha1"], "output": "SUMS.{{.ChecksumType}}"}]]);
    let ran = place.run(&[built("web", &["disk"], steps.clone())]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("SUMS.sha1 exists already and is no file of checksums"), "{}", ran.stderr);
    assert_eq!(place.files(), ["SUMS.sha1", "disk"]);
    let ran = place.run(&[built("web", &["disk", "missing"], steps)]);
    assert!(ran.stderr.contains("missing"), "{}", ran.stderr);
    assert_eq!(place.files(), ["SUMS.sha1", "disk"]);
}

#[test]
fn the_manifest_has_packers_shape() {
    let place = Place::new();
    place.write("out/disk", "1234567");
    let steps = json!([[{"type": "manifest", "custom_data": {"k": "v"}, "strip_time": true}]]);
    let ran = place.run_with(&[built("web", &["out/disk"], steps)], &[], &[("PACKER_RUN_UUID", "run-1")]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(
        place.read("packer-manifest.json"),
        "{\n  \"builds\": [\n    {\n      \"name\": \"web\",\n      \"builder_type\": \"file\",\n      \"files\": [\n        {\n          \
         \"name\": \"out/disk\",\n          \"size\": 7\n        }\n      ],\n      \"artifact_id\": \"File\",\n      \
         \"packer_run_uuid\": \"run-1\",\n      \"custom_data\": {\n        \"k\": \"v\"\n      }\n    }\n  ],\n  \
         \"last_run_uuid\": \"run-1\"\n}\n"
    );
}

#[test]
fn the_manifest_grows_until_force() {
    let place = Place::new();
    place.write("out/disk", "x");
    let one = || built("web", &["out/disk"], json!([[{"type": "manifest", "strip_path": true}]]));
    let two = || image("ami", json!([[{"type": "manifest"}]]));
    place.run_with(&[one(), two()], &["-j1"], &[]);
    let found = manifest(&place);
    assert_eq!(found["builds"][0]["files"][0]["name"], "disk");
    assert!(found["builds"][0]["build_time"].is_u64());
    assert_eq!(found["builds"][1]["files"], Value::Null);
    assert_eq!(found["builds"][1]["artifact_id"], "us-east-1:ami-1");
    assert_eq!(found["builds"][1]["custom_data"], Value::Null);
    assert_eq!(found["builds"][0]["packer_run_uuid"], found["builds"][1]["packer_run_uuid"]);
    place.run_with(&[one()], &[], &[("PACKER_RUN_UUID", "second")]);
    assert_eq!(manifest(&place)["builds"].as_array().unwrap().len(), 3);
    place.run_with(&[one(), two()], &["--force"], &[("PACKER_RUN_UUID", "third")]);
    let found = manifest(&place);
    assert_eq!((found["builds"].as_array().unwrap().len(), &found["last_run_uuid"]), (2, &json!("third")));
}

#[test]
fn what_is_no_manifest_stays() {
    let place = Place::new();
    for text in ["{", "[1]", "{\"a\": 1}"] {
        place.write("packer-manifest.json", text);
        let ran = place.run(&[image("ami", json!([[{"type": "manifest"}]]))]);
        assert_eq!(ran.status, Some(1));
        assert!(ran.stderr.contains("packer-manifest.json is not a manifest"), "{}", ran.stderr);
        assert_eq!(place.read("packer-manifest.json"), text);
    }
}

#[test]
fn many_processes_write_one_manifest_and_lose_nothing() {
    let place = Place::new();
    let names: Vec<String> = (0..8).map(|number| format!("build{number}")).collect();
    let mut children: Vec<_> = (0..4).map(|_| place.start(&["-j4"], &[])).collect();
    let records: Vec<Value> = names.iter().map(|name| image(name, json!([[{"type": "manifest"}]]))).collect();
    for child in &mut children {
        give(child, &records);
    }
    for Ran { status, stderr, .. } in children.into_iter().map(ended) {
        assert_eq!(status, Some(0), "{stderr}");
    }
    assert_eq!(manifest(&place)["builds"].as_array().unwrap().len(), 32);
    assert_eq!(place.files(), ["packer-manifest.json"]);
}
