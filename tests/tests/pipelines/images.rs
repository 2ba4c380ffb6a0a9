//! Names, copies, and builds that make no image.

use crate::{PIPELINE, image};
use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template, web};
use serde_json::json;

#[test]
fn a_name_that_is_taken_fails_before_anything_is_launched() {
    let sandbox = Sandbox::new();
    sandbox.write("web.json", &web());
    sandbox.bash(PIPELINE).exits(0).record();
    let before = sandbox.aws.calls().len();
    let run = sandbox.bash(PIPELINE).exits(1);
    let error = run.record()["error"].to_string();
    assert!(error.contains("web-image") && error.contains("force_deregister"), "{run}");
    let made: Vec<String> = sandbox.aws.calls()[before..]
        .iter()
        .filter_map(|call| call["action"].as_str().map(str::to_owned))
        .filter(|action| {
            action.starts_with("Create") || action.starts_with("Run") || action.starts_with("Import")
        })
        .collect();
    assert!(made.is_empty(), "{made:?}");
}

#[test]
fn force_deregister_replaces_an_image_when_the_new_one_is_there() {
    let sandbox = Sandbox::new();
    let more = json!({"force_deregister": true, "force_delete_snapshot": true});
    sandbox.write("web.json", &template(&[builder("web", &more)], &[shell(&["true"])], &[]));
    let first = image(&sandbox.bash(PIPELINE).exits(0).record(), "us-east-1");
    let second = image(&sandbox.bash(PIPELINE).exits(0).record(), "us-east-1");
    assert_ne!(first, second);
    assert_eq!(sandbox.aws.images(), ["web-image"]);
    assert_eq!(sandbox.aws.state()["snapshots"].as_object().map(serde_json::Map::len), Some(1));
}

#[test]
fn skip_create_ami_makes_no_image() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "web.json",
        &template(&[builder("web", &json!({"skip_create_ami": true}))], &[shell(&["true"])], &[]),
    );
    let run = sandbox.bash(PIPELINE).exits(0);
    assert_eq!(run.record()["status"], "built", "{run}");
    assert!(sandbox.aws.images().is_empty());
    sandbox.assert_nothing_left();
}

#[test]
fn an_image_is_copied_to_regions_with_its_tags() {
    let sandbox = Sandbox::new();
    let more =
        json!({"ami_regions": ["eu-west-1", "ap-southeast-2"], "tags": {"Base": "{{ .SourceAMIName }}"}});
    sandbox.write(
        "web.json",
        &template(&[builder("web", &more)], &[shell(&["echo made | sudo tee /etc/made"])], &[]),
    );
    let run = sandbox.bash(PIPELINE).exits(0);
    let record = run.record();
    let state = sandbox.aws.state();
    for region in ["us-east-1", "eu-west-1", "ap-southeast-2"] {
        let ami = image(&record, region);
        let shown = &state["regions"][region]["images"][&ami];
        assert_eq!(shown["state"], "available", "{region}: {run}");
        assert_eq!(shown["tags"]["Base"], "debian-12-amd64-20260210-2384", "{region}: {shown}");
        let snapshot = shown["snapshot"].as_str().unwrap_or_default();
        assert_eq!(
            state["regions"][region]["snapshots"][snapshot]["tags"]["Base"], shown["tags"]["Base"],
            "{region}"
        );
        assert_eq!(sandbox.aws.read_image(&ami, "/etc/made").as_deref(), Some("made\n"), "{region}");
    }
    sandbox.assert_nothing_left();
}

#[test]
fn the_machine_may_reboot_while_it_is_provisioned() {
    let sandbox = Sandbox::new();
    let steps = [
        json!({"type": "shell", "inline": ["sudo reboot"], "expect_disconnect": true}),
        shell(&["echo back | sudo tee /etc/made"]),
    ];
    sandbox.write("web.json", &template(&[builder("web", &json!({}))], &steps, &[]));
    let record = sandbox.bash(PIPELINE).exits(0).record();
    let made = sandbox.aws.read_image(&image(&record, "us-east-1"), "/etc/made");
    assert_eq!(made.as_deref(), Some("back\n"));
    sandbox.assert_nothing_left();
}
