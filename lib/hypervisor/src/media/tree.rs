//! The files and folders of a medium, before it is written.

use record::{Failure, file};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A folder on a medium.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// What is in it, by name.
    pub(super) entries: BTreeMap<String, Entry>,
}

/// What is in a folder.
#[derive(Debug)]
pub(super) enum Entry {
    /// A folder.
    Folder(Folder),
    /// A file.
    File(Content),
}

/// What a file is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// A file on this computer: its path, its size when it was looked at, whether it is executable.
    Path(PathBuf, u64, bool),
    /// A text.
    Text(String),
}

impl Content {
    /// Size in bytes.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Path(_, size, _) => *size,
            Self::Text(text) => text.len() as u64,
        }
    }

    /// Writes the content, exactly as many bytes as [`Content::len`] says.
    ///
    /// # Errors
    /// When it cannot be read, has another size by now, or cannot be written.
    pub(super) fn write(&self, out: &mut dyn Write, medium: &Path) -> Result<(), Failure> {
        match self {
            Self::Text(text) => {
                out.write_all(text.as_bytes()).map_err(|error| file::io(medium, "cannot write", &error))
            }
            Self::Path(path, size, _) => {
                let mut source = File::open(path).map_err(|error| file::io(path, "cannot read", &error))?;
                let mut limited = io::Read::take(&mut source, size + 1);
                let copied = io::copy(&mut limited, out).map_err(|error| {
                    Failure::new(format!("cannot copy {} to {}: {error}", path.display(), medium.display()))
                })?;
                if copied == *size {
                    return Ok(());
                }
                Err(Failure::new(format!("{} is being changed: it has another size by now", path.display())))
            }
        }
    }
}

impl Folder {
    /// Puts a text at a path on the medium (`a/b.txt`, with or without `/` before it). `option` names where it came from.
    ///
    /// # Errors
    /// When the path is not one, or taken.
    pub(super) fn add_text(&mut self, option: &str, path: &str, text: &str) -> Result<(), Failure> {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let Some((name, folders)) = parts.split_last().filter(|_| !parts.contains(&"..")) else {
            return Err(Failure::new(format!("{option}: '{path}' is not a path on the medium"))
                .hint("such as \"user-data\" or \"scripts/first.sh\""));
        };
        let mut folder = self;
        for part in folders {
            let entry = folder.entries.entry((*part).to_owned());
            match entry.or_insert_with(|| Entry::Folder(Self::default())) {
                Entry::Folder(next) => folder = next,
                Entry::File(_) => return Err(taken(option, path)),
            }
        }
        folder.put(option, name, Content::Text(text.to_owned()))
    }

    /// Puts what the paths of an option name into this folder: files, and folders with all in them. Of a folder whose
    /// path ends in `/`, only what is in it. Patterns give what they match.
    ///
    /// # Errors
    /// When there is no such thing, it can't be read, or two have the same name.
    pub(super) fn add_paths(&mut self, option: &str, paths: &[String]) -> Result<(), Failure> {
        for written in paths {
            for path in matches(option, written)? {
                if written.ends_with('/') && path.is_dir() {
                    self.add_inside(option, &path, 0)?;
                } else {
                    self.add_path(option, &path, 0)?;
                }
            }
        }
        Ok(())
    }

    /// The same, with the files of folders put into this one.
    ///
    /// # Errors
    /// As [`Folder::add_paths`].
    pub(super) fn add_flat(&mut self, option: &str, paths: &[String]) -> Result<(), Failure> {
        let mut found = Self::default();
        for (index, written) in paths.iter().enumerate() {
            for (nth, path) in matches(option, written)?.into_iter().enumerate() {
                let mut one = Self::default();
                one.add_path(option, &path, 0)?;
                found.entries.insert(format!("{index:08}-{nth:08}"), Entry::Folder(one));
            }
        }
        self.flatten(option, found)
    }

    fn flatten(&mut self, option: &str, other: Self) -> Result<(), Failure> {
        for (name, entry) in other.entries {
            match entry {
                Entry::File(content) => self.put(option, &name, content)?,
                Entry::Folder(inner) => self.flatten(option, inner)?,
            }
        }
        Ok(())
    }

    fn add_path(&mut self, option: &str, path: &Path, depth: usize) -> Result<(), Failure> {
        let name = path.canonicalize().ok();
        let name = path.file_name().or_else(|| name.as_ref()?.file_name());
        let name = name.and_then(|name| name.to_str()).ok_or_else(|| {
            Failure::new(format!("{option}: the name of '{}' cannot stand on a medium", path.display()))
                .hint("rename it: names are UTF-8")
        })?;
        let metadata =
            path.metadata().map_err(|error| file::io(path, &format!("{option}: cannot read"), &error))?;
        if metadata.is_dir() {
            let entry = self.entries.entry(name.to_owned());
            return match entry.or_insert_with(|| Entry::Folder(Self::default())) {
                Entry::Folder(folder) => folder.add_inside(option, path, depth),
                Entry::File(_) => Err(taken(option, name)),
            };
        }
        if !metadata.is_file() {
            return Err(Failure::new(format!("{option}: {} is neither a file nor a folder", path.display())));
        }
        let executable = metadata.permissions().mode() & 0o111 != 0;
        self.put(option, name, Content::Path(path.to_owned(), metadata.len(), executable))
    }

    fn add_inside(&mut self, option: &str, path: &Path, depth: usize) -> Result<(), Failure> {
        // Links to folders above themselves have no end.
        if depth > 32 {
            return Err(Failure::new(format!("{option}: {} is nested too deeply", path.display()))
                .hint("is there a link to a folder above it?"));
        }
        let failed = |error| file::io(path, &format!("{option}: cannot read"), &error);
        for entry in path.read_dir().map_err(failed)? {
            self.add_path(option, &entry.map_err(failed)?.path(), depth + 1)?;
        }
        Ok(())
    }

    /// Puts a file into the folder. The very same one may be named twice.
    fn put(&mut self, option: &str, name: &str, content: Content) -> Result<(), Failure> {
        match self.entries.get(name) {
            Some(Entry::File(there)) if *there == content => Ok(()),
            Some(_) => Err(taken(option, name)),
            None => {
                self.entries.insert(name.to_owned(), Entry::File(content));
                Ok(())
            }
        }
    }

    /// Bytes of all files.
    pub(super) fn size(&self) -> u64 {
        self.entries.values().map(Entry::size).sum()
    }
}

impl Entry {
    fn size(&self) -> u64 {
        match self {
            Self::Folder(folder) => folder.size(),
            Self::File(content) => content.len(),
        }
    }
}

/// What a path or pattern stands for, in the order of the names.
fn matches(option: &str, written: &str) -> Result<Vec<PathBuf>, Failure> {
    if !written.contains(['*', '?', '[']) || Path::new(written).exists() {
        return Ok(vec![PathBuf::from(written)]);
    }
    let found = glob::glob(written)
        .map_err(|error| Failure::new(format!("{option}: '{written}' is not a pattern: {}", error.msg)))?;
    let mut paths = Vec::new();
    for path in found {
        paths.push(path.map_err(|error| file::io(error.path(), "cannot read", error.error()))?);
    }
    if paths.is_empty() {
        return Err(Failure::new(format!("{option}: nothing matches '{written}'"))
            .hint("paths count from the folder in which the tools run"));
    }
    Ok(paths)
}

fn taken(option: &str, path: &str) -> Failure {
    Failure::new(format!("{option}: two things are called '{path}' on the medium")).hint("rename one of them")
}
