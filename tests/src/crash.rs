//! `kill -9` of a tool at the beginning of each of its steps, as its events tell them.

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

/// How often a run is tried again that was over before it could be killed.
const TRIES: usize = 20;

/// A run of a tool.
#[derive(Debug)]
pub struct Run<P> {
    /// Where it runs.
    pub place: P,
    /// The process, which has just been started.
    pub child: Child,
    /// The file in which its events stand.
    pub events: PathBuf,
}

impl<P> Run<P> {
    /// What it has said, for the failure of a test: out of its pipe, else of the file `stderr` beside its events.
    fn said(&mut self) -> String {
        let mut said = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            let _ = pipe.read_to_string(&mut said);
            return said;
        }
        fs::read_to_string(self.events.with_file_name("stderr")).unwrap_or_default()
    }
}

/// Every step of a clean run, in their order, once each.
///
/// # Panics
/// When the run fails, or has few steps.
pub fn steps<P>(mut run: Run<P>) -> Vec<String> {
    let status = run.child.wait().expect("a child can be waited for");
    assert!(status.success(), "{}", run.said());
    let text = fs::read_to_string(&run.events).expect("a tool writes its events");
    let mut steps: Vec<String> = Vec::new();
    for line in text.lines() {
        let event: Value = serde_json::from_str(line).expect("an event is JSON");
        if event["event"] == "step_begin"
            && let Some(step) = event["step"].as_str()
            && !steps.iter().any(|known| known == step)
        {
            steps.push(step.to_owned());
        }
    }
    assert!(steps.len() > 7, "{steps:?}: {}", run.said());
    steps
}

/// Whether a step has begun.
pub fn has_begun(events: &Path, step: &str) -> bool {
    let mark = format!(r#""event":"step_begin","step":{}"#, Value::from(step));
    fs::read_to_string(events).is_ok_and(|events| events.contains(&mark))
}

/// Starts a run and kills it as soon as a step of it has begun; the run is given once it is dead. On a busy computer the last
/// steps of a run may be over before: then it is started again.
///
/// # Panics
/// When a run ends without having begun the step, or is over before it can be killed, again and again.
pub fn killed_at<P>(step: &str, mut start: impl FnMut() -> Run<P>) -> Run<P> {
    for _ in 0..TRIES {
        let mut run = start();
        let ended = loop {
            if has_begun(&run.events, step) {
                break false;
            }
            if run.child.try_wait().expect("a child can be waited for").is_some() {
                break true;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        let reached = !ended || has_begun(&run.events, step);
        assert!(reached, "the run has not come to '{step}': {}", run.said());
        let _ = run.child.kill();
        let status = run.child.wait().expect("a child can be waited for");
        if status.code().is_none() {
            return run;
        }
    }
    panic!("the run was over before it could be killed at '{step}', {TRIES} times");
}
