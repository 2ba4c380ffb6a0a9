//! Which files stay: the flow of artifacts through sequences.
//!
//! Packer destroys an artifact as soon as a later post-processor has not kept it, with whatever files it lists: a failed
//! archive takes the image with it, and `artifice` hands the user's own files to the next step's broom. Here nothing is
//! removed until all sequences are through, and then only a file that was made by the build, that a step has replaced,
//! and that no sequence still counts on.

use record::{Artifact, ArtifactFile};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What a step does with its input where the user says nothing, and whether the user can have the input thrown away
/// (Packer 1.16, the results of `PostProcess`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepRule {
    /// Whether the input is kept by default.
    pub default: bool,
    /// Whether it is kept even where `keep_input_artifact` is false.
    pub forced: bool,
}

impl KeepRule {
    /// Whether the input is kept; `wish` is `keep_input_artifact`.
    pub fn keeps(self, wish: Option<bool>) -> bool {
        (self.default && self.forced) || wish.unwrap_or(self.default)
    }
}

/// What a build has made so far, and what becomes of it.
#[derive(Debug, Default)]
pub struct Ledger {
    made: Vec<Artifact>,
    retained: HashSet<PathBuf>,
    discarded: Vec<PathBuf>,
    users: HashSet<PathBuf>,
}

/// One sequence's entries, which count only once it is through.
#[derive(Debug, Default)]
pub struct Sequence {
    retained: HashSet<PathBuf>,
    discarded: Vec<PathBuf>,
}

impl Sequence {
    /// Notes a step that has made `output` of `input`.
    pub fn step(&mut self, input: &[Artifact], output: &[Artifact], rule: KeepRule, wish: Option<bool>) {
        if wish == Some(true) {
            self.retained.extend(paths(input).map(identity));
        }
        if rule.keeps(wish) {
            let passed: HashSet<PathBuf> = paths(output).map(identity).collect();
            self.retained.extend(paths(input).map(identity).filter(|path| !passed.contains(path)));
        } else {
            self.discarded.extend(paths(input).map(Path::to_owned));
        }
    }
}

impl Ledger {
    /// Begins with what the builder has made.
    pub fn new(artifacts: &[Artifact]) -> Self {
        Self { made: artifacts.to_vec(), ..Self::default() }
    }

    /// Notes what a step has made; a newer description of the same thing takes the older one's place.
    pub fn made(&mut self, artifacts: &[Artifact]) {
        for artifact in artifacts {
            match self.made.iter_mut().find(|known| same(known, artifact)) {
                Some(known) => known.clone_from(artifact),
                None => self.made.push(artifact.clone()),
            }
        }
    }

    /// Notes that files are the user's own: they are never removed.
    pub fn users_own(&mut self, artifacts: &[Artifact]) {
        self.users.extend(paths(artifacts).map(identity));
    }

    /// A sequence is through, and this is what it ends with.
    pub fn done(&mut self, sequence: Sequence, end: &[Artifact]) {
        self.retained.extend(sequence.retained);
        self.retained.extend(paths(end).map(identity));
        self.discarded.extend(sequence.discarded);
    }

    /// A sequence has failed: all that exists now stays.
    pub fn failed(&mut self) {
        let made: Vec<PathBuf> = paths(&self.made).map(identity).collect();
        self.retained.extend(made);
    }

    /// Removes what is to go, and gives what is left of the results, with a line for each file that could not be removed.
    pub fn settle(self) -> (Vec<Artifact>, Vec<String>) {
        let mut problems = Vec::new();
        let mut gone = HashSet::new();
        for path in &self.discarded {
            let id = identity(path);
            if self.retained.contains(&id) || gone.contains(&id) {
                continue;
            }
            if !self.users.contains(&id)
                && let Err(error) = fs::remove_file(path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                problems.push(format!("cannot remove {}: {error}", path.display()));
                continue;
            }
            gone.insert(id);
        }
        let artifacts = self.made.into_iter().filter_map(|artifact| left(artifact, &gone)).collect();
        (artifacts, problems)
    }
}

/// An artifact without the files that are gone; nothing where all are.
fn left(mut artifact: Artifact, gone: &HashSet<PathBuf>) -> Option<Artifact> {
    let had_files = !artifact.files.is_empty();
    artifact.files.retain(|file| !gone.contains(&identity(Path::new(&file.path))));
    (!had_files || !artifact.files.is_empty()).then_some(artifact)
}

/// The paths of all files in artifacts.
pub fn paths(artifacts: &[Artifact]) -> impl Iterator<Item = &Path> {
    files(artifacts).map(|file| Path::new(&file.path))
}

/// All files in artifacts.
pub fn files(artifacts: &[Artifact]) -> impl Iterator<Item = &ArtifactFile> {
    artifacts.iter().flat_map(|artifact| &artifact.files)
}

/// What makes two paths the same file. The folder is resolved and the name is not, so that this stays the same when the
/// file is removed, and a link is not taken for what it points to.
pub fn identity(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match (fs::canonicalize(folder), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    }
}

/// Whether two descriptions are of the same thing.
fn same(one: &Artifact, other: &Artifact) -> bool {
    let paths = |artifact: &Artifact| artifact.files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    one.kind == other.kind
        && one.builder_id == other.builder_id
        && one.id == other.id
        && paths(one) == paths(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKSUM: KeepRule = KeepRule { default: true, forced: true };
    const COMPRESS: KeepRule = KeepRule { default: false, forced: false };
    const ARTIFICE: KeepRule = KeepRule { default: true, forced: false };

    /// A folder with files, and artifacts of one file each.
    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn make(&self, name: &str) -> Artifact {
            let path = self.0.path().join(name);
            fs::write(&path, name).unwrap();
            let file = ArtifactFile { path: path.display().to_string(), size: 1, sha256: None };
            Artifact {
                kind: "files".into(),
                builder_id: name.into(),
                files: vec![file],
                ..Artifact::default()
            }
        }

        fn left(&self, ledger: Ledger) -> (Vec<String>, Vec<String>) {
            let (artifacts, problems) = ledger.settle();
            assert_eq!(problems, Vec::<String>::new());
            let mut disk: Vec<String> = fs::read_dir(self.0.path())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            disk.sort();
            (disk, artifacts.into_iter().map(|artifact| artifact.builder_id).collect())
        }
    }

    #[test]
    fn a_replaced_image_goes() {
        let place = Place::new();
        let image = [place.make("image")];
        let mut ledger = Ledger::new(&image);
        let archive = [place.make("archive")];
        ledger.made(&archive);
        let mut sequence = Sequence::default();
        sequence.step(&image, &archive, COMPRESS, None);
        ledger.done(sequence, &archive);
        assert_eq!(place.left(ledger), (vec!["archive".into()], vec!["archive".into()]));
    }

    #[test]
    fn checksums_keep_an_image_only_for_their_own_step() {
        let place = Place::new();
        let image = [place.make("image")];
        let sums = [image[0].clone(), place.make("sums")];
        let archive = [place.make("archive")];
        for wish in [None, Some(true)] {
            let mut ledger = Ledger::new(&image);
            let mut sequence = Sequence::default();
            ledger.made(&sums);
            sequence.step(&image, &sums, CHECKSUM, wish);
            ledger.made(&archive);
            sequence.step(&sums, &archive, COMPRESS, wish.map(|_| false));
            if wish.is_none() {
                assert!(sequence.retained.is_empty());
            }
            ledger.done(sequence, &archive);
            if wish.is_some() {
                assert_eq!(place.left(ledger).1, ["image", "archive"]);
            }
        }
    }

    #[test]
    fn one_sequence_that_keeps_the_image_is_enough() {
        let place = Place::new();
        let image = [place.make("image")];
        let archive = [place.make("archive")];
        let mut ledger = Ledger::new(&image);
        ledger.made(&archive);
        let mut first = Sequence::default();
        first.step(&image, &archive, COMPRESS, None);
        ledger.done(first, &archive);
        ledger.done(Sequence::default(), &image);
        assert_eq!(place.left(ledger).0, ["archive", "image"]);
    }

    #[test]
    fn a_failure_keeps_everything() {
        let place = Place::new();
        let image = [place.make("image")];
        let archive = [place.make("archive")];
        let mut ledger = Ledger::new(&image);
        ledger.made(&archive);
        let mut first = Sequence::default();
        first.step(&image, &archive, COMPRESS, None);
        ledger.done(first, &archive);
        ledger.failed();
        assert_eq!(place.left(ledger).1, ["image", "archive"]);
    }

    #[test]
    fn the_users_files_stay_and_are_not_listed_when_replaced() {
        let place = Place::new();
        let image = [place.make("image")];
        let own = [place.make("own")];
        let archive = [place.make("archive")];
        let mut ledger = Ledger::new(&image);
        let mut sequence = Sequence::default();
        ledger.made(&own);
        ledger.users_own(&own);
        sequence.step(&image, &own, ARTIFICE, Some(false));
        ledger.made(&archive);
        sequence.step(&own, &archive, COMPRESS, None);
        ledger.done(sequence, &archive);
        assert_eq!(place.left(ledger), (vec!["archive".into(), "own".into()], vec!["archive".into()]));
    }
}
