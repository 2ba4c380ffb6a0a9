//! Every template in `tests/bad` gives exactly the standard error beside it. `UPDATE=1` writes those files anew.

use crate::support::run_in;
use std::path::Path;

#[test]
fn malformed_templates_are_explained() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json") || name.ends_with(".hcl"))
        .collect();
    names.sort();
    assert!(names.len() > 20, "the folder of malformed templates is not there");
    let mut wrong = Vec::new();
    for name in names {
        let ran = run_in(&folder, &[&name], &[]);
        let expected = folder.join(&name).with_extension("stderr");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &ran.err).unwrap();
        }
        let text = std::fs::read_to_string(&expected).unwrap_or_default();
        if (ran.status, ran.out.as_str(), &ran.err) != (2, "", &text) {
            wrong.push(format!("{name}: exit {}\n{}", ran.status, ran.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
