//! Instance profiles.

use crate::support::{Call, Desk, ID, Run, build};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

fn policy() -> Value {
    json!({"temporary_iam_instance_profile_policy_document": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]}],
    }})
}

fn assert_profile_is_gone(run: &Run) {
    let name = format!("kiln_{ID}");
    run.only("RemoveRoleFromInstanceProfile").has(&[("InstanceProfileName", &name), ("RoleName", &name)]);
    run.only("DeleteInstanceProfile").has(&[("InstanceProfileName", &name)]);
    run.only("DeleteRolePolicy").has(&[("RoleName", &name), ("PolicyName", &name)]);
    run.only("DeleteRole").has(&[("RoleName", &name)]);
}

#[test]
fn a_temporary_profile_has_the_policy_and_goes_with_the_machine() {
    let run = build(policy());
    let name = format!("kiln_{ID}");
    let role = run.only("CreateRole");
    role.has(&[("RoleName", &name)]);
    let trust: Value = serde_json::from_str(role.get("AssumeRolePolicyDocument").unwrap()).unwrap();
    assert_eq!(trust["Statement"][0]["Principal"]["Service"], "ec2.amazonaws.com");
    assert_eq!(role.tags("Tags.member").get("kiln:id"), Some(&ID));
    let put = run.only("PutRolePolicy");
    put.has(&[("RoleName", &name), ("PolicyName", &name)]);
    let sent: Value = serde_json::from_str(put.get("PolicyDocument").unwrap()).unwrap();
    assert_eq!(sent, policy()["temporary_iam_instance_profile_policy_document"]);
    let profile = run.only("CreateInstanceProfile");
    profile.has(&[("InstanceProfileName", &name)]);
    assert_eq!(profile.tags("Tags.member").get("kiln:id"), Some(&ID));
    run.only("AddRoleToInstanceProfile").has(&[("InstanceProfileName", &name), ("RoleName", &name)]);
    run.only("RunInstances").has(&[("IamInstanceProfile.Name", &name)]);
    assert_profile_is_gone(&run);
}

#[test]
fn a_profile_that_ec2_does_not_know_yet_is_waited_for() {
    let first = AtomicBool::new(true);
    let run = Desk::with(move |call: &Call| {
        (call.action() == "RunInstances" && first.swap(false, Ordering::SeqCst)).then(|| {
            call.refuse(
                "InvalidParameterValue",
                "Value (kiln) for parameter iamInstanceProfile.name is invalid",
            )
        })
    })
    .build(policy());
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    assert_eq!(run.all("RunInstances").len(), 2);
}

#[test]
fn a_policy_that_iam_refuses_leaves_nothing() {
    let run = Desk::with(|call: &Call| {
        (call.action() == "PutRolePolicy")
            .then(|| call.refuse("MalformedPolicyDocument", "Syntax errors in policy."))
    })
    .build(policy());
    let message = run.record()["error"]["message"].to_string();
    assert!(message.contains("Syntax errors in policy."), "{message}");
    assert!(run.all("RunInstances").is_empty());
    assert_profile_is_gone(&run);
}

#[test]
fn a_profile_by_arn_is_looked_up_by_name() {
    let run = build(json!({"iam_instance_profile": "arn:aws:iam::1:instance-profile/team/rights"}));
    run.only("GetInstanceProfile").has(&[("InstanceProfileName", "rights")]);
    run.only("RunInstances")
        .has(&[("IamInstanceProfile.Arn", "arn:aws:iam::1:instance-profile/team/rights")]);
    assert!(run.all("DeleteInstanceProfile").is_empty());
}
