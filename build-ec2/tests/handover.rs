//! A machine that one process starts and another one captures.

use crate::support::{Desk, planned};
use serde_json::{Value, json};

#[test]
fn templates_see_the_source_image_also_when_another_process_captures() {
    let text =
        "{{.BuildRegion}} {{.SourceAMI}} {{.SourceAMIName}} {{.SourceAMITags.release}} {{build `SourceAMI`}}";
    let rendered = "us-east-1 ami-1 base 13 ami-1";
    let mut record = planned(json!({
        "tags": {"from": text}, "snapshot_tags": {"disk": text}, "run_tags": {"run": text}, "ami_description": text,
    }));
    record["provisioners"] = json!([{"type": "shell", "inline": ["true"]}]);
    let mut running = Desk::new().run(&[], &record.to_string()).record();
    assert_eq!(running["status"], "running");

    running["status"] = Value::from("provisioned");
    // Another computer: nothing but the record tells of the machine.
    let run = Desk::new().run(&[], &running.to_string());
    assert_eq!(run.record()["status"], "built", "{}", run.stderr);
    run.only("ModifyImageAttribute").has(&[("Description.Value", rendered)]);
    assert_eq!(run.only("CreateImage").tags_of("image", "TagSpecification").get("run"), Some(&rendered));
    let [snapshot, image] = run.all("CreateTags")[..] else { panic!("{:?}", run.changes()) };
    assert_eq!(snapshot.tags("Tag").get("disk"), Some(&rendered));
    assert_eq!(image.tags("Tag").get("from"), Some(&rendered));
    run.only("TerminateInstances").has(&[("InstanceId.1", "i-1")]);
}
