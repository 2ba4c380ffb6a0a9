//! The local side: reading a folder that is to be sent, and placing one that has come.

use record::{Failure, file};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A file or folder below the one that is sent.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it is on this machine.
    pub(super) path: PathBuf,
    /// Where it goes, relative to the destination.
    pub(super) name: PathBuf,
    pub(super) folder: bool,
    pub(super) mode: u32,
    pub(super) size: u64,
}

/// A folder with all that is in it, in order of names. Symbolic links are followed, as scp and Packer do.
#[derive(Debug)]
pub(super) struct Tree {
    /// The folder's own name, where it is to appear in the machine.
    pub(super) name: Option<String>,
    /// The folder's own mode.
    pub(super) mode: u32,
    pub(super) entries: Vec<Entry>,
    /// Bytes of all files.
    pub(super) size: u64,
}

impl Tree {
    /// Reads a folder. `named`: it goes as a folder of its name, not only what is in it.
    pub(super) fn read(folder: &Path, named: bool) -> Result<Self, Failure> {
        let real = fs::canonicalize(folder).map_err(|error| file::io(folder, "cannot read", &error))?;
        let mode = mode(&fs::metadata(&real).map_err(|error| file::io(folder, "cannot read", &error))?);
        let name = folder.file_name().or(real.file_name()).map(|name| name.to_string_lossy().into_owned());
        let mut tree = Self { name: name.filter(|_| named), mode, entries: Vec::new(), size: 0 };
        tree.walk(folder, Path::new(""), &mut vec![real])?;
        Ok(tree)
    }

    fn walk(&mut self, folder: &Path, name: &Path, above: &mut Vec<PathBuf>) -> Result<(), Failure> {
        let read = |error| file::io(folder, "cannot read the folder", &error);
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            paths.push(entry.map_err(read)?.path());
        }
        paths.sort();
        for path in paths {
            let Some(last) = path.file_name() else { continue };
            let name = name.join(last);
            let metadata = fs::metadata(&path).map_err(|error| {
                file::io(&path, "cannot read", &error)
                    .hint("symbolic links are followed; remove or repair one that leads nowhere")
            })?;
            let folder = metadata.is_dir();
            if !folder && !metadata.is_file() {
                return Err(Failure::new(format!("{} is neither a file nor a folder", path.display()))
                    .hint("sockets, pipes and devices cannot be copied; move it out of the folder"));
            }
            let size = if folder { 0 } else { metadata.len() };
            self.size += size;
            self.entries.push(Entry {
                path: path.clone(),
                name: name.clone(),
                folder,
                mode: mode(&metadata),
                size,
            });
            if folder {
                let real = fs::canonicalize(&path).map_err(|error| file::io(&path, "cannot read", &error))?;
                if above.contains(&real) {
                    return Err(Failure::new(format!("{} leads back to a folder above it", path.display()))
                        .hint("remove the symbolic link: it would be copied without end"));
                }
                above.push(real);
                self.walk(&path, &name, above)?;
                above.pop();
            }
        }
        Ok(())
    }
}

fn mode(metadata: &fs::Metadata) -> u32 {
    metadata.permissions().mode() & 0o7777
}

/// Moves what has come into a folder beside the destination to its place, file by file, each at once.
pub(super) fn place(from: &Path, to: &Path) -> Result<(), Failure> {
    if to.symlink_metadata().is_err() {
        return fs::rename(from, to).map_err(|error| file::io(to, "cannot write", &error));
    }
    let read = |error| file::io(from, "cannot read the folder", &error);
    for entry in fs::read_dir(from).map_err(read)? {
        let entry = entry.map_err(read)?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() && target.is_dir() {
            place(&path, &target)?;
        } else {
            fs::rename(&path, &target).map_err(|error| file::io(&target, "cannot write", &error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tree, place};
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn reads_a_folder_through_links_and_stops_at_loops() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        fs::create_dir_all(top.join("sub")).unwrap();
        fs::write(top.join("sub/b"), "12345").unwrap();
        symlink("sub/b", top.join("a")).unwrap();
        let tree = Tree::read(&top, true).unwrap();
        let names: Vec<_> = tree.entries.iter().map(|entry| entry.name.to_str().unwrap()).collect();
        assert_eq!(names, ["a", "sub", "sub/b"]);
        assert_eq!((tree.size, tree.name.as_deref()), (10, Some("top")));
        symlink("..", top.join("sub/up")).unwrap();
        let failure = Tree::read(&top, false).unwrap_err();
        assert!(failure.message.ends_with("sub/up leads back to a folder above it"), "{}", failure.message);
    }

    #[test]
    fn places_beside_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("d")).unwrap();
        fs::write(from.join("d/new"), "new").unwrap();
        fs::create_dir_all(to.join("d")).unwrap();
        fs::write(to.join("d/old"), "old").unwrap();
        place(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("d/new")).unwrap(), "new");
        assert_eq!(fs::read_to_string(to.join("d/old")).unwrap(), "old");
    }
}
