//! The builder `file`: an artifact that is a file.

use record::file::{NewFile, io};
use record::{Artifact, ArtifactFile, Build, Failure, Record, Status};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use template::options::builder::file;
use template::steps::provision as steps;

/// Writes the file and turns the record into a built one. As in Packer, provisioners don't apply.
pub(crate) fn make(record: &mut Record, force: bool, build: &Build) -> Result<(), Failure> {
    let options: file::File = template::options::read(&record.builder()?)?;
    let file::Content { content, source, target } = options.content;
    let path = Path::new(&target);
    let step = build.step(steps::WRITE_FILE);
    let mut new = NewFile::create(path, force)?;
    let size = if source.is_empty() {
        new.file().write_all(content.as_bytes()).map_err(|error| io(path, "cannot write", &error))?;
        content.len() as u64
    } else {
        let mut from = File::open(&source).map_err(|error| io(Path::new(&source), "cannot read", &error))?;
        std::io::copy(&mut from, new.file()).map_err(|error| io(path, "cannot write", &error))?
    };
    new.finish()?;
    step.done();
    let artifact = Artifact {
        kind: "files".into(),
        builder_id: "packer.file".into(),
        id: "File".into(),
        files: vec![ArtifactFile { path: target, size, sha256: None }],
        ..Artifact::default()
    };
    record.set("artifacts", &[artifact]);
    record.set_status(Status::Built);
    Ok(())
}
