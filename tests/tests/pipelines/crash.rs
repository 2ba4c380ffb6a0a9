//! Kills and interrupts at every step: nothing is left.

use kiln_tests::template::web;
use kiln_tests::{Running, Sandbox};
use rustix::process::Signal;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Mutex;

const TOOLS: [&str; 3] = ["build-ec2", "provision", "postprocess"];

/// The pipeline with the events of its tools in files.
fn start(sandbox: &Sandbox) -> Running {
    sandbox.write("web.json", &web());
    sandbox.spawn(
        "validate web.json | build-ec2 --events 9 9> build-ec2.events | provision --events 9 9> provision.events \
         | postprocess --events 9 9> postprocess.events",
    )
}

fn events(sandbox: &Sandbox, tool: &str) -> PathBuf {
    sandbox.path(&format!("{tool}.events"))
}

/// The beginning of a step.
#[derive(Debug, PartialEq)]
struct Moment {
    /// In whose events it stands.
    file: &'static str,
    /// Whose step it is: a builder that `provision` has started writes among its events.
    tool: String,
    /// The text by which it is known there.
    mark: String,
}

/// Every step of a clean run.
fn moments() -> Vec<Moment> {
    let sandbox = Sandbox::new();
    let run = start(&sandbox).wait().exits(0);
    let mut moments = Vec::new();
    for file in TOOLS {
        let content = std::fs::read_to_string(events(&sandbox, file)).expect("each tool writes its events");
        for line in content.lines() {
            let event: Value = serde_json::from_str(line).expect("an event is JSON");
            if event["event"] == "step_begin" || event["event"] == "build_begin" {
                let tool = event["tool"].as_str().unwrap_or_default().to_owned();
                let mark = match event["step"].as_str() {
                    Some(step) => format!(r#""event":"step_begin","step":{}"#, Value::from(step)),
                    None if tool != file => continue,
                    None => r#""event":"build_begin""#.to_owned(),
                };
                moments.push(Moment { file, tool, mark });
            }
        }
    }
    for (file, tool) in [("build-ec2", "build-ec2"), ("provision", "provision"), ("provision", "build-ec2")] {
        let steps = moments.iter().filter(|moment| moment.file == file && moment.tool == tool).count();
        assert!(steps > 2, "{steps} steps of {tool} among {file}'s events: {moments:?}\n{run}");
    }
    moments
}

/// Runs `check` for every moment, some side by side, each in a sandbox of its own; all failures are told together.
fn at_every_moment(check: impl Fn(&Sandbox, Running, &str) + Sync) {
    let moments = Mutex::new(moments());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(Moment { file, tool, mark }) =
                    { moments.lock().expect("no panic holds it").pop() }
                {
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        let sandbox = Sandbox::new();
                        let mut running = start(&sandbox);
                        running.until_file_holds(&events(&sandbox, file), &mark);
                        check(&sandbox, running, &tool);
                    }));
                    if let Err(panic) = outcome {
                        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        failed.lock().expect("no panic holds it").push(format!("at {tool} {mark}: {text}"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("no panic holds it");
    assert!(failed.is_empty(), "{} moments: {}", failed.len(), failed.join("\n\n"));
}

#[test]
fn an_interrupt_at_any_step_leaves_nothing() {
    at_every_moment(|sandbox, running, _| {
        running.signal(Signal::INT);
        let run = running.wait();
        let left = sandbox.aws.leftovers();
        assert!(left.is_empty(), "left on AWS: {left:#?}\n{run}");
        // An image may only be there when its record says so.
        let told = run.stdout.contains(r#""status":"built""#);
        assert!(told || sandbox.aws.images().is_empty(), "{:?}\n{run}", sandbox.aws.images());
    });
}

#[test]
fn a_tool_that_is_killed_at_any_step_leaves_nothing_to_a_sweep() {
    at_every_moment(|sandbox, running, tool| {
        running.signal_tool(tool, Signal::KILL);
        let run = running.wait();
        sandbox.until_idle();
        let swept = sandbox.bash("build-ec2 sweep");
        assert!(swept.status.success(), "{swept}\n{run}");
        let left = sandbox.aws.leftovers();
        assert!(left.is_empty(), "left on AWS: {left:#?}\n{run}\nsweep: {swept}");
        let told = run.stdout.contains(r#""status":"built""#);
        assert!(told || sandbox.aws.images().is_empty(), "{:?}\n{run}\nsweep: {swept}", sandbox.aws.images());
    });
}

#[test]
fn a_whole_pipeline_that_is_killed_leaves_nothing_to_a_sweep() {
    at_every_moment(|sandbox, running, _| {
        running.signal(Signal::KILL);
        let run = running.wait();
        sandbox.until_idle();
        let swept = sandbox.bash("build-ec2 sweep");
        assert!(swept.status.success(), "{swept}\n{run}");
        let left = sandbox.aws.leftovers();
        assert!(left.is_empty(), "left on AWS: {left:#?}\n{run}\nsweep: {swept}");
    });
}
