//! A template becomes an AMI.

use crate::{PIPELINE, image};
use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template, web};
use serde_json::{Value, json};

#[test]
fn a_template_becomes_an_ami_with_default_delays() {
    let sandbox = Sandbox::new();
    sandbox.aws.set_default_delays();
    sandbox.write("web.json", &web());
    let run = sandbox.bash(PIPELINE).exits(0);
    let record = run.record();
    assert_eq!(record["status"], "built", "{run}");
    assert_eq!(record["artifacts"][0]["kind"], "ami");
    let ami = image(&record, "us-east-1");
    assert_eq!(record["artifacts"][0]["id"], format!("us-east-1:{ami}"));
    assert_eq!(sandbox.aws.read_image(&ami, "/etc/made").as_deref(), Some("made\n"));
    assert!(record.get("machine").is_none(), "{record:#}");
    sandbox.assert_nothing_left();
    assert_eq!(sandbox.aws.images(), ["web-image"]);
    assert!(sandbox.held().is_empty(), "{:?}", sandbox.held());
}

#[test]
fn an_image_starts_as_a_machine_that_has_what_was_provisioned() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let ami = image(&sandbox.bash(PIPELINE).exits(0).record(), "us-east-1");
    let more = json!({"source_ami": ami, "skip_create_ami": true});
    sandbox.write("look.json", &template(&[builder("look", &more)], &[shell(&["cat /etc/made"])], &[]));
    let run = sandbox.bash("validate look.json | build-ec2 | provision").exits(0);
    assert!(run.stderr.contains("made"), "{run}");
    sandbox.assert_nothing_left();
}

#[test]
fn the_documented_lines_reach_standard_error_and_records_alone_reach_standard_output() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let run = sandbox.bash(PIPELINE).exits(0);
    assert!(run.records().iter().all(|record| record["kiln"] == 1));
    assert!(!run.stderr.is_empty());
    for line in run.stderr.lines() {
        assert!(line.contains("web"), "every line names its build: {line:?}\n{run}");
    }
}

/// Eight builds take the time of one: every instance is asked for before the first is stopped.
#[test]
fn eight_builds_run_side_by_side() {
    let sandbox = Sandbox::new();
    sandbox.aws.set(&json!({"run_delay": 5}));
    let names: Vec<String> = (1..=8).map(|number| format!("build-{number}")).collect();
    let builders: Vec<Value> = names.iter().map(|name| builder(name, &json!({}))).collect();
    sandbox.write("web.json", &template(&builders, &[shell(&["echo made | sudo tee /etc/made"])], &[]));
    let run = sandbox.bash(PIPELINE).exits(0);
    let records = run.records();
    assert_eq!(records.len(), 8, "{run}");
    for record in &records {
        assert_eq!(
            sandbox.aws.read_image(&image(record, "us-east-1"), "/etc/made").as_deref(),
            Some("made\n")
        );
    }
    let calls = sandbox.aws.calls();
    let done = |action: &str| -> Vec<usize> {
        let answered = |call: &Value| call["action"] == action && call["status"] == 200;
        calls.iter().enumerate().filter(|(_, call)| answered(call)).map(|(place, _)| place).collect()
    };
    let (launched, stopped) = (done("RunInstances"), done("StopInstances"));
    assert_eq!((launched.len(), stopped.len()), (8, 8), "{calls:#?}");
    assert!(launched[7] < stopped[0], "the last launch is {}, the first stop {}", launched[7], stopped[0]);
    sandbox.assert_nothing_left();
}

#[test]
fn everything_is_tagged_in_the_call_that_makes_it() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let record =
        sandbox.bash("validate web.json | build-ec2 > running.jsonl; cat running.jsonl").exits(0).record();
    let state = sandbox.aws.state();
    for kind in ["instances", "key_pairs", "security_groups", "volumes"] {
        let things = state[kind].as_object().cloned().unwrap_or_default();
        assert!(!things.is_empty(), "{kind}: {state:#}");
        for (id, thing) in things {
            assert_eq!(thing["tags"]["kiln:id"], record["id"], "{kind} {id}: {thing}");
            assert_eq!(thing["tags"]["kiln:build"], "web", "{kind} {id}: {thing}");
        }
    }
    let actions: Vec<String> =
        sandbox.aws.calls().iter().filter_map(|call| call["action"].as_str().map(str::to_owned)).collect();
    assert!(!actions.iter().any(|action| action == "CreateTags"), "{actions:?}");
    sandbox.bash("provision < running.jsonl | postprocess").exits(0).record();
    sandbox.assert_nothing_left();
}

#[test]
fn a_script_that_fails_leaves_nothing_and_status_1() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "web.json",
        &template(&[builder("web", &json!({}))], &[shell(&["echo last words", "exit 7"])], &[]),
    );
    let run = sandbox.bash(PIPELINE).exits(1);
    let record = run.record();
    assert_eq!(record["status"], "failed", "{run}");
    assert_eq!(record["error"]["tool"], "provision", "{run}");
    let output = record["error"]["output"].to_string();
    assert!(output.contains("last words"), "{run}");
    assert!(record["error"]["message"].to_string().contains('7'), "{run}");
    sandbox.assert_nothing_left();
    assert!(sandbox.aws.images().is_empty());
}
