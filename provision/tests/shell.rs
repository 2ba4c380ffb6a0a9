//! The step `shell`.

use crate::support::{Place, finish, start, until};
use serde_json::{Value, json};
use std::fs;

fn inline(place: &Place, lines: &[&str], more: Value) -> crate::support::Ran {
    let mut step = json!({"type": "shell", "inline": lines});
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    place.steps(json!([step]))
}

#[test]
fn runs_and_hands_over() {
    let place = Place::new();
    let ran = inline(
        &place,
        &["echo out", "echo err >&2", "echo \"$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE\""],
        json!({}),
    );
    let record = ran.well();
    assert_eq!(record["status"], "built");
    assert_eq!(record["done"], 1);
    let saw = place.builder_saw();
    assert_eq!((saw.len(), saw[0]["status"].as_str()), (1, Some("provisioned")));
    assert_eq!(saw[0]["machine"]["host_key"], place.sshd.fingerprint());
    for line in ["running the inline script", "out", "err", "web fake-x"] {
        assert!(ran.said().contains(&line), "{line}\n{}", ran.stderr);
    }
    assert_eq!(place.left_behind(), Vec::<String>::new());
    let names: Vec<&str> =
        record["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["connect", "shell (1 of 1)", "hand over to build-fake"]);
}

#[test]
fn variables_hold_anything() {
    let place = Place::new();
    let awkward = "it's \"q\" $HOME `id` \\ ä";
    let script = place.write("show.sh", "#!/bin/sh\nprintf '[%s] [%s] [%s]\\n' \"$A\" \"$B\" \"$C\"\n");
    let ran = place.steps(json!([
        {"type": "shell", "script": script, "environment_vars": [format!("A={awkward}"), "B=x=y", "C=old"],
         "env": {"C": "new"}},
        {"type": "shell", "script": script, "environment_vars": [format!("A={awkward}"), "B=x=y"], "env": {"C": "file"},
         "use_env_var_file": true, "env_var_format": "export %s='%s'\n",
         "execute_command": "stat -c mode=%a {{.EnvVarFile}}; chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"},
        {"type": "shell", "inline": ["echo \"vars $X\""], "env": {"X": "1"}, "env_var_format": "env %s='%s' "}
    ]));
    ran.well();
    for line in [
        format!("[{awkward}] [x=y] [new]"),
        format!("[{awkward}] [x=y] [file]"),
        "mode=600".into(),
        "vars 1".into(),
    ] {
        assert!(ran.said().contains(&line.as_str()), "{line}\n{}", ran.stderr);
    }
    assert_eq!(place.left_behind(), Vec::<String>::new());
}

#[test]
fn exit_codes_decide() {
    let place = Place::new();
    inline(&place, &["exit 3"], json!({"valid_exit_codes": [0, 3]})).well();
    let ran = inline(&place, &["echo before", "exit 4"], json!({"valid_exit_codes": [0, 3]}));
    assert_eq!(ran.failed(), "the inline script ended with status 4; valid_exit_codes is [0, 3]");
    let error = &ran.record()["error"];
    assert_eq!((error["step"].as_str(), error["tool"].as_str()), (Some("shell (1 of 1)"), Some("provision")));
    assert_eq!(error["output"], json!(["before"]));
    let ran =
        inline(&place, &["kill -9 $$"], json!({"execute_command": "chmod +x {{.Path}}; exec {{.Path}}"}));
    assert_eq!(ran.failed(), "the inline script was killed by SIGKILL");
    let ran = inline(&place, &["no-such-command"], json!({}));
    assert_eq!(ran.failed(), "the inline script ended with status 127; valid_exit_codes is [0]");
    assert_eq!(place.left_behind(), Vec::<String>::new());
    let statuses: Vec<Value> = place.builder_saw().iter().map(|record| record["status"].clone()).collect();
    assert_eq!(statuses, ["provisioned", "failed", "failed", "failed"]);
}

#[test]
fn scripts_run_in_order_from_files() {
    let place = Place::new();
    let scripts = [
        place.write("one.sh", "#!/bin/sh\r\necho one $0\r\n"),
        place.write("two.sh", "#!/bin/sh\necho two >> \"$OUT\"\necho three"),
    ];
    let out = place.text("out");
    let ran = place.steps(json!([
        {"type": "shell", "scripts": scripts, "env": {"OUT": out}, "remote_folder": place.text("guest"), "remote_file": "fixed.sh"},
        {"type": "shell", "script": scripts[0], "skip_clean": true, "remote_path": place.text("guest/kept")},
        {"type": "shell", "script": scripts[0], "binary": true, "skip_clean": true, "remote_path": place.text("guest/raw"),
         "execute_command": "wc -c < {{.Path}}"}
    ]));
    ran.well();
    assert!(ran.said().contains(&format!("one {}", place.text("guest/fixed.sh")).as_str()), "{}", ran.stderr);
    assert!(ran.said().contains(&"three"));
    assert_eq!(fs::read_to_string(out).unwrap(), "two\n");
    assert_eq!(place.left_behind(), ["kept", "raw"]);
    assert_eq!(fs::read(place.path("guest/kept")).unwrap(), b"#!/bin/sh\necho one $0\n");
    assert_eq!(fs::read(place.path("guest/raw")).unwrap(), fs::read(&scripts[0]).unwrap());
}

#[test]
fn the_first_line_says_who_runs_it() {
    let place = Place::new();
    let ran = place.steps(json!([
        {"type": "shell", "inline": ["false", "echo unreachable"], "inline_shebang": "/bin/sh -e", "valid_exit_codes": [1]},
        {"type": "shell", "inline": ["false", "echo went on"], "inline_shebang": "/bin/sh"},
        {"type": "shell", "inline": ["#!/bin/cat", "printed by cat"], "execute_command": "chmod +x {{.Path}}; {{.Path}}"}
    ]));
    ran.well();
    assert!(!ran.stderr.contains("unreachable"));
    assert!(ran.said().contains(&"went on"));
    assert!(ran.said().contains(&"printed by cat"));
}

#[test]
fn long_and_odd_output_passes_and_secrets_do_not() {
    let place = Place::new();
    let script = place.write(
        "out.sh",
        "#!/bin/sh\nhead -c 1048576 /dev/zero | tr '\\0' x; echo\nprintf 'split '; printf 'hun'; sleep 0.2; echo 'ter2 end'\n\
         printf 'bar 1\\rbar 2\\n'\nprintf '\\377\\001\\n'\ncat\necho last\n",
    );
    let mut record = place.record(json!([{"type": "shell", "script": script}]));
    record["variables"] = json!({"password": "hunter2"});
    record["sensitive"] = json!(["password"]);
    let ran = place.run(&[], &record);
    ran.well();
    assert!(!ran.stderr.contains("hunter2"));
    assert_eq!(ran.stderr.matches('x').count() / 1000, 1_048_576 / 1000);
    for line in ["split <sensitive> end", "bar 2", "last"] {
        assert!(ran.said().contains(&line), "{line}");
    }
}

#[test]
fn a_time_limit_ends_the_processes_in_the_machine() {
    let place = Place::new();
    let pid = place.text("pid");
    for pty in [false, true] {
        let mut record = place.record(json!([
            {"type": "shell", "inline": [format!("echo $$ > {pid}"), "echo begun", "sleep 1000 & sleep 1001"], "timeout": "4s"}
        ]));
        record["builder"]["ssh_pty"] = json!(pty);
        let ran = place.run(&[], &record);
        assert_eq!(ran.failed(), "the step took longer than its timeout of 4s and was stopped");
        assert_eq!(ran.record()["error"]["output"], json!(["begun"]));
        let pid = fs::read_to_string(&pid).unwrap();
        until("the script is gone", || fs::metadata(format!("/proc/{}", pid.trim())).is_err());
        assert_eq!(place.left_behind(), Vec::<String>::new());
    }
}

#[test]
fn retries_tell_of_the_last_failure() {
    let place = Place::new();
    let count = place.text("count");
    let script = format!("echo x >> {count}; exit $(wc -l < {count})");
    let ran = inline(&place, &[&script], json!({"max_retries": 2}));
    assert_eq!(
        ran.failed(),
        "the inline script ended with status 3; valid_exit_codes is [0] (attempt 3 of 3)"
    );
    let warning = "warning: the inline script ended with status 1; valid_exit_codes is [0]; 2 more tries";
    assert!(ran.said().contains(&warning), "{}", ran.stderr);
    fs::remove_file(&count).unwrap();
    let ran = inline(
        &place,
        &[&script],
        json!({"max_retries": 2, "valid_exit_codes": [2], "pause_before": "10ms", "timeout": "20s"}),
    );
    ran.well();
}

/// Ends the connection as a restart does: kills the server's process of this session.
const DISCONNECT: &str =
    "p=$$; until grep -q ^sshd /proc/$p/comm; do p=$(cut -d' ' -f4 /proc/$p/stat); done; kill -9 $p; sleep 5";

#[test]
fn an_expected_disconnect_is_survived() {
    let place = Place::new();
    let ran = place.steps(json!([
        {"type": "shell", "inline": [DISCONNECT], "expect_disconnect": true},
        {"type": "shell", "inline": ["echo back"]},
        {"type": "shell", "inline": [DISCONNECT], "valid_exit_codes": [0, 2_300_218]}
    ]));
    ran.well();
    assert!(ran.said().contains(&"back"));
    assert_eq!(place.left_behind(), Vec::<String>::new());
    let ran = inline(&place, &["echo before", DISCONNECT], json!({}));
    assert!(ran.failed().starts_with("the inline script ended the connection: "), "{}", ran.failed());
    assert!(ran.record()["error"]["hint"].as_str().unwrap().contains("expect_disconnect"));
}

#[test]
fn a_restart_is_waited_for() {
    let mut place = Place::new();
    let marker = place.path("going-down");
    let down = format!("touch {}; {DISCONNECT}", marker.display());
    let record = place.record(json!([
        {"type": "shell", "inline": [down], "expect_disconnect": true},
        {"type": "shell", "inline": ["echo back"]}
    ]));
    let mut command = place.command(&[]);
    place.sshd.stop();
    place.sshd.restart();
    let child = start(&mut command, &record);
    until("the machine goes down", || marker.exists());
    place.sshd.stop();
    place.sshd.restart();
    let ran = finish(child);
    ran.well();
    assert!(ran.said().contains(&"back"), "{}", ran.stderr);
}

#[test]
fn late_templates_see_the_machine() {
    let place = Place::new();
    let ran = place.steps(json!([
        {"type": "shell", "inline": ["echo {{build `SourceAMI`}} {{build `User`}}", "echo '{{.Kept}}'"], "env": {"A": "{{build `ID`}}"},
         "execute_command": "chmod +x {{.Path}}; {{.Vars}} {{.Path}}; echo on {{build `Host`}} $?"}
    ]));
    ran.well();
    for line in ["ami-1 root", "{{.Kept}}", "on 127.0.0.1 0"] {
        assert!(ran.said().contains(&line), "{}", ran.stderr);
    }
}
