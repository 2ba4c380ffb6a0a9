//! Builds that stop on purpose and go on later.

use crate::image;
use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template, web};
use serde_json::json;

#[test]
fn hold_keeps_the_machine_and_resume_goes_on() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    let held = sandbox
        .bash("validate web.json | build-ec2 | provision --hold > machine.jsonl; cat machine.jsonl")
        .exits(0)
        .record();
    assert_eq!(held["status"], "provisioned");
    // Held on purpose: a sweep leaves it alone.
    sandbox.bash("build-ec2 sweep").exits(0);
    assert_eq!(sandbox.aws.state()["instances"].as_object().map(serde_json::Map::len), Some(1));
    let record = sandbox.bash("provision --resume < machine.jsonl | postprocess").exits(0).record();
    let made = sandbox.aws.read_image(&image(&record, "us-east-1"), "/etc/made");
    assert_eq!(made.as_deref(), Some("made\n"));
    sandbox.assert_nothing_left();
}

/// A step fails, its script is put right, and the build goes on from there without the first step running again.
#[test]
fn a_failed_step_is_put_right_and_resumed() {
    let sandbox = Sandbox::new();
    sandbox.write("fix.sh", "exit 3\n");
    let steps = [
        shell(&["echo first | sudo tee -a /etc/steps"]),
        json!({"type": "shell", "script": sandbox.path("fix.sh")}),
    ];
    sandbox.write("web.json", &template(&[builder("web", &json!({}))], &steps, &[]));
    let run = sandbox
        .bash("validate web.json | build-ec2 | provision --hold --on-error=abort > machine.jsonl; cat machine.jsonl");
    let record = run.record();
    assert_eq!(record["status"], "failed", "{run}");
    assert!(record["machine"].is_object(), "{run}");
    assert_eq!(record["done"], 1, "{run}");
    sandbox.write("fix.sh", "echo second | sudo tee -a /etc/steps\n");
    let run = sandbox.bash("provision --resume < machine.jsonl | postprocess").exits(0);
    let steps = sandbox.aws.read_image(&image(&run.record(), "us-east-1"), "/etc/steps");
    assert_eq!(steps.as_deref(), Some("first\nsecond\n"), "{run}");
    sandbox.assert_nothing_left();
}

#[test]
fn on_error_abort_keeps_the_machine_until_it_is_swept_away() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &template(&[builder("web", &json!({}))], &[shell(&["exit 1"])], &[]));
    let run =
        sandbox.bash("validate web.json | build-ec2 | provision -on-error=abort > failed.jsonl").exits(1);
    assert_eq!(sandbox.aws.state()["instances"].as_object().map(serde_json::Map::len), Some(1), "{run}");
    let swept = sandbox.bash("build-ec2 sweep --all").exits(0);
    assert!(sandbox.aws.leftovers().is_empty(), "{:?}\n{swept}", sandbox.aws.leftovers());
}
