//! The way of a record through a builder's tool.

use super::destroy::{self, Kept};
use super::{Platform, Site, finish, start};
use record::{Build, Failure, FailureKind, Machine, Record, Status, Tool};
use std::marker::PhantomData;
use std::time::Duration;
use template::options::gaps;

/// How long clean-up may take.
const CLEANUP: Duration = Duration::from_secs(300);

/// A builder of virtual machines as a filter over records.
#[derive(Debug)]
pub struct Builder<P>(PhantomData<fn() -> P>);

impl<P> Default for Builder<P> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<P: Platform> Tool for Builder<P> {
    fn name(&self) -> &'static str {
        P::TOOL
    }

    /// Machines that run here share this computer's processors and memory.
    fn default_jobs(&self) -> usize {
        std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
    }

    fn takes(&self, record: &Record) -> bool {
        P::TYPES.contains(&record.kind()) && record.is_at_builder()
    }

    async fn process(&self, mut record: Record, build: Build) -> Record {
        if gaps::refused(&mut record, &build) {
            return record;
        }
        let opened = open::<P>(&record, &build);
        let (platform, site) = match opened {
            Ok(opened) => opened,
            Err(failure) => {
                build.refuse(&mut record, &failure);
                return record;
            }
        };
        if record.status() == Status::Failed {
            clean_up(&platform, site, &mut record, &build).await;
            return record;
        }
        // On the heap: what it holds over all its steps is large.
        if let Err(failure) = Box::pin(go_on(&platform, site, &mut record, &build)).await {
            build.fail(&mut record, &failure);
            if failure.kind == FailureKind::Interrupted {
                build.say("interrupted: removing what was made");
            }
            let site = Site::find(&record, build.folder()).ok().flatten();
            clean_up(&platform, site, &mut record, &build).await;
        }
        record
    }

    async fn abandon(&self, mut record: Record, build: Build) {
        match open::<P>(&record, &build) {
            Ok((platform, site)) => clean_up(&platform, site, &mut record, &build).await,
            Err(failure) => build.error(failure.message, failure.hint),
        }
    }
}

/// The platform of a record, with the driver of its machine where one was begun, and its site.
///
/// # Errors
/// When the options or the notes cannot be read.
pub(super) fn open<P: Platform>(record: &Record, build: &Build) -> Result<(P, Option<Site>), Failure> {
    let site = Site::find(record, build.folder())?;
    let driver = site.as_ref().map(Site::driver);
    Ok((open_with::<P>(record, driver.as_deref(), build)?, site))
}

/// The platform of a record, whose passwords are hidden from now on. `driver` is that of the machine that was begun.
///
/// # Errors
/// When the options cannot be read, or no driver can be had.
pub(super) fn open_with<P: Platform>(
    record: &Record,
    driver: Option<&str>,
    build: &Build,
) -> Result<P, Failure> {
    let platform = P::open(record, driver, build)?;
    let communicator = &platform.settings().base.communicator;
    for secret in [&communicator.ssh_password, &communicator.winrm_password].into_iter().flatten() {
        if !secret.is_empty() {
            build.hide(secret);
        }
    }
    Ok(platform)
}

/// Moves a record on as far as this tool can.
async fn go_on<P: Platform>(
    platform: &P,
    mut site: Option<Site>,
    record: &mut Record,
    build: &Build,
) -> Result<(), Failure> {
    if record.status() == Status::Planned {
        build.folder().save(record)?;
        let machine = Box::pin(start::start(platform, record, build)).await?;
        record.set_machine(Some(&machine));
        record.set_status(Status::Running);
        build.folder().save(record)?;
        if !record.provisioners()?.is_empty() {
            return Ok(());
        }
        site = Site::find(record, build.folder())?;
    }
    let (Some(machine), Some(site)) = (record.machine()?, site) else {
        return Err(Failure::new("this record has no machine to export")
            .hint("pass records on as the tools print them"));
    };
    let artifacts = Box::pin(finish::finish(platform, &site, record, &machine, build)).await?;
    record.set("artifacts", &artifacts);
    record.set_machine(None);
    record.set_status(Status::Built);
    Ok(())
}

/// Destroys what the build has made; the record loses its machine when all is gone, and gets one when something could
/// not be removed.
async fn clean_up<P: Platform>(platform: &P, site: Option<Site>, record: &mut Record, build: &Build) {
    let cleanup = build.for_cleanup(CLEANUP);
    let step = cleanup.step("clean up");
    let (removed, failed) = destroy::all(platform, site.as_ref(), Kept::default(), &cleanup).await;
    if !removed.is_empty() {
        cleanup.say("the machine and its work folder are removed");
    }
    if failed == 0 {
        record.set_machine(None);
        return step.done();
    }
    let mut machine: Machine = record.machine().ok().flatten().unwrap_or_default();
    machine.driver = platform.driver_name().to_owned();
    if let Some(site) = site {
        machine.state = site.state();
    }
    record.set_machine(Some(&machine));
}
