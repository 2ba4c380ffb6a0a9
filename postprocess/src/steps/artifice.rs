//! `artifice`: other files go on in place of the build's own.

use record::{Artifact, ArtifactFile, Failure, file};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use template::options::post_processor::artifice::ArtificeOptions;

const BUILDER_ID: &str = "packer.post-processor.artifice";

/// Finds the files. Each pattern's matches are sorted; a folder stands for all files in it.
pub(super) fn run(options: &ArtificeOptions) -> Result<Vec<Artifact>, Failure> {
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for pattern in &options.files {
        let found = matches(pattern)?;
        if found.is_empty() {
            // Packer goes on with nothing, so that a typing error gives an empty archive.
            return Err(Failure::new(format!("no file matches '{pattern}'")).hint(
                "patterns are relative to the folder in which the tools run; did the step before make the file?",
            ));
        }
        for path in found {
            if seen.insert(path.clone()) {
                let size = path.metadata().map_err(|error| file::io(&path, "cannot read", &error))?.len();
                files.push(ArtifactFile { path: path.display().to_string(), size, sha256: None });
            }
        }
    }
    Ok(vec![Artifact { kind: "files".into(), builder_id: BUILDER_ID.into(), files, ..Artifact::default() }])
}

fn matches(pattern: &str) -> Result<Vec<PathBuf>, Failure> {
    let found = glob::glob(pattern).map_err(|error| {
        Failure::new(format!("'{pattern}' is not a pattern: {error}"))
            .hint("put [ ] around a * or ? that is meant as such")
    })?;
    let mut files = Vec::new();
    for path in found {
        let path = path.map_err(|error| file::io(error.path(), "cannot read", error.error()))?;
        collect(&path, &mut files)?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error| file::io(path, "cannot read", &error);
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<fs::DirEntry> =
        fs::read_dir(path).and_then(Iterator::collect).map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        // A link to a folder may lead anywhere, also back here.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&entry.path(), files)?;
        } else if entry.path().is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
