//! Transfers over SFTP, file by file.

use super::local::{self, Tree};
use super::{Counting, FileUpload};
use crate::ssh::connection::Worker;
use crate::ssh::live::{Fault, Live, Patience};
use record::file::NewFile;
use record::{Build, Failure, FailureKind};
use ssh2::{FileStat, OpenFlags, OpenType, Sftp};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// An SFTP session in a connection.
struct Session<'a> {
    live: &'a mut Live,
    sftp: Sftp,
    patience: Patience<'a>,
}

impl<'a> Session<'a> {
    fn open(worker: &'a mut Worker, build: &'a Build) -> Result<Self, Fault> {
        let patience = Patience::of(build);
        let live = worker.connected(build)?;
        let sftp = live.drive(&patience, |session| session.sftp()).map_err(|fault| {
            with_context(fault, "the machine's SSH server has no SFTP").map_hint(
                "enable its sftp subsystem, or leave out 'ssh_file_transfer_method' where the machine has a POSIX shell",
            )
        })?;
        Ok(Self { live, sftp, patience })
    }

    fn stat(&mut self, path: &Path) -> Result<Option<FileStat>, Fault> {
        match self.live.drive(&self.patience, |_| self.sftp.stat(path)) {
            Ok(stat) => Ok(Some(stat)),
            Err(Fault::Failed(failure)) if failure.kind != FailureKind::Interrupted => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn is_folder(&mut self, path: &Path) -> Result<bool, Fault> {
        Ok(self.stat(path)?.is_some_and(|stat| stat.is_dir()))
    }

    /// Makes a folder and those above it that are missing.
    fn make_folders(&mut self, path: &Path) -> Result<(), Fault> {
        if path == Path::new("") || self.is_folder(path)? {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.make_folders(parent)?;
        }
        self.live.drive(&self.patience, |_| self.sftp.mkdir(path, 0o755)).map_err(|fault| {
            with_context(fault, &format!("cannot make the folder {} in the machine", path.display())).fault
        })
    }

    fn set_mode(&mut self, path: &Path, mode: u32) -> Result<(), Fault> {
        let stat = FileStat { size: None, uid: None, gid: None, perm: Some(mode), atime: None, mtime: None };
        self.live
            .drive(&self.patience, |_| self.sftp.setstat(path, stat.clone()))
            .map_err(|fault| with_context(fault, &format!("cannot set the mode of {}", path.display())).fault)
    }

    fn write(&mut self, path: &Path, content: &mut dyn Read, mode: u32) -> Result<(), Fault> {
        let what = format!("cannot write {} in the machine", path.display());
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let mut file = self
            .live
            .drive(&self.patience, |_| {
                self.sftp.open_mode(path, flags, i32::try_from(mode).unwrap_or(0o644), OpenType::File)
            })
            .map_err(|fault| with_context(fault, &what).fault)?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            let count = content
                .read(&mut buffer)
                .map_err(|error| Failure::new(format!("cannot read what is to be sent: {error}")))?;
            if count == 0 {
                break;
            }
            let mut sent = 0;
            while sent < count {
                sent += self
                    .live
                    .drive_io(&self.patience, || file.write(&buffer[sent..count]))
                    .map_err(|fault| with_context(fault, &what).fault)?;
            }
        }
        self.live
            .drive(&self.patience, |_| file.close())
            .map_err(|fault| with_context(fault, &what).fault)?;
        self.set_mode(path, mode)
    }

    fn read(
        &mut self,
        path: &Path,
        destination: &Path,
        mode: Option<u32>,
        build: &Build,
    ) -> Result<(), Fault> {
        let what = format!("cannot read {} in the machine", path.display());
        let size = self.stat(path)?.and_then(|stat| stat.size);
        let mut file = self
            .live
            .drive(&self.patience, |_| self.sftp.open(path))
            .map_err(|fault| with_context(fault, &what).fault)?;
        let mut new = NewFile::create(destination, true)?;
        let (mut buffer, mut done, mut said) = (vec![0; 256 * 1024], 0, std::time::Instant::now());
        loop {
            let count = self
                .live
                .drive_io(&self.patience, || file.read(&mut buffer))
                .map_err(|fault| with_context(fault, &what).fault)?;
            if count == 0 {
                break;
            }
            new.file()
                .write_all(&buffer[..count])
                .map_err(|error| record::file::io(destination, "cannot write", &error))?;
            done += count as u64;
            if said.elapsed().as_millis() >= 500 {
                said = std::time::Instant::now();
                build.progress(done, size, "bytes");
            }
        }
        let _ = self.live.drive(&self.patience, |_| file.close());
        if let Some(mode) = mode {
            new.set_mode(mode & 0o7777)?;
        }
        Ok(new.finish()?)
    }

    /// What is in a folder.
    fn list(&mut self, path: &Path) -> Result<Vec<(PathBuf, FileStat)>, Fault> {
        let what = format!("cannot read the folder {} in the machine", path.display());
        let mut folder = self
            .live
            .drive(&self.patience, |_| self.sftp.opendir(path))
            .map_err(|fault| with_context(fault, &what).fault)?;
        let mut names = Vec::new();
        loop {
            match self.live.drive(&self.patience, |_| folder.readdir()) {
                Ok((name, _)) if name == Path::new(".") || name == Path::new("..") => {}
                Ok((name, _)) => names.push(name),
                // libssh2 says the end as an error (LIBSSH2_ERROR_FILE, "no more files").
                Err(Fault::Failed(failure)) if failure.kind != FailureKind::Interrupted => break,
                Err(fault) => return Err(fault),
            }
        }
        names.sort();
        let mut found = Vec::new();
        for name in names {
            let full = path.join(&name);
            let stat = self
                .stat(&full)?
                .ok_or_else(|| Failure::new(format!("cannot read {} in the machine", full.display())))?;
            found.push((full, stat));
        }
        Ok(found)
    }

    fn read_folder(&mut self, path: &Path, destination: &Path, build: &Build) -> Result<(), Fault> {
        for (full, stat) in self.list(path)? {
            let Some(name) = full.file_name() else { continue };
            let target = destination.join(name);
            if stat.is_dir() {
                std::fs::create_dir_all(&target)
                    .map_err(|error| record::file::io(&target, "cannot make the folder", &error))?;
                self.read_folder(&full, &target, build)?;
            } else {
                self.read(&full, &target, stat.perm, build)?;
            }
        }
        Ok(())
    }
}

/// A fault with what was being done.
struct Explained {
    fault: Fault,
}

impl Explained {
    fn map_hint(self, hint: &str) -> Fault {
        match self.fault {
            Fault::Failed(failure) if failure.kind != FailureKind::Interrupted => {
                Fault::Failed(failure.hint(hint))
            }
            fault => fault,
        }
    }
}

fn with_context(fault: Fault, what: &str) -> Explained {
    let fault = match fault {
        Fault::Failed(failure) if failure.kind != FailureKind::Interrupted => {
            Fault::Failed(failure.context(what))
        }
        fault => fault,
    };
    Explained { fault }
}

pub(super) fn upload_file(
    worker: &mut Worker,
    content: &mut dyn Read,
    upload: &FileUpload,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let mut session = Session::open(worker, build)?;
    let target = match destination.strip_suffix('/') {
        Some(_) => Path::new(destination).join(&upload.name),
        None => PathBuf::from(destination),
    };
    if session.is_folder(&target)? {
        return Err(Failure::new(format!(
            "cannot write {destination} in the machine: {} is a folder",
            target.display()
        ))
        .hint(format!("to copy into the folder, end the destination with a slash: {destination}/"))
        .into());
    }
    if let Some(parent) = target.parent() {
        session.make_folders(parent)?;
    }
    session.write(&target, content, upload.mode)
}

pub(super) fn upload_folder(
    worker: &mut Worker,
    tree: &Tree,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let mut session = Session::open(worker, build)?;
    let mut target = PathBuf::from(destination);
    if let Some(name) = &tree.name
        && (destination.ends_with('/') || session.is_folder(&target)?)
    {
        target.push(name);
    }
    let new = !session.is_folder(&target)?;
    session.make_folders(&target)?;
    if new {
        session.set_mode(&target, tree.mode)?;
    }
    for entry in &tree.entries {
        let path = target.join(&entry.name);
        if entry.folder {
            session.make_folders(&path)?;
            session.set_mode(&path, entry.mode)?;
            continue;
        }
        let mut file = std::fs::File::open(&entry.path)
            .map_err(|error| record::file::io(&entry.path, "cannot read", &error))?;
        session.write(&path, &mut Counting::new(&mut file, Some(entry.size), build), entry.mode)?;
    }
    Ok(())
}

/// Whether the path is a folder in the machine.
pub(super) fn is_folder(worker: &mut Worker, path: &str, build: &Build) -> Result<bool, Fault> {
    Session::open(worker, build)?.is_folder(Path::new(path))
}

pub(super) fn download(
    worker: &mut Worker,
    source: &str,
    destination: &Path,
    into: bool,
    build: &Build,
) -> Result<(), Fault> {
    let mut session = Session::open(worker, build)?;
    let path = Path::new(source);
    let Some(stat) = session.stat(path)? else {
        return Err(
            Failure::new(format!("cannot read {source} in the machine: no such file or folder")).into()
        );
    };
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    if !stat.is_dir() {
        let target = if into { destination.join(&name) } else { destination.to_owned() };
        return session.read(path, &target, None, build);
    }
    std::fs::create_dir_all(destination)
        .map_err(|error| record::file::io(destination, "cannot make the folder", &error))?;
    let place = tempfile::Builder::new()
        .prefix(".kiln-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir_in(destination)
        .map_err(|error| record::file::io(destination, "cannot write in", &error))?;
    session.read_folder(path, place.path(), build)?;
    Ok(local::place(place.path(), &destination.join(name))?)
}
