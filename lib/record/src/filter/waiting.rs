//! Records that wait for their turn: a few in memory, the rest in a file that has no name.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

/// Bytes of records that wait in memory; what comes beyond waits on disk.
const IN_MEMORY: usize = 1 << 20;

/// First in, first out, in bounded memory.
#[derive(Debug)]
pub(super) struct Waiting {
    memory: VecDeque<Vec<u8>>,
    bytes: usize,
    bound: usize,
    disk: Option<Disk>,
}

/// Records on disk, each behind its length; the file is unlinked, so nothing is left of it after a crash.
#[derive(Debug)]
struct Disk {
    file: File,
    count: u64,
    read_at: u64,
    write_at: u64,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self::with_bound(IN_MEMORY)
    }

    fn with_bound(bound: usize) -> Self {
        Self { memory: VecDeque::new(), bytes: 0, bound, disk: None }
    }

    /// Appends a record. Where the disk refuses it, the record waits in memory after all.
    pub(super) fn push(&mut self, line: Vec<u8>) {
        let on_disk = self.disk.as_ref().map_or(0, |disk| disk.count);
        if on_disk == 0 && self.bytes + line.len() <= self.bound {
            return self.remember(line);
        }
        if self.spill(&line).is_err() {
            // Order matters less than the record.
            self.remember(line);
        }
    }

    /// Takes the record that waits longest.
    ///
    /// # Errors
    /// When the disk fails; the records on it are lost then, and their number is in the message.
    pub(super) fn pop(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some(line) = self.memory.pop_front() {
            self.bytes -= line.len();
            return Ok(Some(line));
        }
        let Some(disk) = self.disk.as_mut().filter(|disk| disk.count > 0) else { return Ok(None) };
        match disk.fetch(self.bound) {
            Ok(lines) => lines.into_iter().for_each(|line| self.remember(line)),
            Err(error) => {
                let count = std::mem::take(&mut disk.count);
                return Err(io::Error::new(error.kind(), format!("{count} waiting records: {error}")));
            }
        }
        self.pop()
    }

    fn remember(&mut self, line: Vec<u8>) {
        self.bytes += line.len();
        self.memory.push_back(line);
    }

    fn spill(&mut self, line: &[u8]) -> io::Result<()> {
        let disk = match &mut self.disk {
            Some(disk) => disk,
            None => {
                let disk = Disk { file: tempfile::tempfile()?, count: 0, read_at: 0, write_at: 0 };
                self.disk.insert(disk)
            }
        };
        disk.append(line)
    }
}

impl Disk {
    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        if self.count == 0 {
            (self.read_at, self.write_at) = (0, 0);
            self.file.set_len(0)?;
        }
        self.file.seek(SeekFrom::Start(self.write_at))?;
        let mut writer = BufWriter::new(&self.file);
        writer.write_all(&(line.len() as u64).to_le_bytes())?;
        writer.write_all(line)?;
        writer.flush()?;
        drop(writer);
        self.write_at += 8 + line.len() as u64;
        self.count += 1;
        Ok(())
    }

    /// Reads records until `bound` bytes are together, at least one.
    fn fetch(&mut self, bound: usize) -> io::Result<Vec<Vec<u8>>> {
        self.file.seek(SeekFrom::Start(self.read_at))?;
        let mut reader = BufReader::new(&self.file);
        let (mut lines, mut bytes) = (Vec::new(), 0);
        while self.count > 0 && bytes < bound.max(1) {
            let mut length = [0; 8];
            reader.read_exact(&mut length)?;
            let mut line = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?];
            reader.read_exact(&mut line)?;
            bytes += line.len();
            self.read_at += 8 + line.len() as u64;
            self.count -= 1;
            lines.push(line);
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::Waiting;

    #[test]
    fn keeps_the_order_beyond_what_memory_holds() {
        let mut waiting = Waiting::with_bound(100);
        let line = |number: usize| format!("record {number} {}", "x".repeat(number % 60)).into_bytes();
        let (mut pushed, mut popped) = (0, 0);
        for round in 0..200 {
            for _ in 0..round % 7 {
                waiting.push(line(pushed));
                pushed += 1;
            }
            for _ in 0..round % 5 {
                if let Some(found) = waiting.pop().unwrap() {
                    assert_eq!(found, line(popped));
                    popped += 1;
                }
            }
            assert!(waiting.bytes <= 200, "{} bytes in memory", waiting.bytes);
        }
        while let Some(found) = waiting.pop().unwrap() {
            assert_eq!(found, line(popped));
            popped += 1;
        }
        assert_eq!(popped, pushed);
    }
}
