//! `kill -9` at every step; then `sweep` leaves nothing.

use crate::failures::empty;
use crate::sandbox::{Sandbox, with};
use kiln_tests::crash::{self, Run};
use serde_json::json;

/// Starts a build with every step that needs no guest: it types, and is exported at once.
fn start(driver: &str) -> Run<Sandbox> {
    let sandbox = if driver == "qemu" { Sandbox::new() } else { Sandbox::with_virtualbox() };
    let more = json!({
        "communicator": "none", "virtualbox_version_file": "", "http_content": { "/a": "b" }, "boot_wait": "1ms",
        "boot_command": ["a"], "post_shutdown_delay": "1ms",
    });
    sandbox.plan("virtualbox-iso", with(&empty(&sandbox, driver), more));
    let (child, events) = (sandbox.start(), sandbox.path("events"));
    Run { place: sandbox, child, events }
}

fn is_swept(run: &Run<Sandbox>, driver: &str, step: &str) {
    let sandbox = &run.place;
    let shown = sandbox.run(&["sweep", "--dry-run"]);
    let sweep = sandbox.run(&["sweep"]);
    assert!(sweep.output.status.success(), "{driver}, {step}: {}", sweep.stderr());
    assert_eq!(sandbox.leftovers(), Vec::<String>::new(), "{driver}, {step}: {}", sweep.stderr());
    // First of all the work folder is made, and last of all it is removed.
    let has_folder = crash::has_begun(&run.events, "serve files by HTTP");
    if has_folder && !crash::has_begun(&run.events, "remove the machine") {
        assert!(shown.stdout().contains(r#""kind":"folder""#), "{driver}, {step}: {}", shown.stdout());
        assert!(!sandbox.path("out").exists(), "{driver}, {step}: a result of which no record tells");
    }
    assert!(
        sweep.stdout().lines().all(|line| line.contains(sandbox.id()) && line.contains(r#""removed":true"#))
    );
}

#[test]
fn nothing_is_left_of_qemu() {
    for step in crash::steps(start("qemu")) {
        is_swept(&crash::killed_at(&step, || start("qemu")), "qemu", &step);
    }
}

#[test]
fn nothing_is_left_of_virtualbox() {
    for step in crash::steps(start("vboxmanage")) {
        let run = crash::killed_at(&step, || start("vboxmanage"));
        is_swept(&run, "vboxmanage", &step);
        assert_eq!(run.place.virtualbox(&["list", "vms"]), "", "{step}");
        assert_eq!(run.place.virtualbox(&["list", "hdds"]).trim(), "", "{step}");
    }
}
