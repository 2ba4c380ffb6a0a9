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

/// Every step of a clean run, as (tool, the text by which its beginning is known in the events).
fn moments() -> Vec<(&'static str, String)> {
    let sandbox = Sandbox::new();
    let run = start(&sandbox).wait().exits(0);
    let mut moments = Vec::new();
    for tool in TOOLS {
        let content = std::fs::read_to_string(events(&sandbox, tool)).expect("each tool writes its events");
        for line in content.lines() {
            let event: Value = serde_json::from_str(line).expect("an event is JSON");
            if event["event"] == "step_begin" || event["event"] == "build_begin" {
                let mark = match event["step"].as_str() {
                    Some(step) => format!(r#""event":"step_begin","step":{}"#, Value::from(step)),
                    None => r#""event":"build_begin""#.to_owned(),
                };
                moments.push((tool, mark));
            }
        }
    }
    assert!(moments.len() > 6, "{moments:?}\n{run}");
    moments.dedup();
    moments
}

/// Runs `check` for every moment, some side by side, each in a sandbox of its own; all failures are told together.
fn at_every_moment(check: impl Fn(&Sandbox, Running, &'static str) + Sync) {
    let moments = Mutex::new(moments());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((tool, mark)) = { moments.lock().expect("no panic holds it").pop() } {
                    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        let sandbox = Sandbox::new();
                        let mut running = start(&sandbox);
                        running.until_file_holds(&events(&sandbox, tool), &mark);
                        check(&sandbox, running, tool);
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
