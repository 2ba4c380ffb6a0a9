//! Opening a disk: which format it is, and which other files it may name.

use crate::Error;
use crate::disk::raw::Raw;
use crate::disk::storage::{Cache, Storage, u32_le};
use crate::disk::{Disk, qcow2, vdi};
use crate::vmdk;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Files that one disk may consist of or stand upon, one above the other.
const DEPTH: usize = 64;

/// What a disk is stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The file is the disk.
    Raw,
    /// QEMU's copy-on-write format, versions 2 and 3.
    Qcow2,
    /// VMware's format, in any of its layouts.
    Vmdk,
    /// VirtualBox's own format.
    Vdi,
}

/// How a disk is opened.
#[derive(Debug, Clone, Default)]
pub struct Opener {
    format: Option<Format>,
    anywhere: bool,
    /// Files that led here, each naming the next.
    chain: Vec<PathBuf>,
    /// What all these files keep in memory.
    cache: Arc<Cache>,
}

impl Opener {
    /// The format is told from the content, and files that the image names must be in its folder or below.
    pub fn new() -> Self {
        Self::default()
    }

    /// The image has this format; its content isn't asked.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The image may name files anywhere: for overlays that we made ourselves.
    #[must_use]
    pub fn files_anywhere(mut self) -> Self {
        self.anywhere = true;
        self
    }

    /// Opens the image, with all files that it names.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Disk, Error> {
        let path = path.as_ref();
        let storage = self.storage(path)?;
        let below = self.below(path)?;
        let format = match self.format {
            Some(format) => format,
            None => detect(&storage)?,
        };
        match format {
            Format::Raw => Ok(Disk::new(Raw::whole(storage), Format::Raw)),
            Format::Qcow2 => qcow2::open(storage, &below),
            Format::Vmdk => vmdk::open(storage, &below),
            Format::Vdi => vdi::open(storage),
        }
    }

    /// The opener for what this file names; a file that leads back to itself is refused.
    fn below(&self, path: &Path) -> Result<Self, Error> {
        let place =
            path.canonicalize().map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        if self.chain.contains(&place) {
            return Err(Error::new(format!("{}: the disk stands upon itself", path.display())));
        }
        if self.chain.len() >= DEPTH {
            return Err(Error::new(format!(
                "{}: more than {DEPTH} disks stand upon each other",
                path.display()
            )));
        }
        let mut chain = self.chain.clone();
        chain.push(place);
        Ok(Self { format: None, anywhere: self.anywhere, chain, cache: self.cache.clone() })
    }

    /// Opens one of the disk's files.
    pub(crate) fn storage(&self, path: &Path) -> Result<Storage, Error> {
        Storage::open(path, &self.cache)
    }

    /// Where a file is that `owner` names.
    pub(crate) fn named(&self, owner: &Path, name: &str) -> Result<PathBuf, Error> {
        let folder = owner.parent().unwrap_or(Path::new(""));
        let path = folder.join(name);
        let refused = |why: &str| {
            Error::new(format!("{}: names the file {name:?}, {why}", owner.display()))
                .hint("Only files in its own folder are opened. Copy it there and name it without a folder.")
        };
        if name.is_empty() || name.contains('\0') {
            return Err(refused("which cannot be a name"));
        }
        if self.anywhere {
            return Ok(path);
        }
        if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(refused("outside its folder"));
        }
        // A symbolic link leads out as well.
        let root = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let inside = |root: PathBuf| path.canonicalize().map(|path| path.starts_with(root));
        match root.canonicalize().and_then(inside) {
            Ok(true) => Ok(path),
            Ok(false) => Err(refused("which leads outside its folder")),
            Err(error) => Err(Error::new(format!("{}: names the file {name:?}: {error}", owner.display()))),
        }
    }
}

/// Tells the format from the first bytes, as the formats' own readers do.
fn detect(storage: &Storage) -> Result<Format, Error> {
    let mut head = [0; 512];
    if storage.length() > 0 {
        storage.read_padded(&mut head, 0)?;
    }
    let other = |name: &str| {
        Err(storage
            .error(format_args!("{name} disks are not read"))
            .hint("Convert it first: qemu-img convert -O qcow2 FROM TO"))
    };
    match &head {
        head if head.starts_with(b"QFI\xfb") => Ok(Format::Qcow2),
        head if head.starts_with(b"KDMV") || vmdk::is_descriptor(head) => Ok(Format::Vmdk),
        head if u32_le(head, 64) == vdi::SIGNATURE => Ok(Format::Vdi),
        head if head.starts_with(b"COWD") => other("VMware's old copy-on-write (COWD)"),
        head if head.starts_with(b"vhdxfile") => other("Hyper-V's VHDX"),
        head if head.starts_with(b"conectix") => other("dynamic VHD"),
        _ => Ok(Format::Raw),
    }
}
