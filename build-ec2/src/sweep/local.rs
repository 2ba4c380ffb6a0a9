//! Builds that have a state folder on this computer.

use super::{Known, LIMIT, Sweep};
use crate::context::Context;
use crate::resources::{Kind, Resource, Resources};
use crate::{destroy, resources, tool};
use record::state::{self, StateFolder};
use record::{Failure, Record, Status};
use std::time::Duration;
use tokio::time::Instant;

/// How long the record of a complete build is kept that nobody has read: as long as the log of a failed one.
const RECORD_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long a call that creates something may take to have its effect, when the tool that made it is dead.
const ON_THE_WAY: Duration = Duration::from_secs(5);

impl Sweep<'_> {
    /// Destroys what abandoned folders know of. Notes what the further look has to know.
    pub(super) async fn local(&self, known: &mut Known) {
        let folders = match StateFolder::all() {
            Ok(folders) => folders,
            Err(failure) => return self.fail(&failure),
        };
        for folder in folders {
            if !folder.is_free(self.options.all, self.options.dry_run) {
                self.say_left(&folder);
                known.settled.insert(folder.id().to_owned());
                continue;
            }
            if self.stop.is_asked() {
                return;
            }
            if self.wants(folder.id()) {
                match self.folder(&folder, known).await {
                    Ok(true) => drop(known.settled.insert(folder.id().to_owned())),
                    Ok(false) => {}
                    Err(failure) => self.fail(&failure.context(format!("build {}", folder.id()))),
                }
            }
        }
    }

    /// Says why a build is left alone, where it is one that was meant.
    fn say_left(&self, folder: &StateFolder) {
        let ours = folder.saved().is_some_and(|record| tool::TYPES.contains(&record.kind()));
        if !ours || !self.wants(folder.id()) {
            return;
        }
        self.reporter.say(folder.left_alone());
    }

    /// Sweeps one folder; `false` when it is not a build of this tool.
    async fn folder(&self, folder: &StateFolder, known: &mut Known) -> Result<bool, Failure> {
        let Some(record) = folder.saved() else { return Ok(false) };
        if !tool::TYPES.contains(&record.kind()) {
            return Ok(false);
        }
        let build = self.build(&record)?;
        let context = Context::open(&record, &build, &self.pool).await?;
        known.regions.insert(context.region.clone());
        known.regions.extend(context.resources.all().into_iter().map(|resource| resource.region));
        let origin = (record.id(), record.build());
        let complete = record.status() == Status::Built;
        if self.options.dry_run {
            for resource in context.resources.all() {
                if !complete || resource.kind != Kind::Image {
                    self.print(origin, &resource);
                }
            }
            return Ok(true);
        }
        if !complete {
            known.quiet = known.quiet.max(quiet(folder, &context.resources));
        }
        let cleanup = context.for_cleanup(LIMIT);
        let (removed, failed) =
            if complete { destroy::machine(&cleanup).await } else { destroy::all(&cleanup).await };
        for resource in &removed {
            self.print(origin, resource);
        }
        if failed > 0 {
            self.failed.store(true, std::sync::atomic::Ordering::SeqCst);
            return Ok(true);
        }
        let _ = std::fs::remove_file(folder.file(resources::FILE));
        if complete {
            return self.say_complete(&record, folder).map(|()| true);
        }
        folder.keep_only_log()?;
        Ok(false)
    }

    /// Tells of a build whose images are complete, but whose record nobody has read. It is kept for a week.
    fn say_complete(&self, record: &Record, folder: &StateFolder) -> Result<(), Failure> {
        let path = folder.file(state::RECORD);
        let age = std::fs::metadata(&path)
            .and_then(|file| file.modified())
            .ok()
            .and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > RECORD_LIFE) {
            return folder.remove();
        }
        let images: Vec<String> = record.artifacts()?.into_iter().map(|artifact| artifact.id).collect();
        self.reporter.say(format!(
            "build {} ({}) is complete and stays, but nobody has read its record: {}",
            record.build(),
            record.id(),
            images.join(",")
        ));
        self.reporter
            .say(format!("it is kept for a week: 'postprocess < {}' goes on with it", path.display()));
        Ok(())
    }
}

/// Until when something may still come that a dead tool has asked for. `None`: every call was answered, or is long over.
fn quiet(folder: &StateFolder, resources: &Resources) -> Option<Instant> {
    let has_key = folder.file(state::KEY).exists();
    let is_open = |resource: &Resource| resource.id.is_none() && (resource.kind != Kind::KeyPair || !has_key);
    let noted = std::fs::metadata(folder.file(resources::FILE)).and_then(|file| file.modified()).ok()?;
    let rest = ON_THE_WAY.checked_sub(noted.elapsed().unwrap_or_default())?;
    resources.all().iter().any(is_open).then(|| Instant::now() + rest)
}
