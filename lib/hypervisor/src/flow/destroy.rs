//! Destroys all that a build has made, but for its result.

use super::{Platform, Site};
use crate::http;
use record::{Build, Failure, file, process};

/// Something that was there and is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// `process` or `folder`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// What a build keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    /// The machine.
    pub(super) machine: bool,
    /// The result, in its place.
    pub(super) result: bool,
}

/// What there is of a build now.
pub(super) fn existing(site: Option<&Site>, build: &Build) -> Vec<Removed> {
    let processes = process::detached(build.id())
        .into_iter()
        .map(|pid| Removed { kind: "process", name: format!("{} {pid}", process::name(pid)) });
    let work = site.map(Site::folder).filter(|folder| folder.is_dir());
    let folders = work.into_iter().chain(site.and_then(Site::untold_result));
    let folders = folders.map(|folder| Removed { kind: "folder", name: folder.display().to_string() });
    processes.chain(folders).collect()
}

/// Destroys the machine, ends the build's processes, removes the work folder and a result of which no record tells; but for what is
/// kept. What fails is reported, and the rest goes on. Gives what was there and how much could not be removed.
pub(super) async fn all<P: Platform>(
    platform: &P,
    site: Option<&Site>,
    kept: Kept,
    build: &Build,
) -> (Vec<Removed>, usize) {
    let mut removed = Vec::new();
    let mut failed = 0;
    let mut note = |what: &str, result: Result<(), Failure>| {
        if let Err(failure) = result {
            failed += 1;
            let hint = format!("run '{} sweep --id {}' later", P::TOOL, build.id());
            build.error(format!("cannot remove {what}: {}", failure.message), failure.hint.or(Some(hint)));
        }
    };
    let before = existing(site, build);
    if let Some(site) = site
        && !kept.machine
    {
        note("the machine", platform.driver(site, build).destroy(build).await);
    }
    let id = build.id().to_owned();
    let folder = build.folder().clone();
    let ended = tokio::task::spawn_blocking(move || {
        http::stop(&folder)?;
        process::kill_all(&id)
    });
    note("a process", ended.await.unwrap_or(Ok(())));
    if let Some(site) = site {
        note("the work folder", site.remove().map(drop));
        if let Some(result) = site.untold_result().filter(|_| !kept.result) {
            let removed = std::fs::remove_dir_all(&result);
            note("the result", removed.map_err(|error| file::io(&result, "cannot remove", &error)));
        }
    }
    let after = existing(site, build);
    removed.extend(before.into_iter().filter(|thing| !after.contains(thing)));
    if failed == 0
        && let Some(site) = site
    {
        site.forget();
    }
    (removed, failed)
}
