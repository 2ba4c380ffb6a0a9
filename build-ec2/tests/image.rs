//! Images: made, copied, shared, finished.

use crate::support::{Call, Desk, ID, Run, build};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The one call that sets an attribute of the image.
fn modification<'a>(run: &'a Run, parameter: &str) -> &'a Call {
    let mut calls = run.all("ModifyImageAttribute").into_iter();
    calls.find(|call| call.get(parameter).is_some()).unwrap_or_else(|| panic!("{parameter} is not sent"))
}

#[test]
fn network_interfaces_are_enhanced_before_the_image_is_made() {
    let run = build(json!({"ena_support": true, "sriov_support": true}));
    let [sriov, ena] = run.all("ModifyInstanceAttribute")[..] else { panic!("{:?}", run.changes()) };
    sriov.has(&[("InstanceId", "i-1"), ("SriovNetSupport.Value", "simple")]);
    ena.has(&[("InstanceId", "i-1"), ("EnaSupport.Value", "true")]);
    assert_eq!(
        run.changes()[1..5],
        ["StopInstances", "ModifyInstanceAttribute", "ModifyInstanceAttribute", "CreateImage"]
    );
}

#[test]
fn ena_support_false_is_sent_and_none_is_not() {
    build(json!({"ena_support": false}))
        .only("ModifyInstanceAttribute")
        .has(&[("EnaSupport.Value", "false")]);
    assert!(build(json!({})).all("ModifyInstanceAttribute").is_empty());
}

#[test]
fn an_image_is_tagged_as_unfinished_until_its_last_call() {
    let run = build(json!({"tags": {"os": "{{.SourceAMIName}}"}, "snapshot_tags": {"os": "disk"}}));
    let create = run.only("CreateImage");
    create.has(&[("InstanceId", "i-1"), ("Name", "web")]);
    for kind in ["image", "snapshot"] {
        let tags = create.tags_of(kind, "TagSpecification");
        assert_eq!((tags.get("kiln:id"), tags.get("kiln:status")), (Some(&ID), Some(&"building")), "{kind}");
    }
    let [snapshot, image] = run.all("CreateTags")[..] else { panic!("{:?}", run.changes()) };
    snapshot.has(&[("ResourceId.1", "snap-ami-2")]);
    image.has(&[("ResourceId.1", "ami-2")]);
    for (call, os) in [(snapshot, "disk"), (image, "base")] {
        assert_eq!(call.tags("Tag").get("os"), Some(&os));
        assert_eq!(call.tags("Tag").get("kiln:status"), Some(&"built"));
    }
}

#[test]
fn an_image_is_shared() {
    let run = build(json!({
        "ami_users": ["111122223333"], "ami_groups": ["all"],
        "ami_org_arns": ["arn:aws:organizations::1:organization/o-1"],
        "ami_ou_arns": ["arn:aws:organizations::1:ou/o-1/ou-1"],
        "ami_product_codes": ["code"], "snapshot_users": ["111122223333"], "snapshot_groups": ["all"],
    }));
    for (parameter, value) in [
        ("UserId.1", "111122223333"),
        ("UserGroup.1", "all"),
        ("OrganizationArn.1", "arn:aws:organizations::1:organization/o-1"),
        ("OrganizationalUnitArn.1", "arn:aws:organizations::1:ou/o-1/ou-1"),
    ] {
        modification(&run, parameter).has(&[
            ("ImageId", "ami-2"),
            ("Attribute", "launchPermission"),
            ("OperationType", "add"),
            (parameter, value),
        ]);
    }
    modification(&run, "ProductCode.1").has(&[("Attribute", "productCodes"), ("ProductCode.1", "code")]);
    let [users, groups] = run.all("ModifySnapshotAttribute")[..] else { panic!("{:?}", run.changes()) };
    users.has(&[
        ("SnapshotId", "snap-ami-2"),
        ("Attribute", "createVolumePermission"),
        ("UserId.1", "111122223333"),
    ]);
    groups.has(&[("OperationType", "add"), ("UserGroup.1", "all")]);
}

#[test]
fn an_image_that_ages_asks_for_imds_v2_and_is_protected() {
    let run = build(json!({
        "imds_support": "v2.0", "deprecate_at": "2030-01-02T03:04:05Z", "ami_description": "from {{.SourceAMI}}",
        "deregistration_protection": {"enabled": true, "with_cooldown": true},
    }));
    modification(&run, "ImdsSupport.Value").has(&[("ImageId", "ami-2"), ("ImdsSupport.Value", "v2.0")]);
    modification(&run, "Description.Value").has(&[("Description.Value", "from ami-1")]);
    run.only("EnableImageDeprecation").has(&[("ImageId", "ami-2"), ("DeprecateAt", "2030-01-02T03:04:05Z")]);
    run.only("EnableImageDeregistrationProtection").has(&[("ImageId", "ami-2"), ("WithCooldown", "true")]);
    assert_eq!(run.changes().last(), Some(&"EnableImageDeregistrationProtection"));
}

#[test]
fn an_image_that_cannot_be_protected_is_removed() {
    let run = Desk::with(|call: &Call| {
        (call.action() == "EnableImageDeregistrationProtection")
            .then(|| call.refuse("UnauthorizedOperation", "No."))
    })
    .build(json!({"deregistration_protection": {"enabled": true}}));
    assert_eq!(run.record()["status"], "failed");
    run.only("DisableImageDeregistrationProtection").has(&[("ImageId", "ami-2")]);
    run.only("DeregisterImage").has(&[("ImageId", "ami-2")]);
    run.only("DeleteSnapshot").has(&[("SnapshotId", "snap-ami-2")]);
}

#[test]
fn copies_are_encrypted_with_the_keys_of_their_regions() {
    let run = build(json!({
        "ami_regions": ["eu-west-1", "eu-north-1"], "encrypt_boot": true, "kms_key_id": "key-home",
        "region_kms_key_ids": {"eu-west-1": "key-west", "eu-north-1": ""},
        "snapshot_copy_duration_minutes": 15, "tags": {"in": "{{.BuildRegion}}"},
    }));
    run.only("CreateImage").has(&[("Name", &format!("kiln_{ID}"))]);
    let copies = run.all("CopyImage");
    assert_eq!(copies.len(), 3);
    for (region, key, minutes) in [
        ("us-east-1", Some("key-home"), None),
        ("eu-west-1", Some("key-west"), Some("15")),
        ("eu-north-1", None, Some("15")),
    ] {
        let copy = copies.iter().find(|call| call.region == region).unwrap();
        copy.has(&[
            ("SourceRegion", "us-east-1"),
            ("SourceImageId", "ami-2"),
            ("Name", "web"),
            ("Encrypted", "true"),
            ("ClientToken", &format!("{ID}-copy-{region}")),
        ]);
        assert_eq!(copy.get("KmsKeyId"), key, "{region}");
        assert_eq!(copy.get("SnapshotCopyCompletionDurationMinutes"), minutes, "{region}");
        for kind in ["image", "snapshot"] {
            assert_eq!(copy.tags_of(kind, "TagSpecification").get("kiln:status"), Some(&"building"));
        }
        let finished = run.all("CreateTags").into_iter().find(|call| call.region == region).unwrap();
        assert_eq!(finished.tags("Tag").get("in"), Some(&"us-east-1"), "the region that built it");
    }
    // What was only copied from.
    run.only("DeregisterImage").has(&[("ImageId", "ami-2")]);
    let id = &run.record()["artifacts"][0]["id"];
    assert_eq!(id, "eu-north-1:ami-eu-north-1,eu-west-1:ami-eu-west-1,us-east-1:ami-us-east-1");
}

#[test]
fn a_copy_that_fails_takes_all_images_with_it() {
    let run = Desk::with(|call: &Call| {
        (call.action() == "CopyImage").then(|| call.refuse("InvalidRequest", "The storage key is not yours."))
    })
    .build(json!({"ami_regions": ["eu-west-1"]}));
    let record = run.record();
    let message = record["error"]["message"].to_string();
    assert!(message.contains("The storage key is not yours."), "{message}");
    assert_eq!(record["artifacts"], serde_json::Value::Null);
    run.only("DeregisterImage").has(&[("ImageId", "ami-2")]);
}

fn fast_launch(states: &'static [&'static str]) -> Run {
    let looks = AtomicUsize::new(0);
    Desk::with(move |call: &Call| {
        (call.action() == "DescribeFastLaunchImages").then(|| {
            let look = looks.fetch_add(1, Ordering::SeqCst);
            let state = states[look.min(states.len() - 1)];
            call.answer(&format!(
                "<fastLaunchImageSet><item><imageId>ami-2</imageId><state>{state}</state>\
                 <stateTransitionReason>no quota</stateTransitionReason></item></fastLaunchImageSet>"
            ))
        })
    })
    .build(json!({"fast_launch": {
        "enable_fast_launch": true, "template_name": "fast", "template_version": 3,
        "max_parallel_launches": 6, "target_resource_count": 10,
    }}))
}

#[test]
fn fast_launch_is_asked_for_and_waited_for() {
    let run = fast_launch(&["enabling", "enabled"]);
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    run.only("EnableFastLaunch").has(&[
        ("ImageId", "ami-2"),
        ("LaunchTemplate.LaunchTemplateName", "fast"),
        ("LaunchTemplate.Version", "3"),
        ("MaxParallelLaunches", "6"),
        ("SnapshotConfiguration.TargetResourceCount", "10"),
    ]);
    assert_eq!(run.all("DescribeFastLaunchImages").len(), 2);
}

#[test]
fn fast_launch_that_fails_takes_the_image_with_it() {
    let run = fast_launch(&["enabling", "enabling-failed"]);
    assert_eq!(
        run.record()["error"]["message"],
        "fast launch of ami-2 in us-east-1 is enabling-failed: no quota"
    );
    run.only("DeregisterImage").has(&[("ImageId", "ami-2")]);
}
