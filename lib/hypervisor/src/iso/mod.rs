//! Gets the image that a machine starts from: from this computer, or over HTTP into a cache.
//!
//! A file of this computer is used where it is. What is fetched lies in Packer's cache under Packer's names, so that what
//! Packer has fetched is used as well. A download that breaks goes on where it was, also in a later run. Of several
//! processes that want the same file one fetches it, and the others wait.

mod cache;
mod checksum;
mod download;
mod look;
mod source;

pub use look::look;

use cache::{Lock, Note};
use checksum::{Checksum, Wanted};
use record::{Build, Failure, FailureKind};
use source::Source;
use std::path::{Path, PathBuf};
use template::options::builder::machine::Iso;
use template::steps::machine as steps;

/// What to get.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What people call it: `ISO`, `appliance`.
    pub what: String,
    /// URLs and paths, tried in order.
    pub urls: Vec<String>,
    /// The checksum, in all forms that Packer has; see [`Iso::iso_checksum`].
    pub checksum: String,
    /// Where to put what is fetched, instead of the cache. Without an extension it is a folder.
    pub target: Option<PathBuf>,
    /// The extension in the cache: `iso`.
    pub extension: String,
    /// The options that say where it is, and its checksum.
    pub options: (&'static str, &'static str),
}

impl Request {
    /// What the options of a `…-iso` builder ask for.
    pub fn of(options: &Iso) -> Self {
        let target = Some(&options.iso_target_path).filter(|path| !path.is_empty());
        Self {
            what: steps::ISO.to_owned(),
            urls: options.urls(),
            checksum: options.iso_checksum.clone(),
            target: target.map(PathBuf::from),
            extension: options.iso_target_extension.clone(),
            options: (if options.iso_url.is_empty() { "iso_urls" } else { "iso_url" }, "iso_checksum"),
        }
    }
}

/// Gets the file, verified. Gives its absolute path; it is the cache's or the user's, and must not be changed.
///
/// # Errors
/// When no place has it or its checksum is another: names every place and what was wrong there.
pub async fn fetch(request: &Request, build: &Build) -> Result<PathBuf, Failure> {
    let step = build.step(steps::fetch(&request.what));
    let wanted = Wanted::read(&request.checksum, build).await?;
    let mut failures = Vec::new();
    for url in &request.urls {
        let source = Source::of(url, build)?;
        let fetched = match &source {
            Source::Local(path) => local(path, &wanted, build).await,
            Source::Remote(remote) => fetch_remote(request, remote, &wanted, build).await,
        };
        match fetched {
            Ok(path) => {
                step.done();
                return Ok(path);
            }
            Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
            Err(failure) => {
                if request.urls.len() > 1 {
                    build.warn(format!("{}: {}", source.describe(), failure.message));
                }
                failures.push((source.describe(), failure));
            }
        }
    }
    Err(all_failed(&request.what, failures))
}

fn all_failed(what: &str, mut failures: Vec<(String, Failure)>) -> Failure {
    if let [(place, failure)] = &mut failures[..] {
        return std::mem::take(failure).context(format!("cannot get the {what} from {place}"));
    }
    let lines: Vec<String> =
        failures.iter().map(|(place, failure)| format!("{place}: {}", failure.message)).collect();
    let failure = Failure::new(format!("no place has the {what}:\n{}", lines.join("\n")));
    failures.into_iter().find_map(|(_, failure)| failure.hint).into_iter().fold(failure, Failure::hint)
}

/// A file of this computer: used in place, never removed.
async fn local(path: &Path, wanted: &Wanted, build: &Build) -> Result<PathBuf, Failure> {
    let absolute = source::real_file(path)?;
    let Some(checksum) = wanted.of_file(&source::file_name(path))? else { return Ok(absolute) };
    let note = Note::of_local(&absolute);
    verify(&absolute, &checksum, &note, build).await?;
    Ok(absolute)
}

async fn fetch_remote(
    request: &Request,
    remote: &source::Remote,
    wanted: &Wanted,
    build: &Build,
) -> Result<PathBuf, Failure> {
    let checksum = wanted.of_file(&remote.file_name())?;
    let target = cache::target(request, remote, checksum.as_ref())?;
    let _lock = Lock::take(&target, build).await?;
    let note = Note::beside(&target);
    if target.is_file() {
        match &checksum {
            Some(checksum) => match verify(&target, checksum, &note, build).await {
                Ok(()) => return Ok(target),
                Err(failure) if failure.kind == FailureKind::Interrupted => return Err(failure),
                Err(failure) => {
                    build.warn(format!("{}: {}; fetching it again", target.display(), failure.message));
                    cache::remove(&target)?;
                }
            },
            None if download::is_current(remote, &target, &note, build).await => return Ok(target),
            None => {}
        }
    }
    build.say(format!("fetching {}", remote.describe()));
    let (partial, validators) = download::download(remote, &target, checksum.is_some(), build).await?;
    if let Some(checksum) = &checksum {
        let found = checksum::digest(&partial, checksum.sort, build).await?;
        if found != checksum.digits {
            cache::remove(&partial)?;
            return Err(checksum.mismatch(&found));
        }
    }
    std::fs::rename(&partial, &target).map_err(|error| record::file::io(&target, "cannot write", &error))?;
    note.write(&target, checksum.as_ref(), Some(&validators));
    Ok(target)
}

/// Checks a file's checksum; one that has not changed since it was checked last is not read again.
async fn verify(path: &Path, checksum: &Checksum, note: &Note, build: &Build) -> Result<(), Failure> {
    if note.says(path, checksum) {
        return Ok(());
    }
    let found = checksum::digest(path, checksum.sort, build).await?;
    if found != checksum.digits {
        return Err(checksum.mismatch(&found));
    }
    note.write(path, Some(checksum), None);
    Ok(())
}
