//! What every tool that builds locally does with records that need no machine.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs a program in an empty home with this input.
///
/// # Panics
/// When it cannot be run.
pub fn run(program: &str, arguments: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().expect("a folder can be made");
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool has been built");
    child.stdin.take().expect("it is piped").write_all(input.as_bytes()).expect("the tool reads");
    child.wait_with_output().expect("a child can be waited for")
}

/// A record's line, with no more than it must have.
pub fn record(kind: &str, status: &str) -> String {
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    format!(r#"{{"kiln":1,"id":"{id}","build":"{kind}.web","type":"{kind}","status":"{status}"}}"#) + "\n"
}

/// Records of others, and own ones that are done, leave a tool as they came. `own` is one of its types.
///
/// # Panics
/// When they do not.
pub fn passes_everything_else(program: &str, own: &str) {
    let input = record("amazon-ebs", "planned") + &record(own, "built") + &record("other", "running");
    let output = run(program, &[], &input);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (input.as_bytes(), &b""[..]));
    assert_eq!(output.status.code(), Some(0));
}

/// `--help` says what a tool reads and writes.
///
/// # Panics
/// When it does not.
pub fn help_says_what_goes_in_and_out(program: &str) {
    let output = run(program, &["--help"], "");
    let help = String::from_utf8(output.stdout).expect("help is text");
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).expect("a program has a name");
    let usage = format!("Usage: {name} [OPTIONS]");
    let example = format!("| {name} | provision");
    for part in [&usage, "Reads:   build records", &example, "Exit status:"] {
        assert!(help.contains(part), "{help}");
    }
    assert_eq!(output.status.code(), Some(0));
}
