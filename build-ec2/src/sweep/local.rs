//! Builds that have a state folder on this computer.

use super::{LIMIT, Sweep};
use crate::context::Context;
use crate::{destroy, resources, tool};
use record::Failure;
use record::state::StateFolder;
use std::collections::HashSet;

impl Sweep<'_> {
    /// Destroys what abandoned folders know of. Notes the builds that need no further look, and the regions met.
    pub(super) async fn local(&self, settled: &mut HashSet<String>, regions: &mut HashSet<String>) {
        let folders = match StateFolder::all() {
            Ok(folders) => folders,
            Err(failure) => return self.fail(&failure),
        };
        for folder in folders {
            if !self.is_free(&folder) {
                self.say_left(&folder);
                settled.insert(folder.id().to_owned());
                continue;
            }
            if self.stop.is_asked() {
                return;
            }
            if self.wants(folder.id()) {
                match self.folder(&folder, regions).await {
                    Ok(true) => drop(settled.insert(folder.id().to_owned())),
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
        let why = if folder.is_held() {
            "it is kept on purpose ('--all' takes it)"
        } else {
            "a tool is at work on it"
        };
        self.reporter.say(format!("left build {} alone: {why}", folder.id()));
    }

    /// Whether nobody has the build, and nobody keeps its machine on purpose unless `--all` takes that too.
    fn is_free(&self, folder: &StateFolder) -> bool {
        if !folder.is_held() || !self.options.all {
            return folder.is_abandoned();
        }
        // What else than the wish to keep it speaks for somebody who has it?
        let _ = folder.set_held(false);
        let free = folder.is_abandoned();
        if !free || self.options.dry_run {
            let _ = folder.set_held(true);
        }
        free
    }

    /// Sweeps one folder; `false` when it is not a build of this tool.
    async fn folder(&self, folder: &StateFolder, regions: &mut HashSet<String>) -> Result<bool, Failure> {
        let Some(record) = folder.saved() else { return Ok(false) };
        if !tool::TYPES.contains(&record.kind()) {
            return Ok(false);
        }
        let build = self.build(&record)?;
        let context = Context::open(&record, &build, &self.pool).await?;
        regions.insert(context.region.clone());
        regions.extend(context.resources.all().into_iter().map(|resource| resource.region));
        let origin = (record.id(), record.build());
        if self.options.dry_run {
            for resource in context.resources.all() {
                self.print(origin, &resource);
            }
            return Ok(true);
        }
        let (removed, failed) = destroy::all(&context.for_cleanup(LIMIT)).await;
        for resource in &removed {
            self.print(origin, resource);
        }
        if failed > 0 {
            self.failed.store(true, std::sync::atomic::Ordering::SeqCst);
            return Ok(true);
        }
        let _ = std::fs::remove_file(folder.file(resources::FILE));
        folder.keep_only_log()?;
        Ok(false)
    }
}
