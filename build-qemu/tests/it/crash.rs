//! `kill -9` at every step; then `sweep` leaves nothing.

use crate::place::{Place, planned};
use kiln_tests::crash::{self, Run};
use serde_json::json;
use std::fs;

/// Starts a build with every step that needs no guest: it types, and is exported at once. Its place has its id beside it.
fn start() -> Run<(Place, String)> {
    start_in(Place::new())
}

/// The same in a place where there may be a result already.
fn start_in(place: Place) -> Run<(Place, String)> {
    let base = place.idle_disk();
    let record = planned(
        &base,
        json!({
            "http_content": {"/a": "b"}, "http_port_min": 8000, "http_port_max": 9000, "boot_wait": "1ms",
            "boot_command": ["a"], "disk_compression": true, "replace_output_directory": true,
        }),
    );
    let (child, events) = (place.start(&record), place.path("events"));
    Run { place: (place, record["id"].as_str().unwrap().to_owned()), child, events }
}

#[test]
fn nothing_is_left_of_a_build_that_is_killed_at_any_step() {
    for step in crash::steps(start()) {
        let run = crash::killed_at(&step, start);
        let (place, id) = &run.place;
        let swept = place.tool().arg("sweep").output().unwrap();
        let said = String::from_utf8_lossy(&swept.stderr);
        assert!(swept.status.success() && !said.contains("left build"), "{step}: {said}");
        if !crash::has_begun(&run.events, "remove the machine") {
            place.assert_holds(&["base.img", "events", "planned.jsonl"]);
        }
        let left = fs::read_dir(place.state(id)).into_iter().flatten().flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).filter(|name| name != "log").collect();
        assert!(left.is_empty(), "{step}: {left:?} in the state folder");
        let mark = format!("KILN_MACHINE_OF={id}");
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let environment = fs::read(process.path().join("environ")).unwrap_or_default();
            let is_left = environment.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes());
            assert!(!is_left, "{step}: {}", process.path().display());
        }
    }
}

#[test]
fn a_result_that_was_being_replaced_comes_back() {
    let run = crash::killed_at("export", || {
        let place = Place::new();
        fs::create_dir(place.path("out")).unwrap();
        fs::write(place.path("out/former"), "").unwrap();
        start_in(place)
    });
    let (place, id) = &run.place;
    // As if it had been killed a moment later: the former result has made room, the new one is not in its place yet.
    let _ = fs::rename(place.path("out"), place.path(&format!(".kiln-{id}/replaced")));
    let swept = place.tool().arg("sweep").output().unwrap();
    assert!(swept.status.success(), "{}", String::from_utf8_lossy(&swept.stderr));
    place.assert_holds(&["base.img", "events", "out", "planned.jsonl"]);
    assert!(place.path("out/former").exists());
}
