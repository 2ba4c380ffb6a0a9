//! What people and `--events` read of a build.

use crate::tool::{World, id, planned, text};
use serde_json::Value;
use std::process::Command;

#[test]
fn people_read_harmless_lines_and_the_log_keeps_all() {
    let world = World::new();
    let output = world.run(&[], planned(1, "talk"));
    assert_eq!(
        text(&output.stderr),
        "fake.1: talk
fake.1:     done
fake.1:     the <sensitive> is <sensitive>
fake.1:     green \\u{7}\u{fffd}
fake.1: warning: look out
"
    );
    let log = std::fs::read(world.folder(&id(1)).join("log")).unwrap();
    let log: Vec<Vec<u8>> =
        log.split(|byte| *byte == b'\n').map(|line| line.get(25..).unwrap_or_default().to_vec()).collect();
    let expected: [&[u8]; 5] = [
        b"build-fake: step: talk",
        b"build-fake: 10%\r50%\rdone",
        b"build-fake: the <sensitive> is <sensitive>",
        b"build-fake: \x1b[32mgreen\x1b[0m \x07\xff",
        b"build-fake: warning: look out",
    ];
    assert_eq!(log[2..7], expected);
}

#[test]
fn events_tell_the_same_to_programs() {
    let world = World::new();
    std::fs::write(world.path("input"), planned(1, "talk")).unwrap();
    let tool = world.tool(&["--events", "7"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", r#""$0" "$@" 7>events <input"#]).arg(tool.get_program()).args(tool.get_args());
    shell.env_clear().current_dir(world.home.path());
    for (name, value) in tool.get_envs() {
        shell.env(name, value.unwrap());
    }
    let output = shell.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let events: Vec<Value> = std::fs::read_to_string(world.path("events"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for event in &events {
        assert_eq!(
            (&event["tool"], &event["build"], &event["id"]),
            (&Value::from("build-fake"), &Value::from("fake.1"), &Value::from(id(1)))
        );
        assert!(event["time"].as_str().unwrap().ends_with('Z'));
    }
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "build_begin",
            "step_begin",
            "step_end",
            "step_begin",
            "output",
            "output",
            "output",
            "step_progress",
            "warning",
            "step_end",
            "build_end"
        ]
    );
    assert_eq!(events[5]["text"], "the <sensitive> is <sensitive>");
    let schema = jsonschema::validator_for(&record::event::schema()).unwrap();
    for event in &events {
        schema.validate(event).unwrap();
    }
}

#[test]
fn a_descriptor_for_events_must_be_open_for_writing() {
    let world = World::new();
    for (descriptor, what) in [
        ("99", "this file descriptor is not open"),
        ("1", "standard input and output carry records"),
        ("-1", "a file descriptor is not negative"),
    ] {
        let output = world.run(&[&format!("--events={descriptor}")], "");
        let expected = format!(
            "build-fake: error: --events {descriptor}: {what}
build-fake: hint: open it in the shell: --events 3 3>events.jsonl
"
        );
        assert_eq!((text(&output.stderr), output.status.code()), (expected.as_str(), Some(2)));
    }
}

#[test]
fn the_command_line_tells_of_itself() {
    let world = World::new();
    for (arguments, begin) in [
        (["--help"], "Build nothing, for tests\n\nUsage: build-fake"),
        (["-help"], "Build nothing, for tests\n\nUsage: build-fake"),
        (["--version"], "build-fake 0.1.0\n"),
        (["--schema"], "{\n  \""),
        (["--man"], ".ie \\n(.g .ds Aq"),
        (["--completions=bash"], "_build__fake() {"),
    ] {
        let output = world.run(&arguments, "");
        let out = text(&output.stdout);
        assert!(out.starts_with(begin), "{arguments:?}: {out}");
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    }
    let output = world.run(&["--job", "2"], "");
    assert!(text(&output.stderr).starts_with("error: unexpected argument '--job' found"));
    assert_eq!((text(&output.stdout), output.status.code()), ("", Some(2)));
    let file = world.path("web.json");
    std::fs::write(&file, "{}").unwrap();
    let output = world.run(&[file.to_str().unwrap()], "");
    let hint =
        format!("hint: build-fake reads build records: 'build-fake < {}', or 'validate ", file.display());
    assert!(text(&output.stderr).contains(&hint), "{}", text(&output.stderr));
}

#[test]
fn debugging_output_is_off_until_asked_for() {
    let world = World::new();
    let mut tool = world.tool(&[]);
    let output = tool.stdin(std::process::Stdio::null()).env("KILN_LOG", "=no=").output().unwrap();
    assert!(
        text(&output.stderr).starts_with("build-fake: error: KILN_LOG==no=: "),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0));
}
