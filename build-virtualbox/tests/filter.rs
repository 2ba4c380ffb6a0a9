//! What the tool does with records that need no machine.

use kiln_tests::filter;

const TOOL: &str = env!("CARGO_BIN_EXE_build-virtualbox");

#[test]
fn passes_everything_else() {
    filter::passes_everything_else(TOOL, "virtualbox-iso");
}

#[test]
fn help_says_what_goes_in_and_out() {
    filter::help_says_what_goes_in_and_out(TOOL);
}
