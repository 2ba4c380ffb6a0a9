//! shell-local.

use crate::place::{Place, built, image};
use serde_json::{Value, json};

fn run(place: &Place, step: Value, environment: &[(&str, &str)]) -> crate::place::Ran {
    let mut step = step;
    step["type"] = json!("shell-local");
    place.write("a", "x");
    place.write("b", "x");
    place.run_with(&[built("web", &["a", "b"], json!([[step]]))], &[], environment)
}

#[test]
fn scripts_know_the_build_and_its_files() {
    let place = Place::new();
    let step = json!({"inline": [
        "echo \"$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE\" > seen",
        "echo \"$KILN_ARTIFACT_FILES\" >> seen",
        "echo \"$KILN_ARTIFACT_ID/$FOO/$BAR/${KILN_SHELL_LOCAL_TEXT-unset}\" >> seen",
        "echo said; echo complained >&2",
    ], "environment_vars": ["FOO=it's"], "env": {"BAR": "$x \"y\""}});
    let ran = run(&place, step, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.read("seen"), "web file\na\nb\nFile/it's/$x \"y\"/unset\n");
    assert!(
        ["said", "complained"].iter().all(|word| ran
            .stderr
            .lines()
            .any(|line| line.starts_with("web:") && line.trim_end().ends_with(word))),
        "{}",
        ran.stderr
    );
    assert_eq!(place.files(), ["a", "b", "seen"]);
    let ran = place.run(&[image(
        "ami",
        json!([[{"type": "shell-local", "command": "echo \"<$KILN_ARTIFACT_ID>\" >seen"}]]),
    )]);
    assert_eq!((ran.status, place.read("seen").as_str()), (Some(0), "<us-east-1:ami-1>\n"), "{}", ran.stderr);
}

#[test]
fn a_failing_script_fails_the_build_with_its_output() {
    let place = Place::new();
    let ran = run(&place, json!({"inline": ["echo before", "exit 3", "echo after"]}), &[]);
    assert_eq!(ran.status, Some(1));
    let record = &ran.records[0];
    assert_eq!(record["error"]["message"], "the inline script ended with status 3; valid_exit_codes is [0]");
    assert_eq!(record["error"]["output"], json!(["before"]));
    assert_eq!(place.files(), ["a", "b"]);
    let ran = run(&place, json!({"inline": ["exit 3"], "valid_exit_codes": [0, 3]}), &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
}

#[test]
fn values_do_not_stand_in_argument_lists() {
    let place = Place::new();
    let mut record = built(
        "web",
        &[],
        json!([[{
            "type": "shell-local", "environment_vars": ["TOKEN=hunter22"],
            // The shell is this script's parent: its arguments are what everybody can see.
            "inline": ["tr '\\0' ' ' < /proc/$PPID/cmdline > arguments", "echo \"$TOKEN\" | tee seen"],
        }]]),
    );
    record["variables"] = json!({"t": "hunter22"});
    record["sensitive"] = json!(["t"]);
    record["post_processors"][0][0]["execute_command"] = json!(["sh", "-c", "{{.Vars}} {{.Script}}; true"]);
    let ran = place.run(&[record]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.read("seen"), "hunter22\n");
    assert!(!place.read("arguments").contains("hunter22"), "{}", place.read("arguments"));
    assert!(!ran.stderr.contains("hunter22") && ran.stderr.contains("<sensitive>"), "{}", ran.stderr);
}

#[test]
fn execute_command_may_be_anything() {
    let place = Place::new();
    let step = json!({"inline": ["echo $1 >seen"], "execute_command": ["{{.Script}}", "{{.Command}}"]});
    let ran = run(&place, step, &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(place.read("seen").contains("kiln-shell-"), "{}", place.read("seen"));
    let ran = run(&place, json!({"inline": ["echo $A >seen"], "execute_command": ["A=b {{.Script}}"]}), &[]);
    assert_eq!((ran.status, place.read("seen").as_str()), (Some(0), "b\n"), "{}", ran.stderr);
    let ran = run(&place, json!({"inline": ["true"], "execute_command": ["/nonexistent", "x"]}), &[]);
    assert!(ran.stderr.contains("cannot start /nonexistent"), "{}", ran.stderr);
}

#[test]
fn scripts_are_files_beside_the_tools() {
    let place = Place::new();
    place.write("s.sh", "#!/bin/sh\necho \"from a file: $0\" >>seen\n");
    place.sh("chmod +x s.sh; cp s.sh t.sh");
    let ran = run(&place, json!({"scripts": ["s.sh", "t.sh"]}), &[]);
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert_eq!(place.read("seen").lines().count(), 2);
    let ran = run(&place, json!({"script": "nope.sh"}), &[]);
    assert!(ran.stderr.contains("bad script 'nope.sh'"), "{}", ran.stderr);
}

#[test]
fn only_on_skips_other_systems() {
    let place = Place::new();
    let ran = run(&place, json!({"inline": ["exit 1"], "only_on": ["windows"]}), &[]);
    assert_eq!(ran.status, Some(0));
    assert!(ran.stderr.contains("skipped: only_on is windows, and this is linux"), "{}", ran.stderr);
}
