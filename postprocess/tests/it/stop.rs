//! Interrupts.

use crate::place::{Place, built, ended, give, listed};
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command};

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupt_during_compress_leaves_nothing_half_made() {
    let place = Place::new();
    place.write("disk", "x");
    // A pipe that is opened and not filled yet: compress waits in the middle of its work.
    place.sh("mkfifo pipe");
    let mut child = place.start(&[], &[]);
    let steps = json!([[{"type": "compress", "output": "o.gz"}]]);
    give(&mut child, &[built("web", &["pipe"], steps)]);
    let mut writer = std::fs::File::options().write(true).open(place.work().join("pipe")).unwrap();
    assert!(place.files().iter().any(|name| name.starts_with(".kiln-")), "it is in the middle of its work");
    interrupt(&child);
    // The signal has arrived once the tool says so; only then is there more to read, as much as it takes.
    let mut said = Vec::new();
    let mut stderr = child.stderr.take().unwrap();
    while !String::from_utf8_lossy(&said).contains("interrupted") {
        let mut byte = [0];
        stderr.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
    child.stderr = Some(stderr);
    while writer.write(&[0; 1000]).is_ok() {}
    let output = child.wait_with_output().unwrap();
    said.extend_from_slice(&output.stderr);
    let said = String::from_utf8(said).unwrap();
    let stopping = "postprocess: interrupted (SIGINT): stopping 1 build; what its image is made of stays (again: leave at once)\n";
    assert!(said.contains(stopping), "{said}");
    assert_eq!(output.status.signal(), Some(2), "it dies of the signal, so that a shell sees it");
    let record: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&record["status"], &record["error"]["interrupted"]), (&json!("failed"), &json!(true)));
    assert_eq!(listed(&record), ["pipe"]);
    assert_eq!(place.files(), ["disk", "pipe"]);
}

#[test]
fn an_interrupt_ends_a_script_and_its_children() {
    let place = Place::new();
    place.write("disk", "x");
    place.sh("mkfifo ready");
    let mut child = place.start(&[], &[]);
    let inline = ["sleep 1000 & echo $! >ready", "wait"];
    give(&mut child, &[built("web", &["disk"], json!([[{"type": "shell-local", "inline": inline}]]))]);
    let sleeper = place.read("ready");
    interrupt(&child);
    let ran = ended(child);
    assert_eq!(ran.status, None, "{}", ran.stderr);
    assert_eq!(ran.records[0]["error"]["interrupted"], json!(true), "{}", ran.stdout);
    let state = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim())).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "the script's child is gone: {state}");
    assert_eq!(place.files(), ["disk", "ready"]);
}
