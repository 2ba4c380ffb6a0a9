//! Folders as tar streams.

use super::local::Tree;
use record::{Failure, file};
use std::io::{PipeReader, PipeWriter, Read};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// Writes a folder as a tar stream into one end of a pipe, in a thread of its own; the other end is given back.
pub(super) fn pack(tree: &Tree) -> Result<(PipeReader, JoinHandle<Result<(), Failure>>), Failure> {
    let (reader, writer) = pipe()?;
    let entries: Vec<(PathBuf, PathBuf, bool, u32, u64)> = tree
        .entries
        .iter()
        .map(|entry| (entry.path.clone(), entry.name.clone(), entry.folder, entry.mode, entry.size))
        .collect();
    let thread = std::thread::spawn(move || {
        let mut archive = tar::Builder::new(std::io::BufWriter::with_capacity(128 * 1024, writer));
        for (path, name, folder, mode, size) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_mode(mode);
            header.set_size(size);
            header.set_entry_type(if folder { tar::EntryType::Directory } else { tar::EntryType::Regular });
            let packed = if folder {
                archive.append_data(&mut header, &name, std::io::empty())
            } else {
                std::fs::File::open(&path).and_then(|content| {
                    archive.append_data(&mut header, &name, Exactly { content, left: size })
                })
            };
            packed.map_err(|error| file::io(&path, "cannot send", &error))?;
        }
        archive.finish().map_err(|error| Failure::new(format!("cannot send: {error}")))
    });
    Ok((reader, thread))
}

/// A pipe between a thread that packs or unpacks and the one that talks to the machine.
fn pipe() -> Result<(PipeReader, PipeWriter), Failure> {
    std::io::pipe().map_err(|error| Failure::new(format!("cannot make a pipe: {error}")))
}

/// A file that must be as long as its header says: one that changes while it is sent would spoil the stream.
struct Exactly {
    content: std::fs::File,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.content.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(std::io::Error::other("it became shorter while it was sent"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Unpacks a tar stream that is written into the pipe given back. Names that lead out of the folder are left out.
pub(super) fn unpack(folder: &Path) -> Result<(PipeWriter, JoinHandle<Result<(), Failure>>), Failure> {
    let (reader, writer) = pipe()?;
    let folder = folder.to_owned();
    let thread = std::thread::spawn(move || {
        let mut archive = tar::Archive::new(std::io::BufReader::with_capacity(128 * 1024, reader));
        archive.set_preserve_permissions(true);
        archive.set_preserve_mtime(false);
        archive.unpack(&folder).map_err(|error| file::io(&folder, "cannot unpack into", &error))
    });
    Ok((writer, thread))
}

/// The result of a thread of [`pack`] or [`unpack`].
pub(super) fn join(thread: JoinHandle<Result<(), Failure>>) -> Result<(), Failure> {
    thread
        .join()
        .unwrap_or_else(|_| Err(Failure::new("packing or unpacking failed").hint("report this as a bug")))
}
