//! A plan says what the tools then do: the same steps by the same names.

use kiln_tests::Sandbox;
use kiln_tests::template::{builder, shell, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// The names of steps by their tools; a provisioner's without its number.
fn names(steps: &Value, name: &str) -> BTreeSet<String> {
    let text = |step: &Value| {
        let name = step[name].as_str().unwrap_or_default();
        let name = name.split_once(" (").map_or(name, |(kind, _)| kind);
        format!("{}: {name}", step["tool"].as_str().unwrap_or_default())
    };
    steps.as_array().into_iter().flatten().map(text).collect()
}

fn assert_as_planned(sandbox: &Sandbox, pipeline: &str) {
    let plan = sandbox.bash("validate --plan --json web.json").exits(0).record();
    let again = sandbox.bash("validate --plan --json web.json").exits(0).record();
    assert_eq!(plan, again, "a plan is the same each time");
    let record = sandbox.bash(pipeline).exits(0).record();
    assert_eq!(names(&plan["steps"], "step"), names(&record["steps"], "name"), "{plan:#}\n{record:#}");
}

#[test]
fn on_ec2() {
    let sandbox = Sandbox::new();
    let more = json!({"ami_regions": ["eu-west-1"], "encrypt_boot": true, "ami_name": "web-{{uuid}}"});
    let local = json!({"type": "shell-local", "inline": ["true"]});
    let provisioners = [shell(&["true"]), local];
    sandbox.write("web.json", &template(&[builder("web", &more)], &provisioners, &[json!("manifest")]));
    assert_as_planned(&sandbox, "validate web.json | build-ec2 | provision | postprocess");
    sandbox.assert_nothing_left();
}

#[test]
fn on_qemu() {
    let sandbox = Sandbox::new();
    // A boot sector that does nothing, for ever.
    let mut disk = vec![0_u8; 1 << 20];
    disk[..3].copy_from_slice(&[0xf4, 0xeb, 0xfd]);
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    fs::write(sandbox.path("base.img"), disk).unwrap();
    let options = json!({
        "type": "qemu", "name": "web", "iso_url": "base.img", "iso_checksum": "none", "disk_image": true,
        "disk_size": "2M", "accelerator": "tcg", "headless": true, "boot_wait": "1s", "boot_command": ["<esc>"],
        "http_content": {"/x": "{{.Name}}"}, "communicator": "none", "output_directory": "out",
    });
    let checksum = json!({"type": "checksum", "name": "sums", "output": "sums"});
    sandbox.write("web.json", &template(&[options], &[], &[checksum]));
    assert_as_planned(&sandbox, "validate web.json | build-qemu | postprocess");
}
