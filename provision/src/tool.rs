//! Which records this tool takes, and their way through it.

use crate::policy::OnError;
use crate::{file_builder, handover, null, run};
use record::{Build, Failure, FailureKind, Record, Status, Tool};
use std::time::Duration;
use template::options::gaps;
use template::steps::tool_of;

/// How long the builder may take to destroy a machine after an interruption.
const CLEANUP: Duration = Duration::from_secs(110);

/// What the command line says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What to do when a step fails.
    pub on_error: OnError,
    /// Keep machines running.
    pub hold: bool,
    /// Go on with held records.
    pub resume: bool,
    /// Replace existing files.
    pub force: bool,
}

/// The tool.
#[derive(Debug)]
pub struct Provision {
    options: Options,
}

impl Provision {
    /// The tool, as the command line wants it.
    pub fn new(options: Options) -> Self {
        Self { options }
    }
}

impl Tool for Provision {
    fn name(&self) -> &'static str {
        "provision"
    }

    fn takes(&self, record: &Record) -> bool {
        match record.status() {
            Status::Running => true,
            Status::Planned => matches!(record.kind(), "null" | "file"),
            Status::Provisioned | Status::Failed => self.options.resume && record.has_machine(),
            Status::Built => false,
        }
    }

    async fn process(&self, mut record: Record, build: Build) -> Record {
        if gaps::refused(&mut record, &build) {
            return record;
        }
        if record.kind() == "file" {
            if let Err(failure) = file_builder::make(&mut record, self.options.force, &build) {
                build.fail(&mut record, &failure);
            }
            return record;
        }
        if record.status() == Status::Planned
            && let Err(failure) = null::start(&mut record)
        {
            build.fail(&mut record, &failure);
            return record;
        }
        match run::run(&mut record, &self.options, &build).await {
            Ok(()) => self.succeed(record, &build).await,
            Err(run::Broken { failure, keep }) => {
                build.fail(&mut record, &failure);
                self.give_up(record, keep, &build).await
            }
        }
    }

    fn stopping(&self, builds: usize) -> String {
        match (builds, self.keeps()) {
            (1, false) => String::from("stopping 1 build and destroying its machine"),
            (_, false) => format!("stopping {builds} builds and destroying their machines"),
            (1, true) => String::from("stopping 1 build; its machine stays"),
            (_, true) => format!("stopping {builds} builds; their machines stay"),
        }
    }

    fn sweeper(&self, record: &Record) -> Option<String> {
        Some(tool_of(record.kind())).filter(|_| !matches!(record.kind(), "null" | "file"))
    }

    async fn abandon(&self, mut record: Record, build: Build) {
        if record.kind() == "null" || self.options.hold {
            return;
        }
        let failure = Failure { kind: FailureKind::Interrupted, ..Failure::new("nobody read the record") };
        build.fail(&mut record, &failure);
        handover::to_builder(record, &build.for_cleanup(CLEANUP)).await;
    }
}

impl Provision {
    /// Whether a build that is stopped keeps its machine.
    fn keeps(&self) -> bool {
        self.options.hold || matches!(self.options.on_error, OnError::Abort | OnError::RunCleanupProvisioner)
    }

    async fn succeed(&self, mut record: Record, build: &Build) -> Record {
        record.set_status(Status::Provisioned);
        if self.options.hold {
            let _ = build.folder().set_held(true);
            build.say("provisioned; the machine is kept: 'provision --resume' goes on from here");
            return record;
        }
        if record.kind() == "null" {
            null::finish(&mut record);
            return record;
        }
        let _ = build.folder().save(&record);
        handover::to_builder(record, build).await
    }

    /// Hands the machine of a failed build to its builder to be destroyed, unless it is to stay.
    async fn give_up(&self, mut record: Record, keep: bool, build: &Build) -> Record {
        if !record.has_machine() {
            return record;
        }
        if keep {
            let _ = build.folder().set_held(true);
            build.say(
                "the machine is kept: 'provision --resume' goes on from the failed step, the builder's tool destroys it",
            );
            return record;
        }
        if record.kind() == "null" {
            record.set_machine(None);
            return record;
        }
        let _ = build.folder().save(&record);
        let build = if build.is_cancelled() { build.for_cleanup(CLEANUP) } else { build.clone() };
        handover::to_builder(record, &build).await
    }
}
