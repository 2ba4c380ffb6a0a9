//! What the tool does with records that need no machine.

use kiln_tests::filter;

const TOOL: &str = env!("CARGO_BIN_EXE_build-vmware");

/// What comes of a planned record with these options, in JSON: the exit status, both outputs.
fn build(builder: &str) -> (Option<i32>, String, String) {
    let record = filter::record("vmware-iso", "planned");
    let output =
        filter::run(TOOL, &[], &record.replace("\"planned\"", &format!("\"planned\",\"builder\":{builder}")));
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn an_option_that_somebody_edited_is_a_failure() {
    let (status, out, said) = build(r#"{"memory":"much"}"#);
    assert!(said.contains("vmware-iso.web: error: an option in the record is not as it should be"), "{said}");
    assert!(out.contains(r#""status":"failed""#), "{out}");
    assert_eq!(status, Some(1));
}

#[test]
fn vmrun_that_is_not_there_is_said() {
    let (_, _, said) = build(r#"{"driver":"vmrun","vm_name":"web","output_directory":"/nowhere/out"}"#);
    assert!(said.contains("vmware-iso.web: error: vmrun is not here"), "{said}");
    assert!(said.contains("driver = \"qemu\""), "{said}");
}

#[test]
fn passes_everything_else() {
    filter::passes_everything_else(TOOL, "vmware-iso");
}

#[test]
fn help_says_what_goes_in_and_out() {
    filter::help_says_what_goes_in_and_out(TOOL);
}
