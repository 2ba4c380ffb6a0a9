//! What the tool does with records that need no machine.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_build-virtualbox"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn record(kind: &str, status: &str) -> String {
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    format!(r#"{{"kiln":1,"id":"{id}","build":"{kind}.web","type":"{kind}","status":"{status}"}}"#) + "\n"
}

#[test]
fn passes_everything_else() {
    let input =
        record("amazon-ebs", "planned") + &record("virtualbox-iso", "built") + &record("other", "running");
    let output = run(&[], &input);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (input.as_bytes(), &b""[..]));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn help_says_what_goes_in_and_out() {
    let output = run(&["--help"], "");
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Usage: build-virtualbox [OPTIONS]",
        "Reads:   build records",
        "| build-virtualbox | provision",
        "Exit status:",
    ] {
        assert!(help.contains(part), "{help}");
    }
    assert_eq!(output.status.code(), Some(0));
}
