//! The request that starts a machine.

use crate::support::{Desk, ID, build, planned};
use serde_json::json;

#[test]
fn a_machine_with_nothing_special() {
    let run = build(json!({}));
    let call = run.only("RunInstances");
    call.has(&[
        ("ImageId", "ami-1"),
        ("InstanceType", "t3.micro"),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("ClientToken", &format!("{ID}-run")),
        ("InstanceInitiatedShutdownBehavior", "stop"),
        ("CreditSpecification.CpuCredits", "standard"),
        ("MetadataOptions.HttpEndpoint", "enabled"),
        ("MetadataOptions.HttpTokens", "optional"),
        ("MetadataOptions.HttpPutResponseHopLimit", "1"),
    ]);
    for unwanted in [
        "MetadataOptions.InstanceMetadataTags",
        "CapacityReservationSpecification",
        "LicenseSpecification",
        "Placement",
        "EnclaveOptions",
        "EbsOptimized",
        "IamInstanceProfile",
        "KeyName",
        "UserData",
    ] {
        call.lacks(unwanted);
    }
    let mut changes = run.changes();
    // The machine is removed while its image is finished.
    changes[3..].sort_unstable();
    assert_eq!(changes, ["RunInstances", "StopInstances", "CreateImage", "CreateTags", "TerminateInstances"]);
}

#[test]
fn the_metadata_service_as_the_template_wants_it() {
    let options = json!({
        "http_endpoint": "enabled", "http_tokens": "required",
        "http_put_response_hop_limit": 2, "instance_metadata_tags": "enabled",
    });
    build(json!({"metadata_options": options})).only("RunInstances").has(&[
        ("MetadataOptions.HttpEndpoint", "enabled"),
        ("MetadataOptions.HttpTokens", "required"),
        ("MetadataOptions.HttpPutResponseHopLimit", "2"),
        ("MetadataOptions.InstanceMetadataTags", "enabled"),
    ]);
}

#[test]
fn capacity_reservation_licences_and_placement() {
    let run = build(json!({
        "instance_type": "m5.xlarge",
        "availability_zone": "us-east-1b",
        "capacity_reservation_id": "cr-1",
        "license_specifications": [{"license_configuration_request": {"license_configuration_arn": "arn:l"}}],
        "placement": {"tenancy": "host", "host_id": "h-1", "host_resource_group_arn": "arn:h"},
        "enable_nitro_enclave": true,
        "ebs_optimized": true,
    }));
    let call = run.only("RunInstances");
    call.has(&[
        ("CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationId", "cr-1"),
        ("LicenseSpecification.1.LicenseConfigurationArn", "arn:l"),
        ("Placement.AvailabilityZone", "us-east-1b"),
        ("Placement.Tenancy", "host"),
        ("Placement.HostId", "h-1"),
        ("Placement.HostResourceGroupArn", "arn:h"),
        ("EnclaveOptions.Enabled", "true"),
        ("EbsOptimized", "true"),
    ]);
    call.lacks("CreditSpecification");
    call.lacks("CapacityReservationSpecification.CapacityReservationPreference");
}

#[test]
fn nested_virtualization_is_asked_for() {
    build(json!({"instance_type": "m8i.large", "enable_nested_virtualization": true}))
        .only("RunInstances")
        .has(&[("CpuOptions.NestedVirtualization", "enabled")]);
    build(json!({})).only("RunInstances").lacks("CpuOptions");
}

#[test]
fn a_capacity_reservation_by_group_or_none_at_all() {
    build(json!({"capacity_reservation_group_arn": "arn:g"})).only("RunInstances").has(&[(
        "CapacityReservationSpecification.CapacityReservationTarget.CapacityReservationResourceGroupArn",
        "arn:g",
    )]);
    build(json!({"capacity_reservation_preference": "none"}))
        .only("RunInstances")
        .has(&[("CapacityReservationSpecification.CapacityReservationPreference", "none")]);
}

#[test]
fn what_the_call_creates_is_tagged_by_it() {
    let run = build(json!({
        "run_tags": {"from": "{{.SourceAMIName}} {{.SourceAMITags.release}}"},
        "run_volume_tags": {"volume": "of {{.SourceAMI}}"},
    }));
    let call = run.only("RunInstances");
    for (kind, name, value) in [
        ("instance", "from", "base 13"),
        ("network-interface", "from", "base 13"),
        ("volume", "volume", "of ami-1"),
    ] {
        let tags = call.tags_of(kind, "TagSpecification");
        assert_eq!(tags.get(name), Some(&value), "{kind}");
        assert_eq!((tags.get("kiln:id"), tags.get("kiln:build")), (Some(&ID), Some(&"web")), "{kind}");
    }
    assert_eq!(call.tags_of("instance", "TagSpecification").get("Name"), Some(&"Kiln: web"));
}

#[test]
fn what_no_tool_runs_is_refused_before_anything_is_asked() {
    let mut record = planned(json!({"communicator": "winrm", "winrm_username": "Administrator"}));
    record["provisioners"] = json!([{"type": "shell"}]);
    let run = Desk::new().run(&[], &record.to_string());
    assert_eq!(run.record()["error"]["message"], "no tool of this version provisions a machine by 'winrm'");
    assert!(run.calls.is_empty(), "{}", run.stderr);
    record["type"] = json!("amazon-chroot");
    let run = Desk::new().run(&[], &record.to_string());
    let message = "no tool of this version builds 'amazon-chroot'; no tool of this version provisions a machine by 'winrm'";
    assert_eq!((&run.record()["error"]["message"], run.calls.len()), (&json!(message), 0));
}

#[test]
fn a_tunnel_needs_its_program_before_anything_is_created() {
    let options =
        json!({"ssh_interface": "session_manager", "communicator": "ssh", "iam_instance_profile": "p"});
    let run = Desk::new().build(options);
    let error = &run.record()["error"];
    assert_eq!(
        error["message"],
        "ssh_interface 'session_manager' needs the program session-manager-plugin, which is not on PATH"
    );
    assert!(error["hint"].to_string().contains("https://docs.aws.amazon.com/systems-manager/"), "{error}");
    assert!(run.calls.is_empty(), "{:?}", run.calls);
}
