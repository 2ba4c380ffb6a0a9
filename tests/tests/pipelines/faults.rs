//! AWS on a bad day.

use crate::{PIPELINE, image};
use kiln_tests::template::{builder, shell, template, web};
use kiln_tests::{Run, Sandbox};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Builds eight images while AWS misbehaves.
fn eight_builds_with(knobs: &Value) -> (Sandbox, Run) {
    let sandbox = Sandbox::new();
    sandbox.aws.set(knobs);
    let builders: Vec<Value> =
        (1..=8).map(|number| builder(&format!("build-{number}"), &json!({}))).collect();
    sandbox.write("web.json", &template(&builders, &[shell(&["echo made | sudo tee /etc/made"])], &[]));
    let run = sandbox.bash(PIPELINE);
    (sandbox, run)
}

fn assert_all_built((sandbox, run): (Sandbox, Run)) {
    let run = run.exits(0);
    let records = run.records();
    assert_eq!(records.len(), 8, "{run}");
    for record in records {
        let made = sandbox.aws.read_image(&image(&record, "us-east-1"), "/etc/made");
        assert_eq!(made.as_deref(), Some("made\n"), "{run}");
    }
    sandbox.assert_nothing_left();
    assert_eq!(sandbox.aws.images().len(), 8);
}

#[test]
fn eight_builds_succeed_with_throttling_errors_and_lost_connections() {
    assert_all_built(eight_builds_with(&json!({"throttle": 0.1, "error": 0.05, "reset": 0.02})));
}

#[test]
fn eight_builds_succeed_with_a_fifth_of_the_calls_throttled() {
    assert_all_built(eight_builds_with(&json!({"throttle": 0.2, "seed": 7})));
}

/// The work is done and the answer is lost: a retry must not do it twice, nor trip over the first.
#[test]
fn answers_that_are_lost_do_no_harm() {
    assert_all_built(eight_builds_with(&json!({"lost": 0.05, "seed": 3})));
}

/// Every creating call is done and its answer lost, once: the second try finds what the first has made.
#[test]
fn a_call_whose_answer_is_lost_creates_once() {
    let creating = ["CreateKeyPair", "CreateSecurityGroup", "RunInstances", "CreateImage", "CopyImage"];
    let sandbox = Sandbox::new();
    sandbox.aws.set(&json!({"fail": creating.map(|action| json!({"action": action, "code": "hang-up"}))}));
    let copied = builder("web", &json!({"ami_regions": ["eu-west-1"]}));
    sandbox.write("web.json", &template(&[copied], &[shell(&["true"])], &[]));
    let run = sandbox.bash(PIPELINE).exits(0);
    let calls = sandbox.aws.calls();
    let made = |action: &str| calls.iter().filter(|call| call["action"] == action).collect::<Vec<_>>();
    for action in creating {
        assert!(made(action).len() > 1, "{action} was not tried again: {run}");
    }
    let ended: HashSet<String> =
        made("TerminateInstances").iter().map(|call| call["ids"].to_string()).collect();
    assert_eq!(ended.len(), 1, "one instance was made: {ended:?}");
    assert_eq!(sandbox.aws.images(), ["web-image", "web-image"], "one in each region");
    sandbox.assert_nothing_left();
}

#[test]
fn an_instance_that_dies_at_launch_fails_the_build_with_the_reason() {
    let sandbox = Sandbox::new();
    let fate = json!({"action": "RunInstances", "outcome": "terminated", "reason": "Client.VolumeLimitExceeded", "times": 20});
    sandbox.aws.set(&json!({"fail": [fate]}));
    sandbox.write("web.json", &web());
    let run = sandbox.bash(PIPELINE).exits(1);
    assert!(run.record()["error"]["message"].to_string().contains("VolumeLimitExceeded"), "{run}");
    sandbox.assert_nothing_left();
}

#[test]
fn an_image_that_fails_is_removed_again() {
    let sandbox = Sandbox::new();
    sandbox.aws.set(&json!({"fail": [{"action": "CreateImage", "outcome": "failed", "times": 20}]}));
    sandbox.write("web.json", &web());
    let run = sandbox.bash(PIPELINE).exits(1);
    assert_eq!(run.record()["status"], "failed", "{run}");
    sandbox.assert_nothing_left();
    assert!(sandbox.aws.images().is_empty(), "{run}");
}

#[test]
fn a_refusal_names_the_call_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let refusal = json!({"action": "RunInstances", "code": "UnauthorizedOperation",
        "message": "You are not authorized to perform this operation.", "status": 400, "times": 50});
    sandbox.aws.set(&json!({"fail": [refusal]}));
    sandbox.write("web.json", &web());
    let run = sandbox.bash(PIPELINE).exits(1);
    let message = run.record()["error"].to_string();
    assert!(message.contains("not authorized"), "{run}");
    sandbox.assert_nothing_left();
}
