//! `compress`: one archive in place of the files.

use super::Context;
use crate::ledger::paths;
use crate::pack::{self, Input};
use record::file::NewFile;
use record::{Artifact, ArtifactFile, Failure, file};
use std::collections::HashMap;
use std::path::{Component, Path};
use template::Late;
use template::options::post_processor::compress::{CompressOptions, Container, Format, Packing};

const BUILDER_ID: &str = "packer.post-processor.compress";

/// Packs the files into one. It appears when it is complete.
pub(super) fn run(
    options: &CompressOptions,
    context: &Context,
    input: &[Artifact],
) -> Result<Vec<Artifact>, Failure> {
    let build = &context.build;
    let mut late = Late::of(&context.record)?;
    late.set("BuildName", build.name());
    late.set("BuilderType", build.kind());
    let output = late.render(&options.output).map_err(|failure| failure.context("output"))?;
    let path = Path::new(&output);
    let format = options.format_of(&output);
    if format.unknown {
        let name = if options.format.is_empty() { &output } else { &options.format };
        build.warn(format!("'{name}' names no known format: {output} will be a gzipped tar archive"));
    }
    let inputs = inputs(input, format)?;
    let level = level(options, format, context);
    build.say(format!("packing {} into {output}", counted(inputs.len())));
    let mut new = NewFile::create(path, context.run.force)?;
    pack::write(new.file(), format, level, &inputs, build).map_err(|error| {
        if build.is_cancelled() {
            return Failure::interrupted();
        }
        Failure::from_error(format!("cannot write {output}"), &error)
    })?;
    let size = new.file().metadata().map_err(|error| file::io(path, "cannot read", &error))?.len();
    new.finish()?;
    let files = vec![ArtifactFile { path: output, size, sha256: None }];
    Ok(vec![Artifact { kind: "files".into(), builder_id: BUILDER_ID.into(), files, ..Artifact::default() }])
}

/// The files with their names in the archive: base names, in a zip archive paths.
fn inputs(input: &[Artifact], format: Format) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in paths(input) {
        let name = match format.container {
            Container::Zip => zip_name(path),
            _ => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        };
        inputs.push(Input { path: path.to_owned(), name });
    }
    if inputs.is_empty() {
        return Err(Failure::new("there is nothing to pack: the build has no files on this machine")
            .hint("an image in a cloud cannot be packed; leave such builds out with only or except"));
    }
    if format.container == Container::None && inputs.len() > 1 {
        return Err(Failure::new(format!(
            "{} do not go into one file without an archive: {}",
            counted(inputs.len()),
            inputs.iter().map(|input| input.name.clone()).collect::<Vec<_>>().join(", ")
        ))
        .hint("name the output .tar.gz (or .tar.xz, .zip …) instead"));
    }
    let mut names = HashMap::new();
    for input in &inputs {
        if let Some(other) = names.insert(&input.name, &input.path) {
            return Err(Failure::new(format!(
                "{} and {} would both be {} in the archive",
                other.display(),
                input.path.display(),
                input.name
            ))
            .hint("a zip archive keeps the folders' names: name the output .zip"));
        }
    }
    Ok(inputs)
}

/// A path as zip archives have it: with `/`, and neither from the root nor upwards.
fn zip_name(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The level from 1 to 9, or nothing for the format's default.
fn level(options: &CompressOptions, format: Format, context: &Context) -> Option<u32> {
    let level = u32::try_from(options.compression_level).ok().filter(|level| *level > 0)?;
    if format.packing == Packing::Lz4 {
        context.build.warn("compression_level has no effect on lz4: it has one level only");
    }
    Some(level.min(9))
}

fn counted(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(paths: &[&str]) -> [Artifact; 1] {
        let files = paths.iter().map(|path| ArtifactFile { path: (*path).into(), ..ArtifactFile::default() });
        [Artifact { files: files.collect(), ..Artifact::default() }]
    }

    #[test]
    fn names_must_not_collide() {
        let two = artifact(&["a/disk", "b/disk"]);
        let failure = inputs(&two, Format::of("x.tar")).unwrap_err();
        assert_eq!(failure.message, "a/disk and b/disk would both be disk in the archive");
        assert_eq!(inputs(&two, Format::of("x.zip")).unwrap()[1].name, "b/disk");
    }

    #[test]
    fn one_file_needs_no_archive() {
        assert!(inputs(&artifact(&["a", "b"]), Format::of("x.gz")).is_err());
        assert_eq!(inputs(&artifact(&["d/a"]), Format::of("x.gz")).unwrap()[0].name, "a");
        assert!(inputs(&[], Format::of("x.gz")).unwrap_err().message.contains("nothing to pack"));
    }

    #[test]
    fn zip_names_are_relative() {
        assert_eq!(zip_name(Path::new("/a/../b/./c")), "a/b/c");
    }
}
