//! Steps: what a build does now, and what the record says of it afterwards.

use super::{Build, lock};
use crate::document::StepTaken;
use crate::event::Event;
use crate::record_line::Record;
use crate::report::now;
use std::time::Instant;

impl Build {
    /// Begins a step. It ends when the guard is dropped; call [`StepGuard::done`] where it went well.
    pub fn step(&self, name: impl Into<String>) -> StepGuard {
        let name = name.into();
        lock(&self.shared.running).push(name.clone());
        self.event(Event::StepBegin { step: name.clone() });
        StepGuard {
            build: self.clone(),
            name,
            begun: Instant::now(),
            start: now(),
            waited_for: None,
            failed: true,
        }
    }

    /// Begins a step that is said at once, since what follows is said by another process.
    pub fn announced_step(&self, name: impl Into<String>) -> StepGuard {
        let name = name.into();
        let step = self.step(&name);
        self.say(name);
        step
    }

    /// The step that runs now, or nothing.
    pub fn step_name(&self) -> String {
        lock(&self.shared.running).last().cloned().unwrap_or_default()
    }

    /// Puts the steps taken since the last call into the record. The filter loop does so at the end; a tool does
    /// before it hands the record to another tool, so that the steps stand in the order in which they were taken.
    pub fn note_steps(&self, record: &mut Record) {
        record.add_steps(&std::mem::take(&mut *lock(&self.shared.steps)));
    }

    /// The step that failed last, or the one that runs.
    pub(super) fn failed_step(&self) -> String {
        let running = self.step_name();
        if !running.is_empty() {
            return running;
        }
        let steps = lock(&self.shared.steps);
        steps.iter().rev().find(|step| step.failed).map(|step| step.name.clone()).unwrap_or_default()
    }
}

/// A step that runs.
#[derive(Debug)]
pub struct StepGuard {
    build: Build,
    name: String,
    begun: Instant,
    start: String,
    waited_for: Option<String>,
    failed: bool,
}

impl StepGuard {
    /// Notes what the step waits for.
    #[must_use]
    pub fn waiting_for(mut self, what: impl Into<String>) -> Self {
        self.waited_for = Some(what.into());
        self
    }

    /// Ends the step well.
    pub fn done(mut self) {
        self.failed = false;
    }
}

impl Drop for StepGuard {
    fn drop(&mut self) {
        let seconds = self.begun.elapsed().as_millis() as f64 / 1000.0;
        let name = std::mem::take(&mut self.name);
        let mut running = lock(&self.build.shared.running);
        if let Some(position) = running.iter().rposition(|step| *step == name) {
            running.remove(position);
        }
        drop(running);
        self.build.event(Event::StepEnd { step: name.clone(), seconds, failed: self.failed });
        lock(&self.build.shared.steps).push(StepTaken {
            tool: self.build.shared.reporter.tool().to_owned(),
            name,
            start: std::mem::take(&mut self.start),
            seconds,
            waited_for: self.waited_for.take(),
            failed: self.failed,
        });
    }
}
