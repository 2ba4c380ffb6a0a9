//! Being stopped: signals, a closed output, a mistake of ours.

use crate::tool::{World, id, planned, record, records, statuses};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;

#[test]
fn an_interrupt_destroys_machines_and_loses_no_record() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM"), (Signal::HUP, "SIGHUP")] {
        let world = World::new();
        let mut running = world.start(&["-j", "2"]);
        let machine = format!(r#","machine":{{"driver":"fake","id":"{}","communicator":"none"}}"#, id(4));
        std::fs::write(world.path("machines").join(id(4)), b"").unwrap();
        for line in [
            planned(1, "wait"),
            planned(2, "wait"),
            planned(3, "wait"),
            record(4, "fake", "running", &format!(r#"{machine},"builder":{{"does":"wait"}}"#)),
            record(5, "other", "planned", ""),
        ] {
            running.feed(&line);
        }
        assert!(running.line().contains("fake.5"));
        running.until_says("fake.1: wait for go");
        world.wait_for_machines(3);
        running.signal(signal);
        running.until_says(&format!(
            "build-fake: interrupted ({name}): stopping 2 builds and destroying their machines (again: leave at once)"
        ));
        let stdin = running.stdin.take();
        let (status, out, said) = running.end();
        drop(stdin);
        assert_eq!(status.signal(), Some(signal.as_raw()), "{said}");
        assert_eq!(
            statuses(&out),
            ["fake.1 failed", "fake.2 failed", "fake.3 planned", "fake.4 failed"],
            "{name}: {said}"
        );
        assert!(records(&out).iter().all(|record| record["machine"].is_null()));
        assert!(said.contains("fake.1: machine destroyed"), "{said}");
        assert!(said.ends_with("build-fake: stopped; no build of this process is left\n"), "{said}");
        assert!(world.machines().is_empty(), "{name}");
    }
}

#[test]
fn a_second_interrupt_leaves_at_once() {
    let world = World::new();
    let mut running = world.start(&[]);
    running.feed(&planned(1, "stuck"));
    running.until_says("fake.1: stuck");
    running.signal(Signal::INT);
    running.until_says("stopping 1 build and destroying its machine");
    running.signal(Signal::INT);
    let stdin = running.stdin.take();
    let (status, out, _) = running.end();
    drop(stdin);
    assert_eq!((status.signal(), out.as_str()), (Some(2), ""));
    assert_eq!(world.machines(), [id(1)], "left for sweep");
    assert!(world.folder(&id(1)).join("record.json").exists());
}

#[test]
fn a_closed_output_is_noticed_while_nothing_is_written() {
    let world = World::new();
    let mut running = world.start(&[]);
    running.feed(&planned(1, "wait"));
    running.until_says("fake.1: wait for go");
    drop(running.stdout.take());
    let said = running.until_says("stopping 1 build");
    assert!(
        said.contains("build-fake: standard output was closed: stopping 1 build and destroying its machine")
    );
    let stdin = running.stdin.take();
    let (status, _, said) = running.end();
    drop(stdin);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(world.machines().is_empty());
}

#[test]
fn a_record_that_cannot_be_written_is_abandoned() {
    let world = World::new();
    let mut command = world.tool(&[]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let input = world.path("input");
    let machine = r#","machine":{"driver":"d","id":"i","communicator":"ssh"}"#;
    std::fs::write(&input, planned(1, "run") + &record(2, "other", "running", machine)).unwrap();
    let output = command.stdin(std::fs::File::open(input).unwrap()).stdout(full).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("fake.1: machine destroyed"), "{said}");
    let orphan = "build-fake: error: fake.2: its record could not be passed on; the machine still runs
build-fake: hint: 'sweep' of the tool for other destroys it (id 01ARZ3NDEKTSV4RRFFQ0000002)
";
    assert!(said.contains(orphan), "{said}");
    assert!(said.contains("cannot write to standard output: No space left on device"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    assert!(world.machines().is_empty());
}

#[test]
fn a_panic_loses_neither_record_nor_machine() {
    let world = World::new();
    let output = world.run(&[], planned(1, "panic") + &planned(2, "build"));
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(statuses(&out), ["fake.1 failed", "fake.2 built"]);
    let records = records(&out);
    let failed = records.iter().find(|record| record["status"] == "failed").unwrap();
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("internal error: does panic (lib/record/examples/build-fake.rs:"),
        "{message}"
    );
    assert_eq!(failed["error"]["hint"], "report this as a bug, with the build's log; the other builds go on");
    assert!(failed["machine"].is_null() && world.machines().is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("panicked at"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}
