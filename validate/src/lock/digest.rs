//! SHA-256 digests of files.

use record::{Failure, file};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use template::depends::Image;

/// Digests, each file's once in a run.
#[derive(Default)]
pub(super) struct Digests(BTreeMap<PathBuf, String>);

impl Digests {
    /// The digests of files, of all files in folders, and of all that match patterns; nothing for what is not there.
    pub(super) fn files(&mut self, written: &[String]) -> Result<BTreeMap<String, Option<String>>, Failure> {
        let mut digests = BTreeMap::new();
        for text in written {
            let mut found = Vec::new();
            if Path::new(text).exists() {
                found.push(PathBuf::from(text));
            } else if text.contains(['*', '?', '[']) {
                found.extend(glob::glob(text).into_iter().flatten().flatten());
            }
            if found.is_empty() {
                digests.insert(text.clone(), None);
            }
            for path in found {
                for path in below(&path)? {
                    digests.insert(path.display().to_string(), Some(self.file(&path)?));
                }
            }
        }
        Ok(digests)
    }

    /// What is known of an image: the digest of a file that is here, with the disks beside an appliance; else its checksum.
    pub(super) fn image(&mut self, image: &Image) -> Result<Option<String>, Failure> {
        for place in &image.places {
            let path = Path::new(place.strip_prefix("file://").unwrap_or(place));
            if !path.is_file() {
                continue;
            }
            let disks = disks_beside(path)?;
            if disks.is_empty() {
                return self.file(path).map(Some);
            }
            let mut all = Sha256::new();
            for path in std::iter::once(path.to_owned()).chain(disks) {
                all.update(self.file(&path)?);
            }
            return Ok(Some(hex(all)));
        }
        Ok(Some(image.checksum.clone()).filter(|text| !text.is_empty()))
    }

    fn file(&mut self, path: &Path) -> Result<String, Failure> {
        if let Some(known) = self.0.get(path) {
            return Ok(known.clone());
        }
        let failed = |error| file::io(path, "cannot read", &error);
        let mut file = File::open(path).map_err(failed)?;
        let (mut digest, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => break,
                length => digest.update(&buffer[..length]),
            }
        }
        let digest = hex(digest);
        self.0.insert(path.to_owned(), digest.clone());
        Ok(digest)
    }
}

fn hex(digest: Sha256) -> String {
    let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// A file, or all files in a folder, sorted. Links to folders are not followed: they may lead in a circle.
fn below(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error| file::io(path, "cannot read the folder", &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let of = entry.file_type().map_err(failed)?;
        if of.is_dir() {
            files.extend(below(&entry.path())?);
        } else if entry.path().is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The disks of a machine's or appliance's description: they lie beside it.
fn disks_beside(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let ends = |path: &Path, wanted: &[&str]| {
        path.extension().is_some_and(|end| wanted.iter().any(|wanted| end.eq_ignore_ascii_case(wanted)))
    };
    if !ends(path, &["ovf", "vmx"]) {
        return Ok(Vec::new());
    }
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    Ok(below(folder)?.into_iter().filter(|path| ends(path, &["vmdk", "vdi", "vhd", "img"])).collect())
}
