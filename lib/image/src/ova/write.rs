//! Writing an archive whose members' sizes are known only when they are written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use tar::{EntryType, Header};

const BLOCK: u64 = 512;
/// From here on the size does not fit into ustar's field; GNU's header says it in binary, which all readers know.
const LARGE: u64 = 8 << 30;

/// Writes an archive into a file, by position, so that large members can be written by others.
pub struct Writer<'a> {
    file: &'a File,
    /// Where the next member begins.
    position: u64,
    modified: u64,
}

/// Where a member's content goes.
#[derive(Debug)]
pub struct Slot {
    name: String,
    header: u64,
}

impl Slot {
    /// Position of the content's first byte in the archive.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.header + BLOCK
    }
}

impl<'a> Writer<'a> {
    /// Begins an archive at the start of an empty file; its members bear the time `modified`, in seconds since 1970.
    #[must_use]
    pub fn new(file: &'a File, modified: u64) -> Self {
        Self { file, position: 0, modified }
    }

    /// Keeps room for a member whose content of exactly `size` bytes is written later, with [`Self::fill`].
    #[must_use]
    pub fn reserve(&mut self, name: &str, size: u64) -> Slot {
        let slot = self.begin(name);
        self.position = slot.start() + size.next_multiple_of(BLOCK);
        slot
    }

    /// Writes the content of a member that room was kept for.
    ///
    /// # Errors
    /// When writing fails, or the name is longer than 100 bytes.
    pub fn fill(&self, slot: &Slot, content: &[u8]) -> io::Result<()> {
        self.file.write_all_at(&self.header(&slot.name, content.len() as u64)?, slot.header)?;
        self.file.write_all_at(content, slot.start())
    }

    /// Begins a member at the end. Whoever writes it begins at [`Slot::start`]; then [`Self::end`] must be called.
    #[must_use]
    pub fn begin(&self, name: &str) -> Slot {
        Slot { name: name.to_owned(), header: self.position }
    }

    /// Ends the member begun last, whose content of `size` bytes has been written.
    ///
    /// # Errors
    /// When writing fails, or the name is longer than 100 bytes.
    pub fn end(&mut self, slot: &Slot, size: u64) -> io::Result<()> {
        self.file.write_all_at(&self.header(&slot.name, size)?, slot.header)?;
        self.position = slot.start() + size.next_multiple_of(BLOCK);
        Ok(())
    }

    /// Ends the archive with two empty blocks. Gives its size in bytes.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(self) -> io::Result<u64> {
        let size = self.position + 2 * BLOCK;
        // What nobody has written is zero: the ends of the members, and the two blocks.
        self.file.set_len(size)?;
        Ok(size)
    }

    fn header(&self, name: &str, size: u64) -> io::Result<[u8; 512]> {
        let mut header = if size < LARGE { Header::new_ustar() } else { Header::new_gnu() };
        header.set_path(name)?;
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.modified);
        header.set_size(size);
        header.set_cksum();
        Ok(*header.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_above_8_gib_are_found_by_every_tar() {
        let file = tempfile::tempfile().unwrap();
        let mut writer = Writer::new(&file, 0);
        let text = writer.reserve("a.ovf", 5);
        let disk = writer.begin("a.vmdk");
        writer.end(&disk, 9 << 30).unwrap();
        writer.fill(&text, b"hello").unwrap();
        let last = writer.begin("b.vmdk");
        file.write_all_at(b"xyz", last.start()).unwrap();
        writer.end(&last, 3).unwrap();
        let size = writer.finish().unwrap();
        assert_eq!(size, file.metadata().unwrap().len());
        assert_eq!(size, 512 * (2 + 1 + 2 + 2) + (9 << 30));
        let mut archive = tar::Archive::new(&file);
        let found: Vec<_> = archive
            .entries_with_seek()
            .unwrap()
            .map(|entry| {
                entry.map(|entry| (entry.path().unwrap().display().to_string(), entry.size())).unwrap()
            })
            .collect();
        assert_eq!(
            found,
            [("a.ovf".to_owned(), 5), ("a.vmdk".to_owned(), 9 << 30), ("b.vmdk".to_owned(), 3)]
        );
    }
}
