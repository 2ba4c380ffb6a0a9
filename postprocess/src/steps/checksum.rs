//! `checksum`: files of checksums beside what was built, as `sha256sum -c` reads them.

use super::Context;
use super::hash::{Sums, hash};
use crate::ledger::{identity, paths};
use crate::lock::Lock;
use record::file::NewFile;
use record::{Artifact, ArtifactFile, Failure, file};
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use template::Late;
use template::options::post_processor::checksum::{ChecksumOptions, KINDS};

const BUILDER_ID: &str = "packer.post-processor.checksum";

/// A line of a checksum file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    sum: String,
    name: String,
}

/// Lines by the file that they go into. The order is that in which the files are locked, the same for everybody.
type Outputs = BTreeMap<PathBuf, Vec<Line>>;

/// Writes the checksums; all files of them, or none.
pub(super) fn run(
    options: &ChecksumOptions,
    context: &Context,
    mut input: Vec<Artifact>,
) -> Result<Vec<Artifact>, Failure> {
    let mut seen = HashSet::new();
    let files: Vec<PathBuf> =
        paths(&input).filter(|path| seen.insert(identity(path))).map(Path::to_owned).collect();
    if files.is_empty() {
        context.build.warn("nothing to make checksums of: the build has no files on this machine");
        return Ok(input);
    }
    let outputs = rendered(options, context)?;
    claim(&outputs, &files, context)?;
    context.build.say(format!("computing {} of {} file(s)", options.checksum_types.join(", "), files.len()));
    let sums = hash(&files, &options.checksum_types, &context.build)?;
    note_sha256(&mut input, options, &files, &sums);
    let made = write(lines(&outputs, &files, &sums), context)?;
    input.push(Artifact {
        kind: "files".into(),
        builder_id: BUILDER_ID.into(),
        files: made,
        ..Artifact::default()
    });
    Ok(input)
}

/// Where the checksums of each kind go.
fn rendered(options: &ChecksumOptions, context: &Context) -> Result<Vec<PathBuf>, Failure> {
    let mut late = Late::of(&context.record)?;
    late.set("BuildName", context.build.name());
    late.set("BuilderType", context.build.kind());
    let render = |kind: &String| {
        if !KINDS.contains(&kind.as_str()) {
            return Err(Failure::new(format!("unrecognized checksum type: {kind}"))
                .hint(format!("one of {}", KINDS.join(", "))));
        }
        late.set("ChecksumType", kind.as_str());
        late.render(&options.output).map(PathBuf::from).map_err(|failure| failure.context("output"))
    };
    options.checksum_types.iter().map(render).collect()
}

/// Makes sure that each line will be of one file only.
fn claim(outputs: &[PathBuf], files: &[PathBuf], context: &Context) -> Result<(), Failure> {
    for output in outputs {
        for path in files {
            let name = base_name(path);
            if name.contains(['\n', '\r']) {
                return Err(Failure::new(format!("the name of {} has a line break in it", path.display())));
            }
            context.run.claim(&identity(output), &name, &identity(path))?;
        }
    }
    Ok(())
}

fn base_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn lines(outputs: &[PathBuf], files: &[PathBuf], sums: &[Sums]) -> Outputs {
    let mut all = Outputs::new();
    for (kind, output) in outputs.iter().enumerate() {
        let lines = all.entry(output.clone()).or_default();
        lines.extend(
            files
                .iter()
                .zip(sums)
                .map(|(path, sums)| Line { sum: sums[kind].clone(), name: base_name(path) }),
        );
    }
    all
}

fn note_sha256(input: &mut [Artifact], options: &ChecksumOptions, files: &[PathBuf], sums: &[Sums]) {
    let Some(kind) = options.checksum_types.iter().position(|kind| kind == "sha256") else { return };
    for file in input.iter_mut().flat_map(|artifact| &mut artifact.files) {
        let id = identity(Path::new(&file.path));
        if let Some(index) = files.iter().position(|path| identity(path) == id) {
            file.sha256 = Some(sums[index][kind].clone());
        }
    }
}

/// Merges the lines into what is there, all files under their locks, and lets the new ones appear.
fn write(outputs: Outputs, context: &Context) -> Result<Vec<ArtifactFile>, Failure> {
    let mut locks = Vec::new();
    for output in outputs.keys() {
        locks.push(Lock::take(output, &context.build)?);
    }
    let mut ready = Vec::new();
    for (output, lines) in outputs {
        let mut all = existing(&output, context.run.force)?;
        merge(&mut all, lines);
        let text: String = all.iter().map(|line| format!("{}\t{}\n", line.sum, line.name)).collect();
        let mut new = NewFile::create(&output, true)?;
        new.file().write_all(text.as_bytes()).map_err(|error| file::io(&output, "cannot write", &error))?;
        let path = output.display().to_string();
        ready.push((new, ArtifactFile { path, size: text.len() as u64, sha256: None }));
    }
    ready.into_iter().map(|(new, made)| new.finish().map(|()| made)).collect()
}

/// Puts each line in the place of the one that says the same kind of the same name, else at the end. So a build that is
/// run again does not leave two answers (as Packer does), and several builds can share a file.
fn merge(all: &mut Vec<Line>, lines: Vec<Line>) {
    for line in lines {
        let place = all.iter_mut().find(|old| old.name == line.name && old.sum.len() == line.sum.len());
        match place {
            Some(old) => *old = line,
            None => all.push(line),
        }
    }
}

/// The lines that are there already.
fn existing(path: &Path, force: bool) -> Result<Vec<Line>, Failure> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file::io(path, "cannot read", &error)),
    };
    match String::from_utf8(text).ok().and_then(|text| text.lines().map(parse).collect()) {
        Some(lines) => Ok(lines),
        None if force => Ok(Vec::new()),
        None => Err(Failure::new(format!("{} exists already and is no file of checksums", path.display()))
            .hint("remove it, choose another output, or run with --force")),
    }
}

/// Reads `HEX<TAB>NAME`, also coreutils' own `HEX  NAME` and `HEX *NAME`.
fn parse(line: &str) -> Option<Line> {
    let end = line.find(|c: char| !c.is_ascii_hexdigit())?;
    let (sum, rest) = line.split_at(end);
    let name =
        rest.strip_prefix('\t').or_else(|| rest.strip_prefix("  ")).or_else(|| rest.strip_prefix(" *"))?;
    let known = [32, 40, 56, 64, 96, 128].contains(&sum.len());
    (known && !name.is_empty()).then(|| Line { sum: sum.to_lowercase(), name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sum: char, length: usize, name: &str) -> Line {
        Line { sum: sum.to_string().repeat(length), name: name.into() }
    }

    #[test]
    fn a_second_run_replaces_and_a_second_build_adds() {
        let mut all = vec![line('a', 32, "disk"), line('a', 40, "disk")];
        merge(&mut all, vec![line('b', 32, "disk"), line('c', 32, "other")]);
        assert_eq!(all, [line('b', 32, "disk"), line('a', 40, "disk"), line('c', 32, "other")]);
    }

    #[test]
    fn lines_of_other_programs_are_read() {
        let sum = "0".repeat(64);
        for form in [format!("{sum}\ta b"), format!("{sum}  a b"), format!("{sum} *a b")] {
            assert_eq!(parse(&form), Some(line('0', 64, "a b")));
        }
        assert_eq!(parse("hello"), None);
        assert_eq!(parse("abc\tname"), None);
        assert_eq!(parse(""), None);
    }
}
