//! What follows a failure, `--hold`, `--resume`, interruptions.

use crate::support::{Place, Ran, finish, start, until};
use serde_json::{Value, json};
use std::fs;

/// Two steps, of which the second works only when the file `fixed` exists; a step for the clean-up.
fn failing(place: &Place) -> Value {
    let fixed = place.text("fixed");
    let mut record = place.record(json!([
        {"type": "shell", "inline": ["echo first"]},
        {"type": "shell", "inline": [format!("echo second; test -e {fixed}")]}
    ]));
    record["error_cleanup_provisioner"] =
        json!({"type": "shell", "inline": ["echo cleaning"], "remote_folder": place.text("guest")});
    record
}

fn held(place: &Place, record: &Value) -> bool {
    place.path("state/kiln").join(record["id"].as_str().unwrap()).join("held").exists()
}

#[test]
fn each_policy_does_what_it_says() {
    let place = Place::new();
    for (arguments, cleans, keeps) in [
        (&[][..], true, false),
        (&["-on-error=cleanup"], true, false),
        (&["--on-error=abort"], false, true),
        (&["--on-error", "run-cleanup-provisioner"], true, true),
        (&["--on-error=ask"], true, false),
        (&["--hold"], false, true),
    ] {
        let _ = fs::remove_file(place.path("fake.log"));
        let record = failing(&place);
        let ran = place.run(arguments, &record);
        assert_eq!(ran.failed(), "the inline script ended with status 1; valid_exit_codes is [0]");
        assert_eq!(ran.said().contains(&"cleaning"), cleans, "{arguments:?}\n{}", ran.stderr);
        let after = ran.record();
        assert_eq!(after["machine"].is_object(), keeps, "{arguments:?}");
        assert_eq!(held(&place, &record), keeps, "{arguments:?}");
        assert_eq!(
            (after["done"].clone(), after["error"]["step"].clone()),
            (json!(1), json!("shell (2 of 2)"))
        );
        let saw: Vec<Value> = place.builder_saw().iter().map(|record| record["status"].clone()).collect();
        assert_eq!(saw, if keeps { vec![] } else { vec![json!("failed")] }, "{arguments:?}");
    }
}

#[test]
fn a_failing_clean_up_is_told_as_well() {
    let place = Place::new();
    let mut record = failing(&place);
    record["error_cleanup_provisioner"]["inline"] = json!(["exit 9"]);
    assert_eq!(
        place.run(&[], &record).failed(),
        "the inline script ended with status 1; valid_exit_codes is [0]; the error-cleanup-provisioner failed as well: \
         the inline script ended with status 9; valid_exit_codes is [0]"
    );
}

#[test]
fn a_held_build_goes_on_from_the_failed_step() {
    let place = Place::new();
    let ran = place.run(&["--hold"], &failing(&place));
    ran.failed();
    let record = ran.record();
    let passed = place.run(&[], &record);
    assert_eq!((passed.status, passed.record()), (Some(1), record.clone()));
    place.write("fixed", "");
    let ran = place.run(&["--resume"], &record);
    let after = ran.well();
    assert!(!ran.stderr.contains("first") && ran.said().contains(&"second"), "{}", ran.stderr);
    assert_eq!((after["status"].clone(), after["error"].clone()), (json!("built"), Value::Null));
    assert_eq!(place.builder_saw().len(), 1);
}

#[test]
fn a_build_held_at_its_end_is_captured_on_resume() {
    let place = Place::new();
    place.write("fixed", "");
    let ran = place.run(&["--hold"], &failing(&place));
    let record = ran.well();
    assert_eq!(record["status"], "provisioned");
    assert!(held(&place, &record) && place.builder_saw().is_empty());
    assert_eq!(place.run(&["--resume"], &record).well()["status"], "built");
}

/// Interrupts a script while it runs. Gives what the tool did then, and the script's process.
fn interrupted(place: &Place, arguments: &[&str]) -> (Ran, String) {
    let (pid, step) = (place.text("pid"), "echo $$ > PID; echo begun; sleep 1000");
    let mut record = place.record(json!([{"type": "shell", "inline": [step.replace("PID", &pid)]}]));
    record["error_cleanup_provisioner"] =
        json!({"type": "shell", "inline": ["echo cleaning"], "remote_folder": place.text("guest")});
    let child = start(&mut place.command(arguments), &record);
    until("the script runs", || fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')));
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ran = finish(child);
    assert_eq!(ran.status, None, "{}", ran.stderr);
    let script = fs::read_to_string(&pid).unwrap();
    fs::remove_file(pid).unwrap();
    (ran, script.trim().to_owned())
}

#[test]
fn an_interruption_stops_the_script_and_destroys_the_machine() {
    let place = Place::new();
    let (ran, script) = interrupted(&place, &[]);
    let said =
        "provision: interrupted (SIGINT): stopping 1 build and destroying its machine (again: leave at once)";
    assert!(ran.stderr.lines().any(|line| line == said), "{}", ran.stderr);
    let after = ran.record();
    assert_eq!(
        (after["status"].as_str(), after["error"]["interrupted"].as_bool()),
        (Some("failed"), Some(true))
    );
    assert!(after["machine"].is_null(), "{after}");
    assert!(ran.said().contains(&"cleaning"), "{}", ran.stderr);
    assert_eq!(place.builder_saw()[0]["status"], "failed");
    assert_eq!(place.left_behind(), Vec::<String>::new());
    until("the script is gone", || fs::metadata(format!("/proc/{script}")).is_err());
}

/// Whoever asks that a failed build's machine stays gets it also when the failure is an interruption.
#[test]
fn an_interruption_keeps_the_machine_where_that_is_asked() {
    let place = Place::new();
    for (arguments, cleans) in [
        (&["--hold"], false),
        (&["--on-error=abort"], false),
        (&["--on-error=run-cleanup-provisioner"], true),
    ] {
        let (ran, script) = interrupted(&place, arguments);
        let said =
            "provision: interrupted (SIGINT): stopping 1 build; its machine stays (again: leave at once)";
        assert!(ran.stderr.lines().any(|line| line == said), "{}", ran.stderr);
        assert_eq!(ran.said().contains(&"cleaning"), cleans, "{arguments:?}\n{}", ran.stderr);
        let after = ran.record();
        assert_eq!((&after["status"], &after["error"]["interrupted"]), (&json!("failed"), &json!(true)));
        assert!(after["machine"].is_object() && held(&place, &after), "{arguments:?}\n{after}");
        assert_eq!(place.builder_saw(), Vec::<Value>::new());
        until("the script is gone", || fs::metadata(format!("/proc/{script}")).is_err());
    }
}

#[test]
fn a_builder_that_is_missing_or_fails_is_named() {
    let place = Place::new();
    let mut record = place.record(json!([{"type": "sleep", "duration": "1ms"}]));
    record["type"] = json!("nowhere-x");
    let ran = place.run(&[], &record);
    assert!(ran.failed().starts_with("cannot start build-nowhere: "), "{}", ran.failed());
    assert!(ran.record()["machine"].is_object());
    place.write("bin/build-fake", "#!/bin/sh\nexit 7\n");
    let ran = place.run(&[], &place.record(json!([])));
    assert_eq!(ran.failed(), "build-fake gave no answer (exit status: 7)");
}

#[test]
fn steps_that_need_no_machine_take_none() {
    let place = Place::new();
    let mut record = place.record(json!([
        {"type": "shell-local", "inline": ["echo local $PACKER_BUILD_NAME"]},
        {"type": "breakpoint", "note": "look"},
        {"type": "sleep", "duration": "1ms"}
    ]));
    record["machine"]["communicator"] = json!("none");
    let ran = place.run(&[], &record);
    ran.well();
    for line in
        ["local web", "breakpoint: look", "there is no terminal to wait on at this breakpoint: going on"]
    {
        assert!(ran.said().contains(&line), "{}", ran.stderr);
    }
    record["provisioners"] = json!([{"type": "shell", "inline": ["true"]}]);
    let failed = place.run(&[], &record).failed();
    assert_eq!(failed, "the step 'shell' needs a connection, and the machine has none");
    record["provisioners"] = json!([{"type": "ansible"}]);
    assert_eq!(place.run(&[], &record).failed(), "the provisioner 'ansible' is not in this version");
}

/// `script` gives the tool a terminal of its own, on which the question is answered.
#[test]
fn a_question_on_the_terminal_is_answered() {
    let place = Place::new();
    let count = place.text("count");
    let line = format!("echo x >> {count}; test $(wc -l < {count}) = 2");
    let record = place.write("in", place.record(json!([{"type": "shell", "inline": [line]}])).to_string());
    let tool = env!("CARGO_BIN_EXE_provision");
    let command = format!("{tool} -on-error=ask < {record} > {} 2> {}", place.text("out"), place.text("err"));
    let mut script = std::process::Command::new("script");
    script.args(["-qec", &command, "/dev/null"]).env("XDG_STATE_HOME", place.path("state"));
    let path = format!("{}:/usr/bin:/bin", place.text("bin"));
    script.env("PATH", path).env("FAKE_LOG", place.path("fake.log"));
    script.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = script.spawn().unwrap();
    let mut answer = child.stdin.take().unwrap();
    until("the step has failed", || fs::read_to_string(&count).is_ok());
    std::io::Write::write_all(&mut answer, b"r\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let (asked, said) =
        (String::from_utf8_lossy(&output.stdout), fs::read_to_string(place.path("err")).unwrap());
    assert!(asked.contains("[r] try the step again"), "{asked}\n{said}");
    assert!(said.contains("trying the step again"), "{said}");
    let out = fs::read_to_string(place.path("out")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["status"], "built");
}
