//! From `provisioned` to `built`: the machine becomes the result.

use super::destroy::{self, Kept};
use super::start::output_is_free;
use super::{Platform, Site, shutdown};
use record::{Artifact, ArtifactFile, Build, Failure, Machine, Record, file};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use template::Late;
use template::options::builder::machine::Output;
use template::steps::machine as steps;

/// The folder in which a result grows.
const EXPORT: &str = "export";
/// How long the machine's own clean-up may take once the result is there.
const CLEANUP: Duration = Duration::from_secs(300);

/// Shuts the machine down, exports it, and removes everything but the result.
///
/// # Errors
/// What went wrong; what exists then stands in the site's notes.
pub(super) async fn finish<P: Platform>(
    platform: &P,
    site: &Site,
    record: &Record,
    machine: &Machine,
    build: &Build,
) -> Result<Vec<Artifact>, Failure> {
    let settings = platform.settings();
    let driver = platform.driver(site, build);
    let late = late(record, machine, &settings.name)?;
    shutdown::shut_down(settings, machine, &*driver, build).await?;
    let mut artifacts = Vec::new();
    let keeps;
    if settings.exports {
        output_is_free(settings)?;
        let step = build.step(steps::EXPORT);
        let into = site.file(EXPORT);
        let _ = fs::remove_dir_all(&into);
        fs::create_dir(&into).map_err(|error| file::io(&into, "cannot make the folder", &error))?;
        platform.export(site, &into, &late, build).await?;
        let files = describe(&into, &settings.base.output, build).await?;
        keeps = platform.exported(site, &late, build).await?;
        place(&into, site, &settings.base.output)?;
        step.done();
        build.say(format!("built {}", said(&files)));
        let made = platform.artifact();
        artifacts.push(Artifact {
            kind: "files".to_owned(),
            builder_id: made.builder_id,
            id: made.id,
            files,
            details: made.details,
            ..Artifact::default()
        });
    } else {
        build.say("skip_export: nothing is exported");
        keeps = platform.exported(site, &late, build).await?;
    }
    let cleanup = build.for_cleanup(CLEANUP);
    let step = cleanup.step(steps::REMOVE);
    let kept = Kept { machine: keeps, result: true };
    let (_, failed) = destroy::all(platform, Some(site), kept, &cleanup).await;
    if failed == 0 {
        step.done();
    } else {
        site.forget_result();
    }
    Ok(artifacts)
}

/// What late templates see: the same as before the start.
fn late(record: &Record, machine: &Machine, name: &str) -> Result<Late, Failure> {
    let mut late = Late::of(record)?;
    late.set("Name", name);
    for (variable, key) in [("HTTPIP", "PackerHTTPIP"), ("HTTPPort", "PackerHTTPPort")] {
        late.set(variable, machine.build.get(key).map(String::as_str).unwrap_or_default());
    }
    Ok(late)
}

/// Moves the complete result to its place; what it replaces goes with the work folder, or comes back where this fails.
fn place(from: &Path, site: &Site, output: &Output) -> Result<(), Failure> {
    let to = site.output();
    let failed = |error| file::io(&to, "cannot make the output folder", &error);
    if to.symlink_metadata().is_ok() {
        if !output.replace_output_directory {
            return Err(Failure::new(format!("the output folder {} exists by now", to.display()))
                .hint("another build has made it; give each its own output_directory"));
        }
        fs::rename(&to, site.replaced()).map_err(failed)?;
    } else {
        // What replaces another result stays: the other one is gone.
        site.note_result(from)?;
    }
    if let Err(error) = fs::rename(from, &to) {
        site.bring_back_replaced()?;
        return Err(failed(error));
    }
    Ok(())
}

/// The result's files with sizes and checksums, in the order of their names, with the paths that they will have.
async fn describe(folder: &Path, output: &Output, build: &Build) -> Result<Vec<ArtifactFile>, Failure> {
    let (folder, output, build) = (folder.to_owned(), PathBuf::from(&output.output_directory), build.clone());
    let work = tokio::task::spawn_blocking(move || {
        let paths = walk(&folder)?;
        let total = paths.iter().filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum();
        let mut done = 0;
        let mut files = Vec::new();
        for path in paths {
            let name = path.strip_prefix(&folder).unwrap_or(&path);
            let (size, sha256) = digest(&path, &mut done, total, &build)?;
            let path = output.join(name).display().to_string();
            files.push(ArtifactFile { path, size, sha256: Some(sha256) });
        }
        Ok(files)
    });
    work.await.map_err(|error| Failure::from_error("the result's files could not be read", &error))?
}

fn walk(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| file::io(folder, "cannot read", &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            paths.extend(walk(&path)?);
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn digest(path: &Path, done: &mut u64, total: u64, build: &Build) -> Result<(u64, String), Failure> {
    let failed = |error| file::io(path, "cannot read", &error);
    let mut reader = fs::File::open(path).map_err(failed)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = reader.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            break;
        }
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        hash.update(&buffer[..count]);
        size += count as u64;
        *done += count as u64;
        build.progress(*done, Some(total), "bytes");
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((size, digest))
}

/// The result in a few words.
fn said(files: &[ArtifactFile]) -> String {
    files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(", ")
}
