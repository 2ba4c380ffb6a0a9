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

pub(crate) fn two() -> Folder {
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
        (["-var=x", "t.json"], "error[command-line]: -var 'x' has no '='"),
        (
            ["-var=name={{nope}}", "t.json"],
            "error[unknown-function]: -var name, for t.json: there is no function 'nope'",
        ),
        (
            ["-var-file=v.json", "t.json"],
            "error[wrong-variable]: variable 'name' must be a text, not a number\n --> v.json:1:10",
        ),
        (
            ["-var-file=none.json", "t.json"],
            "error[command-line]: cannot read the variable file none.json: No such file",
        ),
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
    assert!(ran.err.starts_with("error[selection]: -only: no build is called 'web'\n"), "{}", ran.err);
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
            "code": "unknown-option", "severity": "error", "message": "builder 'file' has no option 'zzz'", "file": "t.json", "line": 1,
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

/// A build of a builder that Packer has and Kiln has not is one error, whatever its steps are, and does not keep the others from being planned.
#[test]
fn builds_of_others_are_left_out_or_passed_on() {
    let folder = Folder::with(
        r#"{"builders": [{"type": "null", "communicator": "none"}, {"type": "docker", "image": "a", "commit": true}],
            "provisioners": [{"type": "converge", "only": ["docker"]}],
            "post-processors": [{"type": "docker-tag", "only": ["docker"], "tags": "{{build_name}}"}]}"#,
    );
    let ran = folder.run(&["t.json"]);
    assert_eq!((ran.status, ran.err.matches("error[").count()), (2, 1), "{}", ran.err);
    assert!(
        ran.err.contains("error[not-in-this-version]") && ran.err.contains("-except=docker"),
        "{}",
        ran.err
    );
    let ran = folder.run(&["-except=docker", "t.json"]);
    assert_eq!((ran.status, ran.records().len()), (0, 1), "{}", ran.err);
    let ran = folder.run(&["--allow-unknown", "t.json"]);
    assert_eq!((ran.status, ran.records().len()), (0, 2), "{}", ran.err);
    assert_eq!(ran.records()[1]["post_processors"], json!([[{"type": "docker-tag", "tags": "docker"}]]));
}

#[test]
fn syntax_only_asks_for_nothing() {
    let folder = Folder::with(r#"{"variables": {"a": null}, "builders": [{"type": "nope"}]}"#);
    let ran = folder.run(&["-syntax-only", "t.json"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
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

#[test]
fn old_spellings_are_taken_with_a_warning_and_mended() {
    let old = "{\n  \"builders\": [{\"type\": \"null\", \"ssh_host\": \"h\", \"ssh_username\": \"u\",\n    \"ssh_wait_timeout\": \"5m\", \"ssh_password\": \"p\"}]\n}\n";
    let folder = Folder::with(old);
    let ran = folder.run(&["t.json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.records()[0]["builder"]["ssh_timeout"], "5m0s");
    assert!(
        ran.err.contains("'ssh_wait_timeout' is called 'ssh_timeout' now\n --> t.json:3:5"),
        "{}",
        ran.err
    );
    let ran = folder.run(&["--fix", "t.json"]);
    assert_eq!((ran.status, ran.out), (0, old.replace("ssh_wait_timeout", "ssh_timeout")), "{}", ran.err);
    folder.write("h.pkr.hcl", "source \"null\" \"a\" {\n  ssh_host = \"h\"\n  ssh_username = \"u\"\n  ssh_password = \"p\"\n  ssh_wait_timeout = \"5m\"\n}\nbuild { sources = [\"null.a\"] }\n");
    let ran = folder.run(&["h.pkr.hcl"]);
    assert_eq!(ran.records()[0]["builder"]["ssh_timeout"], "5m0s", "{}", ran.err);
    assert!(ran.err.contains("h.pkr.hcl:5:3"), "{}", ran.err);
    let ran = folder.run(&["--fix", "h.pkr.hcl"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    let ran = folder.run(&["--fix", "t.json", "t.json"]);
    assert!(ran.status == 2 && ran.err.contains("--fix takes one template"), "{}", ran.err);
}

#[test]
fn many_templates_keep_their_order() {
    let folder = Folder::with("");
    let mut names = Vec::new();
    for number in (0..60).rev() {
        let name = format!("{number}.json");
        let bad = if number % 7 == 0 { ", \"nope\": 1" } else { "" };
        let file = format!(r#"{{"type": "file", "name": "b{number}", "target": "t", "content": "x"{bad}}}"#);
        folder.write(&name, &format!(r#"{{"builders": [{file}]}}"#));
        names.push(name);
    }
    let arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    let ran = folder.run(&arguments);
    let good = (0..60).rev().filter(|number| number % 7 != 0);
    let builds: Vec<String> = ran.records().iter().map(|record| record["build"].to_string()).collect();
    assert_eq!(builds, good.map(|number| format!("\"b{number}\"")).collect::<Vec<_>>());
    let places: Vec<&str> = ran.err.lines().filter_map(|line| line.trim().strip_prefix("--> ")).collect();
    let bad = (0..60).rev().filter(|number| number % 7 == 0);
    let files = places.iter().map(|place| place.split_once(':').unwrap().0.to_owned());
    assert_eq!(files.collect::<Vec<_>>(), bad.map(|number| format!("{number}.json")).collect::<Vec<_>>());
}

#[test]
fn files_that_are_too_large_are_not_read() {
    let folder = Folder::with("{}");
    let large = std::fs::File::create(folder.path().join("large.json")).unwrap();
    large.set_len(100 << 20).unwrap();
    for arguments in [&["large.json"][..], &["-var-file=large.json", "t.json"], &["/dev/zero"]] {
        let ran = folder.run(arguments);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains("is larger than 16 MiB"), "{}", ran.err);
    }
}

#[test]
fn a_full_disk_is_one_clear_error() {
    let folder = two();
    folder.write("a.pkrvars.hcl", "a=1\n");
    for arguments in [
        &["t.json"][..],
        &["--plan", "t.json"],
        &["--inspect", "t.json"],
        &["--fix", "t.json"],
        &["--hcl2", "t.json"],
        &["--fmt", "--check", "a.pkrvars.hcl"],
        &["--template-schema"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_validate"))
            .args(arguments)
            .env_clear()
            .current_dir(folder.path())
            .stdin(std::process::Stdio::null())
            .stdout(full)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "validate: error: cannot write to standard output: No space left on device\n");
        assert_eq!(output.status.code(), Some(if arguments[0] == "--fmt" { 3 } else { 1 }), "{arguments:?}");
    }
}
