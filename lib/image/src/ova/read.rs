//! Reading anybody's archive.

use crate::Error;
use crate::manifest::{Hasher, Manifest};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Most members that an archive may have.
const MOST: usize = 1000;
/// Largest descriptor or manifest.
const LARGEST_TEXT: u64 = 8 << 20;
/// Largest header that says more of the next member: a long name.
const LARGEST_EXTENSION: u64 = 1 << 20;

/// An OVA that is open for reading.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    file: File,
    members: Vec<Member>,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name, without folders.
    pub name: String,
    /// Where its content begins in the archive.
    pub start: u64,
    /// Size of its content in bytes.
    pub size: u64,
}

impl Archive {
    /// Opens an archive and finds its members. VirtualBox's lack the two empty blocks at the end, which is allowed.
    ///
    /// # Errors
    /// When it is no tar archive, is cut short, or holds what an appliance doesn't: links, devices, folders, names that
    /// lead elsewhere, a name twice.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let cannot = |error: io::Error| Error::new(format!("cannot read {}: {error}", path.display()));
        let file = File::open(path).map_err(cannot)?;
        let length = file.metadata().map_err(cannot)?.len();
        let mut magic = [0; 2];
        if file.read_at(&mut magic, 0).map_err(cannot)? == 2 && magic == [0x1f, 0x8b] {
            return Err(Error::new(format!(
                "{} is compressed by gzip; an OVA is a plain tar archive",
                path.display()
            ))
            .hint("unpack it with gunzip first"));
        }
        let members = members(&file, length).map_err(|reason| {
            Error::new(format!("{} is not an OVA that can be read: {reason}", path.display()))
        })?;
        Ok(Self { path: path.to_owned(), file, members })
    }

    /// All members, in order.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The descriptor: the first member whose name ends in `.ovf`. Gives name and text, checked against the manifest.
    ///
    /// # Errors
    /// When there is none, it cannot be read, or it was changed.
    pub fn descriptor(&self) -> Result<(String, String), Error> {
        let member = self.find(|member| ending(&member.name, ".ovf")).ok_or_else(|| {
            Error::new(format!("{} holds no descriptor (.ovf): it is not an OVA", self.path.display()))
        })?;
        let text = self.text(member)?;
        if let Some(manifest) = self.manifest()? {
            manifest.verify(&member.name, text.as_bytes()).map_err(|error| self.naming(error))?;
        }
        Ok((member.name.clone(), text))
    }

    /// The manifest, if there is one under the descriptor's name.
    ///
    /// # Errors
    /// When it cannot be understood.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let descriptor = self.find(|member| ending(&member.name, ".ovf"));
        let stem = descriptor.map(|member| &member.name[..member.name.len() - ".ovf".len()]);
        let member = self.find(|member| {
            ending(&member.name, ".mf") && Some(&member.name[..member.name.len() - ".mf".len()]) == stem
        });
        let Some(member) = member else { return Ok(None) };
        Manifest::parse(&self.text(member)?).map(Some).map_err(|error| self.naming(error))
    }

    /// Writes the members into a folder, which is made where it is missing, and checks them against the manifest on the
    /// way. Files that are there are not replaced. `progress` gets bytes that are done, and all; breaking stops the work.
    /// Gives the path of the descriptor.
    ///
    /// # Errors
    /// When reading or writing fails, or a member was changed. What was written before is left in the folder.
    pub fn extract(
        &self,
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
    ) -> Result<PathBuf, Error> {
        let (descriptor, _) = self.descriptor()?;
        let manifest = self.manifest()?.unwrap_or_default();
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::new(format!("cannot make folder {}: {error}", folder.display())))?;
        let all = self.members.iter().map(|member| member.size).sum();
        let mut done = 0;
        for member in &self.members {
            let target = folder.join(&member.name);
            let mut hasher = manifest.of(&member.name).map(|entry| Hasher::new(entry.algorithm));
            let mut each = |bytes: &[u8]| {
                if let Some(hasher) = &mut hasher {
                    hasher.update(bytes);
                }
                done += bytes.len() as u64;
                progress(done, all)
            };
            self.copy(member, &target, &mut each)?;
            if let (Some(entry), Some(hasher)) = (manifest.of(&member.name), hasher) {
                entry.check(&hasher.finish()).map_err(|error| self.naming(error))?;
            }
        }
        Ok(folder.join(descriptor))
    }

    fn copy(
        &self,
        member: &Member,
        target: &Path,
        each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let cannot = |error: io::Error| {
            Error::new(format!(
                "cannot write '{}' of {} to {}: {error}",
                member.name,
                self.path.display(),
                target.display()
            ))
        };
        let mut file = File::options().write(true).create_new(true).open(target).map_err(cannot)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(cannot)?;
        let mut source = self.content(member);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let length = source.read(&mut buffer).map_err(cannot)?;
            if length == 0 {
                return Ok(());
            }
            file.write_all(&buffer[..length]).map_err(cannot)?;
            if each(&buffer[..length]).is_break() {
                return Err(Error::new(format!("unpacking {} was stopped", self.path.display())));
            }
        }
    }

    /// Reads a member's content.
    pub fn content(&self, member: &Member) -> impl Read {
        Content { file: &self.file, position: member.start, end: member.start + member.size }
    }

    fn find(&self, wanted: impl Fn(&Member) -> bool) -> Option<&Member> {
        self.members.iter().find(|member| wanted(member))
    }

    fn text(&self, member: &Member) -> Result<String, Error> {
        let cannot = |reason: &str| {
            Error::new(format!("cannot read '{}' of {}: {reason}", member.name, self.path.display()))
        };
        if member.size > LARGEST_TEXT {
            return Err(cannot(&format!("it is {} bytes long", member.size)));
        }
        let mut text = String::new();
        self.content(member).read_to_string(&mut text).map_err(|error| cannot(&error.to_string()))?;
        Ok(text)
    }

    fn naming(&self, mut error: Error) -> Error {
        error.message = format!("{}: {}", self.path.display(), error.message);
        error
    }
}

fn ending(name: &str, ending: &str) -> bool {
    name.len() > ending.len() && name.to_ascii_lowercase().ends_with(ending)
}

/// Finds the members. The error is the reason alone.
fn members(file: &File, length: u64) -> Result<Vec<Member>, String> {
    check_extensions(file)?;
    let mut archive = tar::Archive::new(file);
    let mut members: Vec<Member> = Vec::new();
    for entry in archive.entries_with_seek().map_err(|error| error.to_string())? {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.path().map_err(|error| error.to_string())?.into_owned();
        let name = name.to_str().ok_or("a member's name is not UTF-8")?;
        let name = name.strip_prefix("./").unwrap_or(name);
        let shown = name.escape_debug();
        if !entry.header().entry_type().is_file() {
            return Err(format!("member '{shown}' is not a plain file"));
        }
        crate::ovf::file_name(name).map_err(|error| error.message)?;
        if name.contains('/') {
            return Err(format!("member '{shown}' is in a folder"));
        }
        if members.iter().any(|member| member.name == name) {
            return Err(format!("there are two members '{shown}'"));
        }
        let member = Member { name: name.to_owned(), start: entry.raw_file_position(), size: entry.size() };
        if member.start.checked_add(member.size).is_none_or(|end| end > length) {
            return Err(format!("member '{shown}' is cut short"));
        }
        members.push(member);
        if members.len() > MOST {
            return Err(format!("there are more than {MOST} members"));
        }
    }
    if members.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(members)
}

/// Refuses long names and attributes that are longer than any: the archive's reader takes them into memory.
fn check_extensions(mut file: &File) -> Result<(), String> {
    let mut archive = tar::Archive::new(file);
    for entry in archive.entries_with_seek().map_err(|error| error.to_string())?.raw(true) {
        let entry = entry.map_err(|error| error.to_string())?;
        let kind = entry.header().entry_type();
        let is_extension = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if is_extension && entry.size() > LARGEST_EXTENSION {
            return Err(format!("it has a header of {} bytes", entry.size()));
        }
    }
    file.rewind().map_err(|error| error.to_string())
}

/// A part of a file, read by position so that several can be read at once.
struct Content<'a> {
    file: &'a File,
    position: u64,
    end: u64,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let length = self.file.read_at(&mut buffer[..wanted], self.position)?;
        if length == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += length as u64;
        Ok(length)
    }
}
