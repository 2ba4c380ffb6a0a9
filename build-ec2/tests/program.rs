//! What the program says of itself.

use crate::support::Desk;

#[test]
fn manual_and_completions_know_what_people_call_and_no_more() {
    let desk = Desk::new();
    let said = |arguments: &[&str]| desk.run(arguments, "").stdout;
    let page = said(&["--man"]);
    for part in [
        ".SH \"BUILD-EC2 SWEEP\"",
        "older\\-than",
        ".SH \"EXIT STATUS\"",
        ".SH \"INPUT AND OUTPUT\"\n.TP\n\\&Reads",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for text in [
        page,
        said(&["--completions", "bash"]),
        said(&["--completions", "zsh"]),
        said(&["--completions", "fish"]),
    ] {
        assert!(text.contains("sweep") && text.contains("older"), "{text}");
        assert!(!text.contains("tunnel") && !text.contains("templates ask"), "{text}");
    }
}
