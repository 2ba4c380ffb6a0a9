//! What the tool does with records that need no machine.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_build-vmware"))
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
fn an_option_that_somebody_edited_is_a_failure() {
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let input = format!(
        r#"{{"kiln":1,"id":"{id}","build":"web","type":"vmware-iso","status":"planned","builder":{{"memory":"much"}}}}"#
    ) + "\n";
    let output = run(&[], &input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("web: error: an option in the record is not as it should be"), "{said}");
    assert!(String::from_utf8(output.stdout).unwrap().contains(r#""status":"failed""#));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn vmrun_that_is_not_there_is_said() {
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let builder = r#"{"driver":"vmrun","vm_name":"web","output_directory":"/nowhere/out"}"#;
    let input = format!(
        r#"{{"kiln":1,"id":"{id}","build":"web","type":"vmware-iso","status":"planned","builder":{builder}}}"#
    ) + "\n";
    let output = run(&[], &input);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("web: error: vmrun is not here"), "{said}");
    assert!(said.contains("driver = \"qemu\""), "{said}");
}

#[test]
fn passes_everything_else() {
    let input =
        record("amazon-ebs", "planned") + &record("vmware-iso", "built") + &record("other", "running");
    let output = run(&[], &input);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (input.as_bytes(), &b""[..]));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn help_says_what_goes_in_and_out() {
    let output = run(&["--help"], "");
    let help = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Usage: build-vmware [OPTIONS]",
        "Reads:   build records",
        "| build-vmware | provision",
        "Exit status:",
    ] {
        assert!(help.contains(part), "{help}");
    }
    assert_eq!(output.status.code(), Some(0));
}
