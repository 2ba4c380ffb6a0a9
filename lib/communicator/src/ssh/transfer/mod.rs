//! Copying files and folders into and out of a machine.
//!
//! Where the machine has a POSIX shell, a file travels through the standard input or output of `cat`, a folder as one tar
//! stream; else, and with `ssh_file_transfer_method = "sftp"`, over SFTP. What goes where is the same on every way
//! (`docs/provision.md`).

mod local;
mod pack;
mod sftp;
mod shell;

use super::connection::{Posix, Worker};
use super::live::Fault;
use super::settings::Transfer;
use record::{Build, Failure};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

/// Copies a file or folder into the machine.
pub(super) fn upload(
    worker: &mut Worker,
    source: &str,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let path = Path::new(source);
    let metadata = std::fs::metadata(path).map_err(|error| record::file::io(path, "cannot read", &error))?;
    let posix = worker.posix(build)?;
    if metadata.is_dir() {
        let tree = local::Tree::read(path, !source.ends_with('/'))?;
        return match posix {
            Posix::ShellAndTar => shell::upload_folder(worker, &tree, destination, build),
            _ => sftp::upload_folder(worker, &tree, destination, build),
        };
    }
    if !metadata.is_file() {
        return Err(Failure::new(format!("{source} is neither a file nor a folder")).into());
    }
    let mut file =
        std::fs::File::open(path).map_err(|error| record::file::io(path, "cannot read", &error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let upload = FileUpload { name, mode: metadata.permissions().mode() & 0o7777, size: metadata.len() };
    upload_file(worker, posix, &mut file, &upload, destination, build)
}

/// Writes a file in the machine.
pub(super) fn write(
    worker: &mut Worker,
    content: &[u8],
    mode: u32,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let posix = worker.posix(build)?;
    // Packer's documentation promises this name for a content that goes into a folder.
    let upload = FileUpload { name: "pkr-file-content".into(), mode, size: content.len() as u64 };
    upload_file(worker, posix, &mut &*content, &upload, destination, build)
}

/// Copies files and folders out of the machine.
pub(super) fn download(
    worker: &mut Worker,
    source: &str,
    destination: &Path,
    into: bool,
    build: &Build,
) -> Result<(), Fault> {
    let posix = worker.posix(build)?;
    let pattern = shell::is_pattern(source);
    if posix == Posix::Missing && pattern {
        return Err(Failure::new(format!(
            "cannot read {source}: the machine has no POSIX shell to expand it"
        ))
        .hint("name the files without *, ? and []")
        .into());
    }
    let mut by_shell = posix != Posix::Missing && (worker.settings.transfer == Transfer::Shell || pattern);
    if !by_shell && posix == Posix::ShellAndTar {
        by_shell = sftp::is_folder(worker, source, build)?;
    }
    if by_shell && shell::download(worker, source, destination, into, build)? {
        return Ok(());
    }
    sftp::download(worker, source, destination, into, build)
}

/// A file on its way into the machine.
struct FileUpload {
    name: String,
    mode: u32,
    size: u64,
}

fn upload_file(
    worker: &mut Worker,
    posix: Posix,
    content: &mut dyn Read,
    upload: &FileUpload,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let mut content = Counting::new(content, Some(upload.size), build);
    if posix == Posix::Missing || worker.settings.transfer == Transfer::Sftp {
        sftp::upload_file(worker, &mut content, upload, destination, build)
    } else {
        shell::upload_file(worker, &mut content, upload, destination, build)
    }
}

/// Says now and then how much of a stream has passed.
pub(super) struct Counting<'a> {
    inner: &'a mut dyn Read,
    done: u64,
    total: Option<u64>,
    build: &'a Build,
    said: Instant,
}

impl<'a> Counting<'a> {
    fn new(inner: &'a mut dyn Read, total: Option<u64>, build: &'a Build) -> Self {
        Self { inner, done: 0, total, build, said: Instant::now() }
    }
}

impl Read for Counting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.done += count as u64;
        if self.said.elapsed().as_millis() >= 500 {
            self.said = Instant::now();
            self.build.progress(self.done, self.total, "bytes");
        }
        Ok(count)
    }
}
