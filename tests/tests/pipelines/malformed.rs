//! Lines that are no records, with the very messages.

use kiln_tests::Sandbox;

const GOOD: &str =
    r#"{"kiln":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","build":"x","type":"somebody-else","status":"planned"}"#;

/// (file, what it holds): every `.jsonl` in tests/malformed has its messages beside it, in a `.stderr`.
fn cases() -> Vec<(String, String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/malformed");
    let mut cases: Vec<(String, String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let expected = std::fs::read_to_string(path.with_extension("stderr")).unwrap_or_default();
            (name, std::fs::read_to_string(&path).unwrap_or_default(), expected)
        })
        .collect();
    cases.sort();
    cases
}

/// Every bad line is reported with its number; the good ones go on; the status is 2.
#[test]
fn each_bad_line_is_reported_and_the_others_go_on() {
    let sandbox = Sandbox::new();
    let mut wrong = Vec::new();
    for (name, lines, expected) in cases() {
        sandbox.write("in.jsonl", &format!("{GOOD}\n{lines}{GOOD}\n"));
        for tool in ["build-ec2", "provision"] {
            let run = sandbox.bash(&format!("{tool} < in.jsonl"));
            assert_eq!(run.status.code(), Some(2), "{name}, {tool}: {run}");
            assert_eq!(run.stdout, format!("{GOOD}\n{GOOD}\n"), "{name}, {tool}: {run}");
            let stderr: String =
                run.stderr.lines().map(|line| format!("{}\n", line.replacen(tool, "TOOL", 1))).collect();
            if stderr != expected {
                wrong.push(format!("{name}.stderr, {tool}:\n{stderr}\n--- expected\n{expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
