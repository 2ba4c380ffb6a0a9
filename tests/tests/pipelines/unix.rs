//! The tools among other tools: jq, tee, xargs, head.

use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template, web};
use serde_json::{Value, json};

fn two_builds() -> String {
    let builders: Vec<Value> = ["web", "other"].map(|name| builder(name, &json!({}))).to_vec();
    template(&builders, &[shell(&["echo made | sudo tee /etc/made"])], &[])
}

fn names(records: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = records.iter().filter_map(|record| record["build"].as_str()).collect();
    names.sort_unstable();
    names
}

#[test]
fn jq_chooses_builds() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &two_builds());
    let run = sandbox
        .bash(r#"validate web.json | jq -c 'select(.build == "web")' | build-ec2 | provision | postprocess"#)
        .exits(0);
    assert_eq!(names(&run.records()), ["web"], "{run}");
    assert_eq!(sandbox.aws.images(), ["web-image"]);
}

/// Numbers that no double can hold, nested things and odd names pass through every tool.
#[test]
fn what_jq_adds_between_the_tools_is_kept() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let run = sandbox
        .bash(
            r#"validate web.json | jq -c '. + {owner: {team: "web", "é": [1, null]}}' \
             | build-ec2 | jq -c '.ticket = "OPS-1"' | provision | jq -c '.note = ["after"]' \
             | sed 's/"note"/"big":12345678901234567890123,"note"/' | postprocess"#,
        )
        .exits(0);
    let record = run.record();
    assert_eq!(record["owner"], json!({"team": "web", "é": [1, null]}), "{run}");
    assert_eq!(record["ticket"], "OPS-1");
    assert_eq!(record["note"], json!(["after"]));
    assert!(run.stdout.contains("12345678901234567890123"), "{run}");
    sandbox.assert_nothing_left();
}

#[test]
fn jq_may_change_an_option() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    sandbox
        .bash(
            r#"validate web.json | jq -c '.builder.ami_name = "renamed"' | build-ec2 | provision | postprocess"#,
        )
        .exits(0)
        .record();
    assert_eq!(sandbox.aws.images(), ["renamed"]);
}

#[test]
fn tee_splits_a_pipeline() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &two_builds());
    let line = r#"validate web.json | tee >(jq -c 'select(.build == "web")' | build-ec2 | provision | postprocess > web.jsonl; touch web.done) \
        | jq -c 'select(.build == "other")' | build-ec2 | provision | postprocess > other.jsonl; wait; \
        until [ -e web.done ]; do sleep 0.05; done; cat web.jsonl other.jsonl"#;
    let run = sandbox.bash(line).exits(0);
    assert_eq!(names(&run.records()), ["other", "web"], "{run}");
    sandbox.assert_nothing_left();
}

#[test]
fn xargs_runs_a_process_for_each_build() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &two_builds());
    let line = r#"validate web.json | xargs -d '\n' -P4 -I{} sh -c 'printf "%s\n" "$1" | build-ec2 | provision' _ {}"#;
    let run = sandbox.bash(line).exits(0);
    assert_eq!(names(&run.records()), ["other", "web"], "{run}");
    assert!(run.records().iter().all(|record| record["status"] == "built"), "{run}");
    sandbox.assert_nothing_left();
}

/// A record of somebody else's leaves each tool as the very bytes it came as.
#[test]
fn foreign_records_pass_untouched() {
    let sandbox = Sandbox::new();
    let line = r#"{"kiln":1,  "id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"x","type":"somebody-else","status":"planned","n":1e3,"u":"\u00e9"}"#;
    sandbox.write("in.jsonl", &format!("{line}\n"));
    for tool in ["build-ec2", "provision"] {
        let run = sandbox.bash(&format!("{tool} < in.jsonl")).exits(0);
        assert_eq!(run.stdout, format!("{line}\n"), "{tool}: {run}");
    }
}

#[test]
fn a_reader_that_leaves_takes_its_machine_with_it() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let run = sandbox.bash("validate web.json | build-ec2 | true").exits(1);
    assert!(!run.stderr.is_empty(), "{run}");
    sandbox.assert_nothing_left();
    // `head` reads the record, and leaves it with nobody: it is the sweep that finds the machine then.
    sandbox.bash("validate web.json | build-ec2 | head -c1");
    sandbox.bash("build-ec2 sweep").exits(0);
    sandbox.assert_nothing_left();
}
