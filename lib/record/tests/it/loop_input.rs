//! What goes in and what comes out.

use crate::tool::{World, id, planned, record, records, statuses, text};

#[test]
fn foreign_records_leave_as_the_bytes_they_came_as() {
    let world = World::new();
    let odd = r#" {"kiln" :1, "n":12345678901234567890123,"x":1e3,"y":"\u00e9","id":"01ARZ3NDEKTSV4RRFFQ69G5FAV", "build":"a","type":"other","status":"planned","y":2} "#;
    let input = format!("{odd}\r\n\n  \n{odd}");
    let output = world.run(&[], input);
    assert_eq!(text(&output.stdout), format!("{odd}\r\n{odd}\n"));
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    assert!(!world.path(".local").exists(), "no state for what only passes");
}

#[test]
fn own_records_keep_what_the_tool_does_not_know() {
    let world = World::new();
    let more = r#","z":{"n":12345678901234567890123,"x":1e3},"builder":{"does":"build"},"y":"\u00e9\/","steps":[{"a":1.0}]"#;
    let output = world.run(&[], record(1, "fake", "planned", more));
    let out = text(&output.stdout);
    let head = r#"{"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ0000001","build":"fake.1","type":"fake","status":"built","z":{"n":12345678901234567890123,"x":1e3},"builder":{"does":"build"},"y":"\u00e9\/","steps":[{"a":1.0},{"tool":"build-fake","name":"make machine","start":""#;
    assert!(out.starts_with(head), "{out}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn foreign_records_pass_while_own_builds_run() {
    let world = World::new();
    let mut running = world.start(&["-j", "1"]);
    for number in 0..50 {
        running.feed(&planned(number, "wait"));
    }
    let foreign = record(99, "other", "planned", "");
    running.feed(&foreign);
    assert_eq!(running.line(), foreign);
    world.wait_for_machines(1);
    assert_eq!(world.machines().len(), 1, "one at a time");
    world.go();
    let (status, out, _) = running.end();
    assert_eq!((statuses(&out).len(), status.code()), (50, Some(0)));
    assert_eq!(world.machines().len(), 50);
}

#[test]
fn malformed_lines_are_reported_and_the_others_go_on() {
    let world = World::new();
    let good = record(1, "other", "planned", "");
    let mut input = Vec::new();
    for line in [
        r#"{"kiln":1,"#,
        "[1]",
        r#"{"builders":[]}"#,
        good.trim_end(),
        &good.trim_end().replace(r#""kiln":1"#, r#""kiln":2"#),
        &good.trim_end().replace("planned", "plan"),
        &good.trim_end().replace("type", "typ"),
        &good.trim_end().replace(&id(1), "../../etc"),
        &good.trim_end().replace(r#""fake.1""#, "7"),
    ] {
        input.extend_from_slice(line.as_bytes());
        input.push(b'\n');
    }
    input.extend_from_slice(b"{\"kiln\":1,\"build\":\"\xff\"}\n");
    let output = world.run(&[], input);
    assert_eq!(text(&output.stdout), good);
    assert_eq!(
        text(&output.stderr),
        "build-fake: error: standard input, line 1, column 10: this line is not JSON: EOF while parsing a value
build-fake: hint: records stand one a line; 'jq -c' writes them so, plain 'jq' does not
build-fake: error: standard input, line 2, column 1: this line is JSON, but not an object
build-fake: hint: each line is one build record, as 'validate' prints them
build-fake: error: standard input, line 3: this object is not a build record: it has no field 'kiln'
build-fake: hint: records come from 'validate TEMPLATE'; pass templates to validate, not to the other tools
build-fake: error: standard input, line 5: this record is of version 2; this tool reads version 1
build-fake: hint: use tools of one Kiln release in a pipeline
build-fake: error: standard input, line 6: unknown status 'plan'
build-fake: hint: one of planned, running, provisioned, built, failed
build-fake: error: standard input, line 7: the record has no field 'type'
build-fake: hint: a filter between two tools must keep the fields kiln, id, build, type and status
build-fake: error: standard input, line 8: the id '../../etc' is not a ULID
build-fake: hint: keep the id that 'validate' gave: it names folders and tags
build-fake: error: standard input, line 9: the field 'build' is not as it should be: invalid type: integer `7`, expected a string
build-fake: hint: 'validate --schema' prints what each field of a record holds
build-fake: error: standard input, line 10, column 20: this line is not UTF-8
build-fake: hint: records are JSON, which is UTF-8; was the file written in another encoding?
"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_failed_record_that_passes_counts() {
    let world = World::new();
    let output = world.run(&[], record(1, "other", "failed", ""));
    assert_eq!(output.status.code(), Some(1));
    let output = world.run(&[], planned(2, "fail") + &planned(3, "build"));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(statuses(text(&output.stdout)), ["fake.2 failed", "fake.3 built"]);
}

#[test]
fn input_that_cannot_be_read_is_reported() {
    let world = World::new();
    let mut command = world.tool(&[]);
    let output = command.stdin(std::fs::File::open(world.home.path()).unwrap()).output().unwrap();
    assert_eq!(
        text(&output.stderr),
        "build-fake: error: cannot read standard input: Is a directory
build-fake: hint: pipe build records in: 'validate TEMPLATE | …', or '< records.jsonl'
"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn ten_thousand_records_take_little_memory() {
    let world = World::new();
    let padding = "x".repeat(10_000);
    let mut running = world.start(&["-j", "2"]);
    let mut stdin = running.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        use std::io::Write;
        for number in 0..10_000 {
            let (kind, does) = if number % 2 == 0 { ("fake", "wait") } else { ("other", "") };
            let more = format!(r#","builder":{{"does":"{does}"}},"padding":"{padding}""#);
            stdin.write_all(record(number, kind, "planned", &more).as_bytes()).unwrap();
        }
        stdin
    });
    for _ in 0..5_000 {
        assert!(running.line().contains(r#""type":"other""#));
    }
    let stdin = feeder.join().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 40_000, "{peak} kB at the most, with 50 MB of records waiting");
    running.signal(rustix::process::Signal::TERM);
    drop(stdin);
    let (_, out, _) = running.end();
    let records = records(&out);
    assert_eq!(records.len(), 5_000, "nothing is lost");
    let failed = records.iter().filter(|record| record["status"] == "failed").count();
    assert!((1..=2).contains(&failed), "{failed}");
    assert!(world.machines().is_empty());
}
