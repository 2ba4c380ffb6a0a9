//! Virtual machines: whole pipelines, and the tools' looks at their platforms.

use kiln_tests::Sandbox;
use kiln_tests::template::template;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// What is built by QEMU is taken by the real VirtualBox, and what that makes of it starts again.
#[test]
fn an_appliance_goes_into_virtualbox_and_back() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("virtualbox/round-trip.sh");
    let executable = std::env::current_exe().expect("a process knows its executable");
    let target = executable.ancestors().nth(3).expect("tests run in target/PROFILE/deps");
    let output = Command::new(script).arg("qemu").env("CARGO_TARGET_DIR", target).output();
    let output = output.expect("the script starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_platforms_say_stands_at_its_place_in_the_template() {
    let sandbox = Sandbox::new();
    sandbox.write("sums", &format!("{}  other.iso\n", "0".repeat(64)));
    let machine = |name: &str, kind: &str, more: Value| {
        let mut machine = json!({
            "name": name, "type": kind, "iso_url": "http://127.0.0.1:9/a.iso", "iso_checksum": format!("sha256:{}", "0".repeat(64)),
            "communicator": "none", "headless": true, "output_directory": name,
        });
        machine.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        machine
    };
    let builds = [
        machine("one", "virtualbox-iso", json!({ "driver": "qemu" })),
        machine(
            "two",
            "vmware-iso",
            json!({ "driver": "qemu", "iso_checksum": "file:sums", "output_directory": "." }),
        ),
        machine("three", "qemu", json!({ "qemu_binary": "qemu-system-pdp11" })),
    ];
    sandbox.write("web.json", &template(&builds, &[], &[]));
    let run = sandbox.bash("validate --online --format=json web.json 2>&1").exits(2);
    for part in [
        "cannot get the ISO from http://127.0.0.1:9/a.iso: ",
        "the checksums in sums do not name 'a.iso'",
        "the output folder . exists already",
        "there is no qemu-system-pdp11 here",
    ] {
        assert!(run.stdout.contains(part), "{part}: {run}");
    }
    assert_eq!(sandbox.held(), Vec::<String>::new());
}
