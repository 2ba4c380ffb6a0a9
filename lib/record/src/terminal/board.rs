//! The file in which the tools on one terminal keep their parts of the status line.

use crate::env;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, getuid, test_kill_process};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long to wait for the lock: a stopped process may hold it, and a status line is not worth waiting for.
const PATIENCE: Duration = Duration::from_millis(200);

/// A small file: `PID TEXT` for each tool, one a line.
pub(super) struct Board {
    file: File,
}

/// Holds the terminal until it is dropped.
pub(super) struct Locked {
    file: File,
}

impl Drop for Locked {
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

impl Board {
    /// Opens the file of the terminal on standard error. Nothing where that cannot be had for this user alone.
    pub(super) fn open() -> Option<Self> {
        let device = rustix::fs::fstat(std::io::stderr()).ok()?.st_rdev;
        let (user, name) = (getuid().as_raw(), format!("kiln-terminal-{device:x}"));
        let path = match std::env::var_os(env::XDG_RUNTIME_DIR).filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder).join(name),
            None => PathBuf::from(format!("/tmp/{name}-{user}")),
        };
        let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).ok()?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(no_follow)
            .open(path)
            .ok()?;
        let metadata = file.metadata().ok()?;
        (metadata.is_file() && metadata.uid() == user).then_some(Self { file })
    }

    /// Takes the terminal; nothing when somebody else holds it for too long.
    pub(super) fn lock(&self) -> Option<Locked> {
        let file = self.file.try_clone().ok()?;
        let start = Instant::now();
        while flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if start.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Some(Locked { file })
    }

    /// Replaces this process's text.
    pub(super) fn set(&mut self, text: &str) {
        let own = std::process::id();
        let mut entries = self.entries();
        match entries.iter_mut().find(|(pid, _)| *pid == own) {
            Some(entry) => text.clone_into(&mut entry.1),
            None => entries.push((own, text.to_owned())),
        }
        entries.retain(|(pid, text)| is_alive(*pid) && !text.is_empty());
        let content: String = entries.iter().map(|(pid, text)| format!("{pid} {text}\n")).collect();
        let _ = self.file.set_len(0);
        let _ = self.file.rewind();
        let _ = self.file.write_all(content.as_bytes());
    }

    /// The texts of all tools that live, in the order in which they came.
    pub(super) fn texts(&mut self) -> Vec<String> {
        self.entries().into_iter().filter(|(pid, _)| is_alive(*pid)).map(|(_, text)| text).collect()
    }

    fn entries(&mut self) -> Vec<(u32, String)> {
        let mut content = String::new();
        let _ = self.file.rewind();
        let _ = self.file.read_to_string(&mut content);
        content
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter_map(|(pid, text)| Some((pid.parse().ok()?, text.to_owned())))
            .collect()
    }
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// All texts in one line of at most `width` characters; where they are too long together, the long ones give way.
pub(super) fn compose(texts: &[String], width: usize) -> String {
    const BETWEEN: &str = " | ";
    let room = width.saturating_sub(BETWEEN.len() * texts.len().saturating_sub(1));
    let mut lengths: Vec<usize> = texts.iter().map(|text| text.chars().count()).collect();
    lengths.sort_unstable();
    let (mut left, mut share) = (room, room);
    for (taken, length) in lengths.iter().enumerate() {
        share = left / (lengths.len() - taken);
        if *length > share {
            break;
        }
        left -= length;
        share = width;
    }
    let parts: Vec<String> = texts.iter().map(|text| shorten(text, share)).collect();
    shorten(&parts.join(BETWEEN), width)
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::compose;

    fn composed(texts: &[&str], width: usize) -> String {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        compose(&texts, width)
    }

    #[test]
    fn the_line_is_shared_fairly() {
        assert_eq!(composed(&[], 20), "");
        assert_eq!(composed(&["one", "two"], 20), "one | two");
        assert_eq!(composed(&["short", "a very long text indeed"], 20), "short | a very long…");
        assert_eq!(composed(&["abcdefghijklmnop", "ABCDEFGHIJKLMNOP"], 21), "abcdefgh… | ABCDEFGH…");
        assert_eq!(composed(&["abcdefghijklmnop"], 10), "abcdefghi…");
    }
}
