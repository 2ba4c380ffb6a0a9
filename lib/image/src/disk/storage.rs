//! A file that an image is read from: reads that name the file when they fail, and a bounded cache for tables.

use crate::Error;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of tables that all files of a disk together keep in memory: there may be a thousand.
const CACHED: usize = 16 << 20;

/// An open image file. Reads go by position, so that threads share it.
#[derive(Debug)]
pub(crate) struct Storage {
    /// Where it is: for messages, and for files that it names.
    path: PathBuf,
    file: File,
    length: u64,
    /// Which of the files it is.
    number: usize,
    cache: Arc<Cache>,
}

/// Tables of all files that a disk consists of or stands upon.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    files: AtomicUsize,
    tables: Mutex<Tables>,
}

/// File, offset and length: hostile files have tables that overlap.
type Key = (usize, u64, usize);

#[derive(Debug, Default)]
struct Tables {
    pages: HashMap<Key, Arc<[u8]>>,
    /// In the order of reading: the oldest leaves first.
    order: VecDeque<Key>,
    bytes: usize,
}

impl Storage {
    /// Opens a regular file or a block device for reading; anything else (a pipe would block) is refused.
    pub(crate) fn open(path: &Path, cache: &Arc<Cache>) -> Result<Self, Error> {
        let kind = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.file_type();
        if !kind.is_file() && !std::os::unix::fs::FileTypeExt::is_block_device(&kind) {
            return Err(Error::new(format!("{}: not a file or block device", path.display())));
        }
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        // A block device's metadata says 0.
        let length = rustix::fs::seek(&file, rustix::fs::SeekFrom::End(0))
            .map_err(|error| unreadable(path, &error.into()))?;
        let number = cache.files.fetch_add(1, Ordering::Relaxed);
        Ok(Self { path: path.to_owned(), file, length, number, cache: cache.clone() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Length in bytes when it was opened.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// An error that names this file.
    pub(crate) fn error(&self, message: impl std::fmt::Display) -> Error {
        Error::new(format!("{}: {message}", self.path.display()))
    }

    /// Fills the buffer; a file that ends before is an error.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        self.file.read_exact_at(buffer, offset).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self.cut_short(offset, buffer.len() as u64),
            _ => unreadable(&self.path, &error),
        })
    }

    /// Fills the buffer with what the file has from `offset` on, and with zeros past its end; it must begin inside.
    pub(crate) fn read_padded(&self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        if offset >= self.length {
            return Err(self.cut_short(offset, buffer.len() as u64));
        }
        let there = buffer.len().min(usize::try_from(self.length - offset).unwrap_or(usize::MAX));
        let (data, rest) = buffer.split_at_mut(there);
        rest.fill(0);
        self.read_at(data, offset)
    }

    /// `N` bytes at an offset.
    pub(crate) fn array<const N: usize>(&self, offset: u64) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.read_at(&mut bytes, offset)?;
        Ok(bytes)
    }

    /// A piece of a table, read once and kept while there is room.
    pub(crate) fn table(&self, offset: u64, length: usize) -> Result<Arc<[u8]>, Error> {
        let key = (self.number, offset, length);
        if let Some(page) = self.tables().pages.get(&key) {
            return Ok(page.clone());
        }
        // The lock is not held while reading: two threads may read one table, and one of them keeps it.
        let mut page = vec![0; length];
        self.read_at(&mut page, offset)?;
        let page: Arc<[u8]> = page.into();
        self.tables().keep(key, page.clone());
        Ok(page)
    }

    fn tables(&self) -> std::sync::MutexGuard<'_, Tables> {
        // A thread that panicked left at worst a table unkept.
        self.cache.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut_short(&self, offset: u64, length: u64) -> Error {
        self.error(format_args!(
            "cut short or damaged: {length} bytes are wanted at {offset}, and the file has {}",
            self.length
        ))
        .hint("Copy or download it again.")
    }
}

impl Tables {
    fn keep(&mut self, key: Key, page: Arc<[u8]>) {
        self.bytes += page.len();
        if let Some(old) = self.pages.insert(key, page) {
            self.bytes -= old.len();
        } else {
            self.order.push_back(key);
        }
        while self.bytes > CACHED && self.order.len() > 1 {
            if let Some(page) = self.order.pop_front().and_then(|oldest| self.pages.remove(&oldest)) {
                self.bytes -= page.len();
            }
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: cannot be read: {error}", path.display()))
}

/// Little-endian number at an index; the caller has checked that it is inside.
pub(crate) fn u32_le(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// Little-endian number at an index; the caller has checked that it is inside.
pub(crate) fn u64_le(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(array(bytes, at))
}

/// Big-endian number at an index; the caller has checked that it is inside.
pub(crate) fn u32_be(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(array(bytes, at))
}

/// Big-endian number at an index; the caller has checked that it is inside.
pub(crate) fn u64_be(bytes: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(array(bytes, at))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
