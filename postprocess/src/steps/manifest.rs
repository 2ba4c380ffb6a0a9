//! `manifest`: a JSON list of what was built, which every run adds to.

use super::Context;
use crate::ledger::files;
use crate::lock::Lock;
use record::{Artifact, Failure, Record, file};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use template::Late;
use template::options::post_processor::manifest::ManifestOptions;

/// The whole file. What others have put into it stays.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    builds: Vec<Value>,
    #[serde(default)]
    last_run_uuid: String,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// One build, its keys in Packer's order.
#[derive(Debug, Serialize)]
struct Entry<'a> {
    name: &'a str,
    builder_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_time: Option<i64>,
    files: Option<Vec<EntryFile>>,
    artifact_id: String,
    packer_run_uuid: &'a str,
    custom_data: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Serialize)]
struct EntryFile {
    name: String,
    size: u64,
}

/// Adds the build to the manifest and hands the artifacts on.
pub(super) fn run(
    options: &ManifestOptions,
    context: &Context,
    input: Vec<Artifact>,
) -> Result<Vec<Artifact>, Failure> {
    let output = &options.output;
    let path = Path::new(output);
    let run = context.run.id(context.record.id());
    let entry = Entry {
        name: context.build.name(),
        builder_type: context.build.kind(),
        build_time: (!options.strip_time).then(|| jiff::Timestamp::now().as_second()),
        files: listed(&input, options.strip_path),
        artifact_id: artifact_id(&input),
        packer_run_uuid: run,
        custom_data: custom_data(options, &context.record)?,
    };
    let entry =
        serde_json::to_value(entry).map_err(|error| Failure::from_error("cannot write JSON", &error))?;
    let _lock = Lock::take(path, &context.build)?;
    let mut manifest = existing(path, context.run.force)?;
    if context.run.force && manifest.last_run_uuid != run {
        manifest.builds.clear();
    }
    manifest.builds.push(entry);
    manifest.last_run_uuid = run.to_owned();
    let mut text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| Failure::from_error("cannot write JSON", &error))?;
    text.push(b'\n');
    let mode = path.metadata().map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
    file::write(path, &text, mode, true)?;
    context.build.say(format!("added to {output}"));
    Ok(input)
}

/// The artifact's id as Packer has it.
pub(super) fn artifact_id(artifacts: &[Artifact]) -> String {
    let ids = artifacts.iter().map(|artifact| artifact.id.as_str()).filter(|id| !id.is_empty());
    ids.collect::<Vec<_>>().join(",")
}

/// The files, or nothing where there are none (`null` in JSON, as Packer writes it).
fn listed(artifacts: &[Artifact], strip_path: bool) -> Option<Vec<EntryFile>> {
    let mut list = Vec::new();
    for file in files(artifacts) {
        let path = Path::new(&file.path);
        let name = match path.file_name() {
            Some(name) if strip_path => name.to_string_lossy().into_owned(),
            _ => file.path.clone(),
        };
        // What is on the disk now counts: a script may have changed the file.
        list.push(EntryFile { name, size: path.metadata().map_or(0, |metadata| metadata.len()) });
    }
    (!list.is_empty()).then_some(list)
}

/// What else is said, with what the machine tells in it.
fn custom_data(
    options: &ManifestOptions,
    record: &Record,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let Some(data) = &options.custom_data else { return Ok(None) };
    let late = Late::of(record)?;
    let render = |(key, value): (&String, &String)| {
        let value = late.render(value).map_err(|failure| failure.context(format!("custom_data.{key}")))?;
        Ok((key.clone(), value))
    };
    data.iter().map(render).collect::<Result<_, _>>().map(Some)
}

/// The manifest that is there, or an empty one.
fn existing(path: &Path, force: bool) -> Result<Manifest, Failure> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Manifest::default()),
        Err(error) => return Err(file::io(path, "cannot read", &error)),
    };
    match serde_json::from_slice(&text) {
        Ok(manifest) => Ok(manifest),
        Err(_) if force || text.is_empty() => Ok(Manifest::default()),
        Err(error) => Err(Failure::new(format!("{} is not a manifest: {error}", path.display()))
            .hint("remove it, choose another output, or run with --force to start anew")),
    }
}
