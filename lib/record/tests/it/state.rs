//! State folders: what stays of a build, and for how long.

use crate::tool::{World, id, planned, record, records, text};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_stays_depends_on_the_status() {
    let world = World::new();
    let output = world.run(&[], planned(1, "build") + &planned(2, "fail") + &planned(3, "run"));
    assert!(!world.folder(&id(1)).exists(), "built");
    assert_eq!(files(&world.folder(&id(2))), ["log"], "failed, without machine");
    let running = world.folder(&id(3));
    assert_eq!(files(&running), ["lock", "log", "owner", "record.json"], "running, in a pipe");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&running), 0o700);
    for name in files(&running) {
        assert_eq!(mode(&running.join(&name)), 0o600, "{name}");
    }
    let saved: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(running.join("record.json")).unwrap()).unwrap();
    let written = records(std::str::from_utf8(&output.stdout).unwrap());
    assert_eq!(Some(&saved), written.iter().find(|record| record["status"] == "running"));
    let log = fs::read_to_string(running.join("log")).unwrap();
    let line = log.lines().next().unwrap();
    assert!(line.ends_with("Z build-fake: step: make machine"), "{line}");
}

#[test]
fn a_machine_in_a_file_is_held_until_somebody_takes_it() {
    let world = World::new();
    let path = world.path("machine.jsonl");
    fs::write(world.path("input"), planned(1, "run")).unwrap();
    let mut tool = world.tool(&[]);
    tool.stdin(fs::File::open(world.path("input")).unwrap()).stdout(fs::File::create(&path).unwrap());
    assert!(tool.status().unwrap().success());
    let folder = world.folder(&id(1));
    assert!(files(&folder).contains(&"held".to_owned()));
    world.run(&[], fs::read(&path).unwrap());
    assert!(!files(&folder).contains(&"held".to_owned()), "taken, and passed on in a pipe");
}

fn abandoned(world: &World) -> String {
    text(&world.run(&["--abandoned"], "").stderr).to_owned()
}

#[test]
fn a_killed_process_leaves_an_abandoned_build() {
    let world = World::new();
    let mut running = world.start(&["-j1"]);
    running.feed(&planned(1, "wait"));
    let machine = format!(r#","machine":{{"driver":"fake","id":"{}","communicator":"none"}}"#, id(2));
    running.feed(&record(2, "fake", "running", &machine));
    let foreign = record(3, "other", "planned", "");
    running.feed(&foreign);
    assert_eq!(running.line(), foreign);
    world.wait_for_machines(1);
    assert_eq!(abandoned(&world), "", "one runs, one waits in the queue");
    running.signal(rustix::process::Signal::KILL);
    running.end();
    let expected = format!("build-fake: {}\n", id(1));
    // The second never had more than its owner's name there: its machine is in the record that was fed.
    assert!(abandoned(&world).starts_with(&expected), "{}", abandoned(&world));
}

#[test]
fn a_record_between_two_tools_is_not_abandoned() {
    let world = World::new();
    let mut reader = world.start(&[]);
    let output = world.run(&[], planned(1, "run"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(abandoned(&world), "", "a tool of the same pipeline may be about to read it");
    reader.feed(&record(9, "other", "planned", ""));
    reader.end();
    assert_eq!(abandoned(&world), format!("build-fake: {}\n", id(1)));
}
