//! The tool as the filter loop sees it.

use crate::flow;
use crate::steps::Run;
use record::report::Reporter;
use record::{Build, Record, Status, Tool, exit};
use std::sync::Arc;

/// Takes `built` records that have sequences, and makes of them what those say.
#[derive(Debug)]
pub struct Postprocess {
    run: Arc<Run>,
}

impl Postprocess {
    /// The tool; with `force` it replaces files that are there already.
    pub fn new(force: bool) -> Self {
        Self { run: Arc::new(Run::new(force)) }
    }
}

impl Tool for Postprocess {
    fn name(&self) -> &'static str {
        "postprocess"
    }

    /// As many as there are cores: each step takes all of them where it can, but scripts and small files wait for little.
    fn default_jobs(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    fn takes(&self, record: &Record) -> bool {
        // What cannot be read is taken too, to be reported.
        record.status() == Status::Built && !record.post_processors().is_ok_and(|all| all.is_empty())
    }

    async fn process(&self, record: Record, build: Build) -> Record {
        flow::run(record, build, self.run.clone()).await
    }

    async fn abandon(&self, _record: Record, _build: Build) {
        // A built record has no machine.
    }

    fn stopping(&self, builds: usize) -> String {
        match builds {
            1 => String::from("stopping 1 build; what its image is made of stays"),
            _ => format!("stopping {builds} builds; what their images are made of stays"),
        }
    }

    fn sweeper(&self, _record: &Record) -> Option<String> {
        None
    }

    fn passes(&self, record: &Record, reporter: &Reporter) -> u8 {
        let step = match record.status() {
            Status::Planned => "its builder (build-ec2, build-vmware, build-virtualbox) or provision",
            Status::Running => "provision",
            Status::Provisioned => "its builder (build-ec2, build-vmware, build-virtualbox)",
            Status::Built | Status::Failed => return exit::SUCCESS,
        };
        reporter.error(
            format!("{} is not finished: it is {}", record.build(), record.status()),
            Some(format!("its next step is {step}; put that before postprocess")),
        );
        exit::FAILED
    }
}
