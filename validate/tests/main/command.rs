//! The command line: variables, selection, records, folders.

use crate::support::Folder;
use serde_json::json;

const TWO: &str = r#"{
  "description": "two files",
  "variables": {"name": "web", "secret": "correct horse", "both": "{{user `name`}}-{{user `late`}}", "late": "x"},
  "sensitive-variables": ["secret"],
  "builders": [
    {"type": "file", "name": "{{user `name`}}-1", "target": "{{user `both`}}", "content": "{{build_name}}"},
    {"type": "file", "name": "two", "target": "b", "content": "{{timestamp}}"}
  ],
  "provisioners": [
    {"type": "shell-local", "inline": "echo a", "max_retries": "2", "pause_before": "90s", "only": ["two"]},
    {"type": "shell-local", "inline": ["{{ build \"ID\" }}"], "override": {"two": {"inline": ["c"]}}}
  ],
  "post-processors": [["manifest", {"type": "checksum", "name": "sums", "keep_input_artifact": true}], "artifice"]
}"#;

fn two() -> Folder {
    Folder::with(&TWO.replace(r#", "artifice""#, ""))
}

#[test]
fn a_template_becomes_records() {
    let folder = two();
    let ran = folder.run(&["t.json"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let records = ran.records();
    assert_eq!(records.len(), 2);
    let (one, two) = (&records[0], &records[1]);
    assert_eq!(one["build"], "web-1");
    assert_eq!(one["status"], "planned");
    assert_eq!(one["builder"], json!({"content": "web-1", "target": "web-x"}));
    assert_eq!(one["provisioners"][0]["inline"], json!(["{{build `ID`}}"]));
    assert_eq!(one["sensitive"], json!(["secret"]));
    assert_eq!(one["variables"]["both"], "web-x");
    assert_eq!(one["template"]["path"], "t.json");
    let real = folder.path().canonicalize().unwrap();
    assert_eq!(one["template"]["folder"], real.to_str().unwrap());
    assert_eq!(one["template"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(two["provisioners"][0]["max_retries"], 2);
    assert_eq!(two["provisioners"][0]["pause_before"], "1m30s");
    assert_eq!(two["provisioners"][1]["inline"], json!(["c"]));
    assert_eq!(two["post_processors"][0][1]["name"], "sums");
    assert_eq!(two["post_processors"][0][1]["keep_input_artifact"], true);
    assert_ne!(one["id"], two["id"]);
    // One time for the whole run stands in every id.
    assert_eq!(one["id"].as_str().unwrap()[..10], two["id"].as_str().unwrap()[..10]);
}

#[test]
fn variables_have_their_order() {
    let folder = two();
    folder.write("a.json", r#"{"name": "file", "late": "file"}"#);
    folder.write("b.json", r#"{"late": "second"}"#);
    let target = |arguments: &[&str]| {
        let ran = folder.run_with(arguments, &[("PKR_VAR_name", "env"), ("PKR_VAR_unknown", "env")]);
        assert_eq!(ran.status, 0, "{}", ran.err);
        let record = ran.records().remove(0);
        assert!(record["variables"].get("unknown").is_none());
        record["builder"]["target"].as_str().unwrap().to_owned()
    };
    assert_eq!(target(&["t.json"]), "env-x");
    assert_eq!(target(&["-var-file=a.json", "t.json"]), "file-file");
    assert_eq!(target(&["-var-file", "a.json", "-var-file", "b.json", "t.json"]), "file-second");
    assert_eq!(target(&["-var", "late=cli", "-var-file=b.json", "t.json"]), "env-cli");
    assert_eq!(target(&["t.json", "--var=late={{upper `up`}}"]), "env-UP");
}

#[test]
fn wrong_variables_are_explained() {
    let folder = two();
    folder.write("v.json", r#"{"name": 5}"#);
    for (arguments, expected) in [
        (["-var=x", "t.json"], "error: -var 'x' has no '='"),
        (["-var=name={{nope}}", "t.json"], "error: -var name, for t.json: there is no function 'nope'"),
        (
            ["-var-file=v.json", "t.json"],
            "error: variable 'name' must be a text, not a number\n --> v.json:1:10",
        ),
        (["-var-file=none.json", "t.json"], "error: cannot read the variable file none.json: No such file"),
    ] {
        let ran = folder.run(&arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.err.starts_with(expected), "{arguments:?}\n{}", ran.err);
    }
}

#[test]
fn builds_are_selected_by_their_rendered_names() {
    let folder = two();
    let builds = |arguments: &[&str]| {
        let records = folder.run(arguments).records();
        records.iter().map(|record| record["build"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(builds(&["-only=web-1", "t.json"]), ["web-1"]);
    assert_eq!(builds(&["-only=web-1,two", "t.json"]), ["web-1", "two"]);
    assert_eq!(builds(&["-except=two", "t.json"]), ["web-1"]);
    let ran = folder.run(&["-except=sums", "t.json"]);
    assert_eq!(
        ran.records()[0]["post_processors"],
        json!([[{"type": "manifest", "output": "packer-manifest.json"}]])
    );
    let ran = folder.run(&["-only=web", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.starts_with("error: -only: no build is called 'web'\n"), "{}", ran.err);
    assert!(ran.err.contains("web-1, two"), "{}", ran.err);
}

#[test]
fn a_bad_template_does_not_stop_the_others() {
    let folder = two();
    folder.write("bad.json", r#"{"builders": [{"type": "nope"}]}"#);
    folder.write("vars.json", r#"{"a": "b"}"#);
    let ran = folder.run(&["."]);
    assert_eq!(ran.status, 2);
    assert_eq!(ran.records().len(), 2);
    assert!(ran.err.contains("./bad.json:1:24"), "{}", ran.err);
    assert!(!ran.err.contains("vars.json"), "{}", ran.err);
}

#[test]
fn diagnostics_come_as_json() {
    let folder =
        Folder::with(r#"{"builders": [{"type": "file", "zzz": "é", "target": "a", "content": "x"}]}"#);
    let ran = folder.run(&["--format=json", "t.json"]);
    assert_eq!((ran.status, ran.err.as_str()), (2, ""));
    assert_eq!(
        ran.records(),
        [json!({
            "severity": "error", "message": "builder 'file' has no option 'zzz'", "file": "t.json", "line": 1,
            "column": 32, "end_line": 1, "end_column": 37, "text": "\"zzz\"",
            "hint": "its options: content, source, target"
        })]
    );
}

#[test]
fn unknown_builders_are_passed_on_when_asked() {
    let folder =
        Folder::with(r#"{"variables":{"a":"b"},"builders": [{"type": "mine", "x": ["{{user `a`}}", 5]}]}"#);
    assert_eq!(folder.run(&["t.json"]).status, 2);
    let ran = folder.run(&["--allow-unknown", "t.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.records()[0]["type"], "mine");
    assert_eq!(ran.records()[0]["builder"], json!({"x": ["b", 5]}));
}

#[test]
fn syntax_only_asks_for_nothing() {
    let folder = Folder::with(r#"{"variables": {"a": null}, "builders": [{"type": "nope"}]}"#);
    let ran = folder.run(&["-syntax-only", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn inspect_shows_what_a_template_holds() {
    let ran = two().run(&["--inspect", "t.json"]);
    let expected = "\
two files

VARIABLE  DEFAULT
name      web
secret    <sensitive>
both      {{user `name`}}-{{user `late`}}
late      x

BUILD              TYPE
{{user `name`}}-1  file
two                file

STEP              TYPE         BUILDS
provisioner       shell-local  two
provisioner       shell-local  all
post-processor 1  manifest     all
post-processor 1  checksum     all
";
    assert_eq!((ran.status, ran.out.as_str()), (0, expected));
}

#[test]
fn templates_come_from_standard_input() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_validate"))
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let template = r#"{"builders": [{"type": "file", "target": "{{template_dir}}", "content": "x"}]}"#;
    child.stdin.take().unwrap().write_all(template.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let record: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(record["template"]["path"], "-");
    assert_eq!(record["builder"]["target"], folder.path().canonicalize().unwrap().to_str().unwrap());
}
