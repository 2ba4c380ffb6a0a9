//! Spot machines: a launch template and a fleet of one.

use crate::support::{Answer, Call, Desk, ID, Run, build, planned};
use serde_json::{Value, json};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};

fn spot(more: Value) -> Value {
    let mut options = json!({
        "instance_type": "", "spot_instance_types": ["m5.large", "m4.large"], "spot_price": "0.05",
    });
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

/// A fleet that got no machine.
fn empty_fleet(call: &Call, code: &str, message: &str) -> Answer {
    let overrides = "<launchTemplateAndOverrides><overrides><instanceType>m5.large</instanceType>\
        <availabilityZone>us-east-1b</availabilityZone></overrides></launchTemplateAndOverrides>";
    let error = format!("<errorCode>{code}</errorCode><errorMessage>{message}</errorMessage>{overrides}");
    call.answer(&format!("<errorSet><item>{error}</item></errorSet>"))
}

#[test]
fn a_launch_template_holds_what_run_instances_would() {
    let run = build(spot(json!({
        "iam_instance_profile": "rights", "skip_profile_validation": true, "ebs_optimized": true,
        "enable_nested_virtualization": true,
        "user_data": "#!/bin/sh", "spot_tags": {"s": "t"}, "run_tags": {"r": "{{.SourceAMI}}"},
        "metadata_options": {
            "http_endpoint": "enabled", "http_tokens": "required",
            "http_put_response_hop_limit": 2, "instance_metadata_tags": "enabled",
        },
        "placement": {"tenancy": "dedicated"},
        "license_specifications": [{"license_configuration_request": {"license_configuration_arn": "arn:l"}}],
    })));
    let call = run.only("CreateLaunchTemplate");
    call.has(&[
        ("LaunchTemplateName", &format!("kiln_{ID}")),
        ("ClientToken", &format!("{ID}-template")),
        ("LaunchTemplateData.ImageId", "ami-1"),
        ("LaunchTemplateData.IamInstanceProfile.Name", "rights"),
        ("LaunchTemplateData.EbsOptimized", "true"),
        ("LaunchTemplateData.CpuOptions.NestedVirtualization", "enabled"),
        ("LaunchTemplateData.UserData", "IyEvYmluL3No"),
        ("LaunchTemplateData.MetadataOptions.HttpTokens", "required"),
        ("LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit", "2"),
        ("LaunchTemplateData.MetadataOptions.InstanceMetadataTags", "enabled"),
        ("LaunchTemplateData.Placement.Tenancy", "dedicated"),
        ("LaunchTemplateData.LicenseSpecification.1.LicenseConfigurationArn", "arn:l"),
    ]);
    assert_eq!(call.tags_of("launch-template", "TagSpecification").get("kiln:id"), Some(&ID));
    for (kind, name, value) in [("instance", "r", "ami-1"), ("spot-instances-request", "s", "t")] {
        let tags = call.tags_of(kind, "LaunchTemplateData.TagSpecification");
        assert_eq!((tags.get(name), tags.get("kiln:id")), (Some(&value), Some(&ID)), "{kind}");
    }
}

#[test]
fn an_instant_fleet_of_one_and_no_trace_of_it() {
    let run = build(spot(json!({
        "availability_zone": "us-east-1b", "fleet_tags": {"f": "g"},
        "spot_allocation_strategy": "capacity-optimized-prioritized",
    })));
    let call = run.only("CreateFleet");
    call.has(&[
        ("Type", "instant"),
        ("ClientToken", &format!("{ID}-fleet-1")),
        ("TargetCapacitySpecification.TotalTargetCapacity", "1"),
        ("TargetCapacitySpecification.DefaultTargetCapacityType", "spot"),
        ("SpotOptions.AllocationStrategy", "capacity-optimized-prioritized"),
        ("LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName", &format!("kiln_{ID}")),
        ("LaunchTemplateConfigs.1.Overrides.1.InstanceType", "m5.large"),
        ("LaunchTemplateConfigs.1.Overrides.1.Priority", "0.0"),
        ("LaunchTemplateConfigs.1.Overrides.2.InstanceType", "m4.large"),
        ("LaunchTemplateConfigs.1.Overrides.2.Priority", "1.0"),
        ("LaunchTemplateConfigs.1.Overrides.2.MaxPrice", "0.05"),
        ("LaunchTemplateConfigs.1.Overrides.2.AvailabilityZone", "us-east-1b"),
    ]);
    let tags = call.tags_of("fleet", "TagSpecification");
    assert_eq!((tags.get("f"), tags.get("kiln:id")), (Some(&"g"), Some(&ID)));
    // A spot machine cannot be stopped: its image is made while it runs.
    let mut changes = run.changes();
    changes.retain(|change| *change != "CreateTags");
    assert_eq!(
        changes,
        ["CreateLaunchTemplate", "CreateFleet", "CreateImage", "DeleteLaunchTemplate", "TerminateInstances"]
    );
}

#[test]
fn the_price_auto_sets_no_limit() {
    build(spot(json!({"spot_price": "auto"})))
        .only("CreateFleet")
        .lacks("LaunchTemplateConfigs.1.Overrides.1.MaxPrice");
}

#[test]
fn capacity_that_comes_later_is_waited_for_with_a_token_of_its_own() {
    let first = AtomicBool::new(true);
    let run = Desk::with(move |call: &Call| {
        (call.action() == "CreateFleet" && first.swap(false, Ordering::SeqCst))
            .then(|| empty_fleet(call, "InsufficientInstanceCapacity", "none now"))
    })
    .build(spot(json!({})));
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    let tokens: Vec<_> =
        run.all("CreateFleet").iter().map(|call| call.get("ClientToken").unwrap().to_owned()).collect();
    assert_eq!(tokens, [format!("{ID}-fleet-1"), format!("{ID}-fleet-2")]);
}

fn assert_nothing_is_left(run: &Run) {
    assert_eq!(run.record()["machine"], Value::Null);
    run.only("DeleteLaunchTemplate").has(&[("LaunchTemplateName", &format!("kiln_{ID}"))]);
    assert!(
        run.stderr.contains(&format!("removed launch template kiln_{ID} in us-east-1")),
        "{}",
        run.stderr
    );
}

#[test]
fn a_fleet_without_capacity_is_explained_and_leaves_nothing() {
    let run = Desk::with(|call: &Call| {
        (call.action() == "CreateFleet")
            .then(|| empty_fleet(call, "InsufficientInstanceCapacity", "There is none"))
    })
    .build(spot(json!({"aws_polling": {"delay_seconds": 1, "max_attempts": 1}})));
    let record = run.record();
    assert_eq!(record["status"], "failed");
    let message = record["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("m5.large us-east-1b: InsufficientInstanceCapacity: There is none"),
        "{message}"
    );
    let hint = record["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("spot_instance_types"), "{hint}");
    assert_nothing_is_left(&run);
}

#[test]
fn a_fleet_that_can_never_be_is_not_asked_for_twice() {
    let run = Desk::with(|call: &Call| {
        (call.action() == "CreateFleet")
            .then(|| empty_fleet(call, "SpotMaxPriceTooLow", "Your price is too low"))
    })
    .build(spot(json!({})));
    let message = run.record()["error"]["message"].to_string();
    assert!(message.contains("SpotMaxPriceTooLow: Your price is too low"), "{message}");
    run.only("CreateFleet");
    assert_nothing_is_left(&run);
}

#[test]
fn a_fleet_that_is_asked_for_when_the_build_is_interrupted_is_heard_out() {
    let (started, pid) = mpsc::channel::<u32>();
    let pid = Mutex::new(pid);
    let desk = Desk::with(move |call: &Call| {
        if call.action() == "CreateFleet" {
            let pid = pid.lock().unwrap().recv().unwrap().to_string();
            assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        }
        None
    });
    let child = desk.start(&[], &planned(spot(json!({}))).to_string());
    started.send(child.id()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(15));
    let calls = desk.aws.take_calls();
    let terminated: Vec<_> = calls.iter().filter(|call| call.action() == "TerminateInstances").collect();
    // No tag leads to the machine here: only the answer tells of it.
    assert_eq!(terminated.len(), 1, "{}", String::from_utf8_lossy(&output.stderr));
    terminated[0].has(&[("InstanceId.1", "i-1")]);
}
