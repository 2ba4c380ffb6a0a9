//! What people see on a terminal: colour, the status line, the table.

use crate::tool::{World, id, planned, program, record, text};
use std::process::{Command, Output};

/// Runs a shell line on a terminal of 100 columns; see `on_terminal.py`.
fn on_terminal(world: &World, line: &str, words: &str) -> Output {
    let mut exports = String::new();
    let tool = world.tool(&[]);
    let environment = tool.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    for (name, value) in environment {
        exports.push_str(&format!("export {name}='{value}'; "));
    }
    // The variables are set within the terminal: Python itself may be a wrapper that needs its HOME.
    let line = format!("unset NO_COLOR PACKER_NO_COLOR; {exports}{line}");
    let mut command = Command::new("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/on_terminal.py")).arg(line);
    command.arg(words).arg(world.path("machines/go"));
    command.env("TOOL", program()).env("TERM", "xterm");
    command.env("XDG_RUNTIME_DIR", world.home.path()).current_dir(world.home.path());
    command.output().unwrap()
}

/// What stands on the screen in the end, as lines: knows what the tools use.
fn screen(bytes: &[u8]) -> Vec<String> {
    let (mut lines, mut column) = (vec![Vec::new()], 0);
    let text = text(bytes).to_owned();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let line: &mut Vec<char> = lines.last_mut().unwrap();
        match c {
            '\r' => column = 0,
            '\n' => lines.push(Vec::new()),
            '\u{1b}' => {
                let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                if &rest[..=end] == "[K" {
                    line.truncate(column);
                }
                rest = &rest[end + 1..];
            }
            c => {
                line.truncate(column.max(line.len()));
                if column < line.len() {
                    line[column] = c;
                } else {
                    line.push(c);
                }
                column += 1;
            }
        }
    }
    lines.into_iter().map(|line| line.into_iter().collect()).collect()
}

#[test]
fn a_terminal_gets_a_table_and_pipes_get_records() {
    let world = World::new();
    std::fs::write(world.path("input"), planned(1, "build") + &planned(2, "fail")).unwrap();
    let output = on_terminal(&world, "$TOOL -j1 <input", "");
    // The next build may say something before the row of the one before is written.
    let (table, said): (Vec<String>, Vec<String>) =
        screen(&output.stdout).into_iter().partition(|line| line.contains("   "));
    assert_eq!(
        table,
        [
            "BUILD                   TYPE            STATUS      RESULT",
            "fake.1                  fake            built",
            "fake.2                  fake            failed      cannot do it",
        ]
    );
    assert_eq!(
        said,
        [
            "fake.1: machine destroyed",
            "fake.2: machine destroyed",
            "fake.2: error: cannot do it",
            "fake.2: hint: do something else",
            "",
        ]
    );
    assert_eq!(output.status.code(), Some(1));
    let colour = text(&output.stdout);
    assert!(colour.contains("\u{1b}[1;31merror: \u{1b}[0m") && colour.contains("\u{1b}[32mbuilt\u{1b}[0m"));
    let plain = on_terminal(&world, "NO_COLOR=1 $TOOL <input | cat", "");
    assert!(!text(&plain.stdout).contains("\u{1b}[1;") && text(&plain.stdout).contains(r#"{"kiln":1,"#));
    let records = on_terminal(&world, "$TOOL --json <input 2>/dev/null", "");
    assert_eq!(text(&records.stdout).matches(r#"{"kiln":1,"#).count(), 2);
}

#[test]
fn a_machine_that_only_people_know_is_told() {
    let world = World::new();
    std::fs::write(world.path("input"), planned(1, "run")).unwrap();
    let output = on_terminal(&world, "$TOOL <input", "");
    let path = world.folder(&id(1)).join("record.json");
    assert_eq!(
        screen(&output.stdout)[1..],
        [
            format!("fake.1                  fake            running     machine {} (fake)", id(1)),
            format!("build-fake: the machine of fake.1 goes on running; its record: {}", path.display()),
            format!("build-fake: to destroy it: build-fake sweep --id {}", id(1)),
            String::new(),
        ]
    );
    assert!(world.folder(&id(1)).join("held").exists());
}

#[test]
fn two_tools_share_one_status_line() {
    let world = World::new();
    let other = record(2, "other", "planned", r#","builder":{"does":"wait"}"#);
    std::fs::write(world.path("input"), planned(1, "wait") + &other).unwrap();
    let line = "$TOOL <input | KILN_FAKE_OTHER=1 $TOOL --json";
    let output = on_terminal(&world, line, "build-fake fake.1,build-other fake.2, | ");
    let shown = text(&output.stdout);
    // Which tool paints first, and so has the whole width for a moment, is open.
    assert!(shown.contains("build-fake fake.1: waiting for the file 'go': n"), "{shown}");
    assert!(shown.contains("build-other fake.2: waiting for the file 'go': "), "{shown}");
    let screen = screen(&output.stdout);
    assert_eq!(screen.last().map(String::as_str), Some(""), "the status line is gone: {screen:?}");
    assert!(!screen.iter().any(|line| line.contains("waiting for")), "{screen:?}");
    assert_eq!(screen.iter().filter(|line| line.starts_with('{')).count(), 2, "{screen:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_dumb_terminal_gets_plain_lines() {
    let world = World::new();
    std::fs::write(world.path("input"), planned(1, "fail")).unwrap();
    let output = on_terminal(&world, "TERM=dumb $TOOL --json <input", "");
    assert!(!text(&output.stdout).contains('\u{1b}'), "{}", text(&output.stdout));
}

#[test]
fn a_terminal_as_input_is_told_what_is_expected() {
    let world = World::new();
    let output = on_terminal(&world, "timeout --foreground -s INT 1 $TOOL", "");
    assert!(
        text(&output.stdout).contains("try: validate TEMPLATE | build-fake    (Ctrl-D ends the input)"),
        "{}",
        text(&output.stdout)
    );
}
