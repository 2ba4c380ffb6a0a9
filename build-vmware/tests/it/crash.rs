//! `kill -9` at every step, with every driver; then `sweep` leaves nothing.

use crate::esxi::Host;
use crate::place::Place;
use kiln_tests::crash::{self, Run};
use serde_json::{Value, json};
use std::fs;

/// A build in a place of its own, with its ESXi host where it has one.
type Started = Run<(Place, Option<Host>)>;

/// Starts a build with every step that needs no guest: it types, and is exported at once.
fn start(driver: &str) -> Started {
    let place = Place::new(driver == "vmrun");
    let host = (driver == "esxi").then(|| Host::new(&place));
    let record = record(&place, driver, host.as_ref());
    let (child, events) = (place.start_with_events(&record), place.work("events"));
    Run { place: (place, host), child, events }
}

fn record(place: &Place, driver: &str, host: Option<&Host>) -> Value {
    fs::write(place.work("empty.iso"), vec![0; 1 << 20]).unwrap();
    let mut options = json!({
        "driver": driver, "iso_url": "empty.iso", "iso_checksum": "none", "iso_target_extension": "iso", "memory": 32, "cpus": 1,
        "disk_size": 8, "network": "nat", "network_adapter_type": "e1000", "http_port_min": 8000, "http_port_max": 9000,
        "http_content": {"/a": "b"}, "boot_wait": "1ms", "boot_command": ["a"], "communicator": "none", "shutdown_command": "",
    });
    if let Some(host) = host {
        options.as_object_mut().unwrap().extend(host.options(place));
    }
    let mut record = place.record("vmware-iso", options);
    record["provisioners"] = json!([]);
    record
}

/// Kills a build at every step and sweeps; `check` looks at what is the driver's own.
fn at_every_step(driver: &str, check: impl Fn(&Started, &str)) {
    for step in crash::steps(start(driver)) {
        let run = crash::killed_at(&step, || start(driver));
        let (place, _) = &run.place;
        let swept = place.sweep();
        let said = String::from_utf8_lossy(&swept.stderr);
        assert!(swept.status.success() && !said.contains("left build"), "{driver}, {step}: {said}");
        place.is_clean();
        if !crash::has_begun(&run.events, "remove the machine") {
            assert!(!place.work("out").exists(), "{driver}, {step}: a result of which no record tells");
        }
        check(&run, &step);
    }
}

#[test]
fn nothing_is_left_of_a_build_under_qemu() {
    at_every_step("qemu", |_, _| {});
}

#[test]
fn nothing_is_left_of_a_build_under_vmrun() {
    at_every_step("vmrun", |run, step| {
        let listed = run.place.0.program("vmrun").args(["-T", "ws", "list"]).output().unwrap();
        assert_eq!(String::from_utf8(listed.stdout).unwrap(), "Total running VMs: 0\n", "{step}");
    });
}

#[test]
fn nothing_is_left_of_a_build_on_an_esxi_host() {
    at_every_step("esxi", |run, step| {
        assert!(run.place.1.is_some());
        let datastore = run.place.0.path("esxi/vmfs/volumes/datastore1");
        assert!(!datastore.join("builds/web").exists(), "{step}: the machine's folder is left on the host");
        let cached = fs::read_dir(datastore.join("packer_cache")).into_iter().flatten().count();
        assert_eq!(cached, 0, "{step}: the installer's CD is left on the host");
    });
}
