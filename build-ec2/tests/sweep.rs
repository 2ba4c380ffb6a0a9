//! What a killed build left, found again.

use crate::support::{Answer, Call, Desk, ID, Run, planned};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
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

/// A key pair of a build.
fn key_pair(call: &Call, id: &str, host: &str) -> Option<Answer> {
    let tag = |key: &str, value: &str| format!("<item><key>{key}</key><value>{value}</value></item>");
    (call.action() == "DescribeKeyPairs").then(|| {
        let tags = tag("kiln:id", id) + &tag("kiln:build", "web") + &tag("kiln:host", host);
        call.answer(&format!(
            "<keySet><item><keyName>kiln_{id}</keyName><tagSet>{tags}</tagSet></item></keySet>"
        ))
    })
}

/// Whether a sweep with these arguments removes the key pair of a build of this age and host.
fn takes(id: &str, host: &str, known_here: bool, arguments: &[&str]) -> bool {
    let (own, its_host) = (id.to_owned(), host.to_owned());
    let desk = Desk::with(move |call: &Call| key_pair(call, &own, &its_host));
    if known_here {
        desk.write(&format!("kiln/{id}/log"), "");
    }
    let run = desk.run(&[&["sweep"], arguments].concat(), "");
    let removed = run.all("DeleteKeyPair").len();
    assert_eq!(run.stdout.lines().count(), removed, "{}{}", run.stdout, run.stderr);
    removed == 1
}

#[test]
fn what_may_be_somebodys_work_is_left() {
    let young = ulid::Ulid::generate().to_string();
    let here = record::state::host();
    assert!(takes(ID, "elsewhere", false, &[]), "old enough");
    assert!(!takes(ID, "elsewhere", false, &["--older-than", "100000h"]));
    assert!(!takes(&young, "elsewhere", false, &[]), "another computer's, and young");
    assert!(takes(&young, "elsewhere", false, &["--older-than", "0s"]));
    assert!(takes(&young, "elsewhere", false, &["--all"]));
    assert!(takes(&young, "elsewhere", false, &["--id", &young]));
    assert!(!takes(&young, "elsewhere", false, &["--all", "--id", ID]), "only what is named");
    assert!(!takes(&young, &here, false, &[]), "maybe another user's of this computer");
    assert!(takes(&young, &here, true, &[]), "known here to be over");
    assert!(!takes(&young, "elsewhere", true, &[]), "a folder of another computer's build, on a shared disk");
}

/// What was on its way when the tool was killed shows after a sweep has looked for it by name.
#[test]
fn what_comes_late_is_waited_for() {
    let looks = AtomicUsize::new(0);
    let desk = Desk::with(move |call: &Call| {
        let is_there = call.action() == "DescribeSecurityGroups" && looks.fetch_add(1, SeqCst) > 0;
        let tags = format!("<tagSet><item><key>kiln:id</key><value>{ID}</value></item></tagSet>");
        is_there.then(|| {
            call.answer(&format!(
                "<securityGroupInfo><item><groupId>sg-9</groupId><groupName>kiln_{ID}</groupName>{tags}</item></securityGroupInfo>"
            ))
        })
    });
    desk.write(&format!("kiln/{ID}/record.json"), &planned(json!({})).to_string());
    let asked = json!([{"kind": "security_group", "region": "us-east-1", "name": format!("kiln_{ID}")}]);
    desk.write(&format!("kiln/{ID}/resources.json"), &asked.to_string());
    let run = desk.run(&["sweep", "--all"], "");
    run.only("DeleteSecurityGroup").has(&[("GroupId", "sg-9")]);
    assert!(run.stdout.contains(r#""resource":"sg-9""#), "{}{}", run.stdout, run.stderr);
}

#[test]
fn an_image_goes_before_the_snapshots_that_it_uses() {
    let is_registered = AtomicBool::new(true);
    let tags = |status: &str| {
        format!(
            "<tagSet><item><key>kiln:id</key><value>{ID}</value></item>\
             <item><key>kiln:status</key><value>{status}</value></item></tagSet>"
        )
    };
    let desk = Desk::with(move |call: &Call| {
        match call.action() {
        "DescribeImages" if is_registered.load(SeqCst) => Some(call.answer(&format!(
            "<imagesSet><item><imageId>ami-9</imageId><name>web</name><imageState>pending</imageState>{}<blockDeviceMapping><item>\
             <deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-9</snapshotId></ebs></item></blockDeviceMapping></item></imagesSet>",
            tags("building")
        ))),
        "DescribeSnapshots" => Some(call.answer(&format!(
            "<snapshotSet><item><snapshotId>snap-9</snapshotId>{}</item></snapshotSet>",
            tags("building")
        ))),
        "DeregisterImage" => {
            is_registered.store(false, SeqCst);
            None
        }
        "DeleteSnapshot" if is_registered.load(SeqCst) => {
            Some(call.refuse("InvalidSnapshot.InUse", "in use by ami-9"))
        }
        _ => None,
    }
    });
    let run = desk.run(&["sweep", "--id", ID], "");
    assert_eq!(run.all("DeregisterImage").len(), 1, "{}{}", run.stdout, run.stderr);
    let changes = run.changes();
    let place = |action| changes.iter().position(|change| *change == action);
    assert!(place("DeregisterImage") < place("DeleteSnapshot"), "{changes:?}");
    assert!(run.stdout.contains("ami-9") && run.stdout.contains("snap-9"), "{}", run.stdout);
}

#[test]
fn a_complete_build_whose_record_nobody_has_read_is_told_of_and_kept() {
    let desk = Desk::new();
    let mut record = planned(json!({}));
    record["status"] = json!("built");
    record["artifacts"] = json!([{"kind": "ami", "builder_id": "mitchellh.amazonebs", "id": "us-east-1:ami-2",
                                  "regions": {"us-east-1": "ami-2"}, "files": []}]);
    let kept = desk.write(&format!("kiln/{ID}/record.json"), &record.to_string());
    let left = json!([{"kind": "key_pair", "region": "us-east-1", "name": "k"},
                      {"kind": "image", "region": "us-east-1", "name": "web", "id": "ami-2"}]);
    desk.write(&format!("kiln/{ID}/resources.json"), &left.to_string());
    let run = desk.run(&["sweep"], "");
    let said = format!(
        "build-ec2: build web ({ID}) is complete and stays, but nobody has read its record: us-east-1:ami-2\n\
         build-ec2: it is kept for a week: 'postprocess < {}' goes on with it\n",
        kept.display()
    );
    assert_eq!(run.stderr, said);
    assert_eq!(run.changes(), ["DeleteKeyPair", "ListInstanceProfiles"]);
    assert_eq!(desk.run(&["sweep"], "").stderr, said, "also the next time");
    let week = std::time::SystemTime::now() - Duration::from_secs(8 * 24 * 3600);
    std::fs::File::open(&kept).unwrap().set_modified(week).unwrap();
    assert_eq!(desk.run(&["sweep"], "").stderr, "");
    assert!(!kept.exists());
}
