//! Builds that are known only by the tags of what they left in AWS.

use super::found::{self, Found};
use super::{Known, LIMIT, Sweep, age, record_of};
use crate::context::Context;
use crate::{destroy, resources};
use record::Failure;
use record::state::StateFolder;
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use template::options::builder::amazon_ebs::Access;

/// An id for the looking itself, which has no build.
const NOBODY: &str = "00000000000000000000000000";

impl Sweep<'_> {
    /// Destroys what carries the tags of builds that nobody has.
    pub(super) async fn remote(&self, known: Known) {
        let Known { settled, mut regions, .. } = known;
        if regions.is_empty() {
            match self.pool.clients(&Access::default()).await {
                Ok(clients) => drop(regions.insert(clients.region())),
                Err(failure) => return self.fail(&failure.hint("say --region, or set AWS_REGION")),
            }
        }
        let mut regions: Vec<String> = regions.into_iter().collect();
        regions.sort();
        for (index, region) in regions.iter().enumerate() {
            if self.stop.is_asked() {
                return;
            }
            if let Err(failure) = self.region(&settled, region, index == 0).await {
                self.fail(&failure.context(format!("region {region}")));
            }
        }
    }

    async fn region(
        &self,
        settled: &HashSet<String>,
        region: &str,
        with_profiles: bool,
    ) -> Result<(), Failure> {
        let context = self.context(NOBODY, "sweep", region).await?;
        let looked = found::in_region(&context, region).await;
        let _ = context.build.folder().remove();
        let mut found = looked?;
        if with_profiles && let Err(failure) = found::profiles(&context, &mut found).await {
            context.build.warn(format!("temporary instance profiles are not swept: {}", failure.message));
        }
        for (id, left) in found {
            if self.wants(&id) && !settled.contains(&id) && self.may_take(&id, &left) && !self.stop.is_asked()
            {
                self.take(&id, &left, region).await?;
            }
        }
        Ok(())
    }

    /// Whether a build's things may go: it is named, all are wanted, or it is old, or it was this computer's and is known here to be over.
    fn may_take(&self, id: &str, left: &Found) -> bool {
        if self.options.all || !self.options.id.is_empty() {
            return true;
        }
        let known_here = StateFolder::root().is_ok_and(|root| root.join(id).is_dir());
        if known_here && left.host == record::state::host() {
            return true;
        }
        age(id).is_some_and(|age| age >= self.options.older_than.to_std())
    }

    async fn take(&self, id: &str, left: &Found, region: &str) -> Result<(), Failure> {
        if self.options.dry_run {
            for resource in &left.resources {
                self.print((id, &left.build), resource);
            }
            return Ok(());
        }
        let known_here = StateFolder::root().is_ok_and(|root| root.join(id).is_dir());
        let context = self.context(id, &left.build, region).await?;
        for resource in &left.resources {
            context.resources.add(resource.clone());
        }
        let (removed, failed) = destroy::all(&context.for_cleanup(LIMIT)).await;
        for resource in &removed {
            self.print((id, &left.build), resource);
        }
        if failed > 0 {
            self.failed.store(true, Ordering::SeqCst);
        }
        if known_here {
            let _ = std::fs::remove_file(context.build.folder().file(resources::FILE));
            return Ok(());
        }
        context.build.folder().remove()
    }

    async fn context(&self, id: &str, build: &str, region: &str) -> Result<Context, Failure> {
        let build = if build.is_empty() { "unknown" } else { build };
        let record = record_of(id, build, region)?;
        Context::open(&record, &self.build(&record)?, &self.pool).await
    }
}
