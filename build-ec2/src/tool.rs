//! The way of a record through this tool.

use crate::clients::Pool;
use crate::context::Context;
use crate::{authorization, capture, destroy, start};
use record::{Build, Failure, FailureKind, Record, Status, Tool};
use std::time::Duration;
use template::options::gaps;

/// The builder types that this version serves.
pub const TYPES: &[&str] = &["amazon-ebs"];

/// The other types of the family, which this version only refuses: nobody else would.
const OTHERS: [&str; 4] = ["amazon-chroot", "amazon-ebssurrogate", "amazon-ebsvolume", "amazon-instance"];

/// How long clean-up may take: a machine takes minutes to vanish, and AWS may throttle.
const CLEANUP: Duration = Duration::from_secs(900);

/// `build-ec2` as a filter.
#[derive(Debug, Default)]
pub struct Ec2 {
    pool: Pool,
}

impl Tool for Ec2 {
    fn name(&self) -> &'static str {
        "build-ec2"
    }

    fn takes(&self, record: &Record) -> bool {
        if OTHERS.contains(&record.kind()) {
            return record.status() == Status::Planned;
        }
        TYPES.contains(&record.kind()) && record.is_at_builder()
    }

    async fn process(&self, mut record: Record, build: Build) -> Record {
        if gaps::refused(&mut record, &build) {
            return record;
        }
        let context = match Context::open(&record, &build, &self.pool).await {
            Ok(context) => context,
            Err(failure) => {
                build.refuse(&mut record, &failure);
                return record;
            }
        };
        if record.status() == Status::Failed {
            clean_up(&context, &mut record).await;
            return record;
        }
        // On the heap: what it holds over all its steps is large.
        if let Err(failure) = Box::pin(go_on(&context, &mut record)).await {
            let failure = authorization::decode(&context, failure).await;
            build.fail(&mut record, &failure);
            if failure.kind == FailureKind::Interrupted {
                build.say("interrupted: removing what was created");
            }
            clean_up(&context, &mut record).await;
        }
        record
    }

    async fn abandon(&self, mut record: Record, build: Build) {
        match Context::open(&record, &build, &self.pool).await {
            Ok(context) => clean_up(&context, &mut record).await,
            Err(failure) => build.error(failure.message, failure.hint),
        }
    }
}

/// Moves a record on as far as this tool can.
async fn go_on(context: &Context, record: &mut Record) -> Result<(), Failure> {
    if record.status() == Status::Planned {
        context.build.folder().save(record)?;
        let machine = Box::pin(start::start(context)).await?;
        record.set_machine(Some(&machine));
        record.set_status(Status::Running);
        context.build.folder().save(record)?;
        if !record.provisioners()?.is_empty() {
            return Ok(());
        }
    }
    let machine = record.machine()?.ok_or_else(|| {
        Failure::new("this record has no machine to capture").hint("pass records on as the tools print them")
    })?;
    let artifacts = Box::pin(capture::capture(context, &machine.id)).await?;
    record.set("artifacts", &artifacts);
    record.set_machine(None);
    record.set_status(Status::Built);
    // Should nobody get to read the record, `sweep` tells of it. That it cannot be kept is no reason to lose the images.
    let _ = context.build.folder().save(record);
    context.resources.finished();
    Ok(())
}

/// Destroys what the build has created; the record loses its machine when all is gone, and gets one when something
/// could not be removed.
async fn clean_up(context: &Context, record: &mut Record) {
    let cleanup = context.for_cleanup(CLEANUP);
    let step = cleanup.build.step("clean up");
    let (removed, failed) = destroy::all(&cleanup).await;
    if !removed.is_empty() {
        let removed: Vec<String> = removed.iter().map(destroy::describe).collect();
        cleanup.build.say(format!("removed {}", removed.join(", ")));
    }
    if failed == 0 {
        record.set_machine(None);
        return step.done();
    }
    let mut machine = record.machine().ok().flatten().unwrap_or_default();
    machine.driver = String::from(start::DRIVER);
    machine.state = start::state(context);
    record.set_machine(Some(&machine));
}
