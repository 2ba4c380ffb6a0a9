//! What a killed build left, found again.

use crate::support::{Answer, Call, Desk, ID, Run, planned};
use serde_json::{Value, json};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

fn options() -> Value {
    json!({
        "spot_price": "auto",
        "temporary_iam_instance_profile_policy_document": {
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]}],
        },
    })
}

fn assert_swept(run: &Run) {
    let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for kind in ["launch_template", "instance_profile"] {
        let line = lines.iter().find(|line| line["kind"] == kind);
        let line = line.unwrap_or_else(|| panic!("no {kind}: {}{}", run.stdout, run.stderr));
        assert_eq!(
            *line,
            json!({
                "id": ID, "build": line["build"], "kind": kind, "region": "us-east-1",
                "resource": format!("kiln_{ID}"), "removed": true,
            })
        );
    }
    run.only("DeleteLaunchTemplate").has(&[("LaunchTemplateName", &format!("kiln_{ID}"))]);
    run.only("DeleteInstanceProfile").has(&[("InstanceProfileName", &format!("kiln_{ID}"))]);
    run.only("DeleteRole").has(&[("RoleName", &format!("kiln_{ID}"))]);
}

#[test]
fn by_the_state_folder() {
    let (asked, was_asked) = mpsc::channel();
    let asked = Mutex::new(asked);
    let desk = Desk::with(move |call: &Call| {
        if call.action() == "CreateFleet" {
            asked.lock().unwrap().send(()).unwrap();
            std::thread::park();
        }
        None
    });
    let mut child = desk.start(&[], &planned(options()).to_string());
    // Longer than it ever takes; without it a tool that ends early would leave the test waiting.
    was_asked.recv_timeout(Duration::from_secs(60)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    desk.aws.take_calls();
    assert_swept(&desk.run(&["sweep"], ""));
}

/// A launch template and an instance profile of a build of which nothing else is known.
fn left(call: &Call) -> Option<Answer> {
    let name = format!("kiln_{ID}");
    let tags = format!("<tagSet><item><key>kiln:id</key><value>{ID}</value></item></tagSet>");
    let body = match call.action() {
        "DescribeLaunchTemplates" => format!(
            "<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId>\
             <launchTemplateName>{name}</launchTemplateName>{tags}</item></launchTemplates>"
        ),
        "ListInstanceProfiles" => format!(
            "<InstanceProfiles><member><InstanceProfileName>{name}</InstanceProfileName><InstanceProfileId>A</InstanceProfileId>\
             <Path>/</Path><Arn>arn:aws:iam::1:x</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/></member>\
             <member><InstanceProfileName>kiln_of_somebody</InstanceProfileName><InstanceProfileId>C</InstanceProfileId>\
             <Path>/</Path><Arn>arn:aws:iam::1:y</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><Roles/></member>\
             </InstanceProfiles><IsTruncated>false</IsTruncated>"
        ),
        _ => return None,
    };
    Some(call.answer(&body))
}

#[test]
fn by_tag_and_name_from_any_computer() {
    assert_swept(&Desk::with(left).run(&["sweep", "--id", ID], ""));
}
