//! `--lock` asks for the source AMI, and what is locked is what is built from.

use kiln_tests::Sandbox;
use kiln_tests::template::{BASE, builder, template};
use serde_json::{Value, json};

#[test]
fn a_lock_keeps_the_source_ami() {
    let sandbox = Sandbox::new();
    let newest =
        json!({"filters": {"name": "debian-12-amd64-*"}, "owners": ["136693071363"], "most_recent": true});
    let mut by_filter = builder("web", &json!({"source_ami_filter": newest}));
    by_filter.as_object_mut().unwrap().remove("source_ami");
    sandbox.write("web.json", &template(&[by_filter.clone()], &[], &[]));
    let record = sandbox.bash("validate --lock web.lock web.json").exits(0).record();
    assert_eq!(record["builder"]["source_ami"], BASE, "{record:#}");
    let lock: Value = serde_json::from_str(&sandbox.read("web.lock")).unwrap();
    assert_eq!(lock["builds"]["web.json"]["web"], json!({"source_ami": BASE}));
    let run = sandbox.bash("validate --locked web.lock web.json | build-ec2").exits(0);
    assert_eq!(run.record()["status"], "built", "{run}");
    assert!(sandbox.held().is_empty(), "{:?}", sandbox.held());

    by_filter["source_ami_filter"]["filters"]["name"] = json!("debian-12-amd64-20251112-*");
    sandbox.write("web.json", &template(&[by_filter.clone()], &[], &[]));
    let run = sandbox.bash("validate --locked web.lock web.json").exits(2);
    assert!(run.stderr.contains(&format!("web.json, web: source AMI was {BASE}, is ami-")), "{run}");

    by_filter["source_ami_filter"]["filters"]["name"] = json!("nothing-like-it");
    sandbox.write("web.json", &template(&[by_filter], &[], &[]));
    let run = sandbox.bash("validate --locked web.lock web.json").exits(2);
    assert!(run.stderr.contains("web: no image matches"), "{run}");
}
