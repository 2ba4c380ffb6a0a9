//! Templates with one mistake each, `tests/mistakes/NAME.LINE.json` and `.pkr.hcl`: the line is named, and `docs/errors.md` shows what is said.

use crate::support::run_in;
use std::path::Path;

#[test]
fn the_line_of_every_mistake_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("tests/mistakes");
    let page = std::fs::read_to_string(root.join("../docs/errors.md")).unwrap();
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    assert!(names.len() >= 60, "the templates with mistakes are not there");
    let mut wrong = Vec::new();
    for name in names {
        let line: u64 = name.split('.').nth(1).unwrap().parse().unwrap();
        let found = run_in(&folder, &["--format", "json", &name], &[]);
        let first = found.records().into_iter().find(|found| found["severity"] == "error");
        if found.status != 2 || first.is_none_or(|first| first["line"] != line) {
            wrong.push(format!("{name}: another line\n{}", found.out));
        }
        let said = run_in(&folder, &[&name], &[]).err;
        let shown: String =
            said.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect();
        if !page.contains(&shown) {
            wrong.push(format!("{name}: docs/errors.md shows something else; run tests/errors.py\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
