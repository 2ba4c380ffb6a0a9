//! Checksums of files, several kinds in one pass, on all cores.

use record::{Build, Failure, file};
use sha2::digest::{Digest, DynDigest};
use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How much is read at once, in bytes.
const BLOCK: usize = 1024 * 1024;

/// How many blocks may wait for a slow hash.
const AHEAD: usize = 4;

type Hasher = Box<dyn DynDigest + Send>;

/// The checksums of one file in hexadecimal, in the order of the kinds.
pub(super) type Sums = Vec<String>;

/// Hashes files, as many at a time as there are cores; where there are fewer files than cores, the kinds of one file
/// are computed side by side.
///
/// # Errors
/// For a kind that is not known, a file that cannot be read, and a build that is cancelled.
pub(super) fn hash(files: &[PathBuf], kinds: &[String], build: &Build) -> Result<Vec<Sums>, Failure> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut total = 0;
    for path in files {
        total += path.metadata().map_err(|error| file::io(path, "cannot read", &error))?.len();
    }
    let work = Work { kinds, build, total, done: AtomicU64::new(0), side_by_side: files.len() < cores };
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<Sums, Failure>)>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..cores.min(files.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::SeqCst);
                    let Some(path) = files.get(index) else { return };
                    let sums = work.file(path);
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((index, sums));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, sums)| sums).collect()
}

struct Work<'a> {
    kinds: &'a [String],
    build: &'a Build,
    total: u64,
    done: AtomicU64,
    side_by_side: bool,
}

impl Work<'_> {
    fn file(&self, path: &PathBuf) -> Result<Sums, Failure> {
        let hashers = self.kinds.iter().map(|kind| hasher(kind)).collect::<Result<Vec<_>, _>>()?;
        let file = File::open(path).map_err(|error| file::io(path, "cannot read", &error))?;
        let hashed = if self.side_by_side && hashers.len() > 1 {
            self.apart(file, hashers)
        } else {
            self.together(file, hashers)
        };
        match hashed {
            _ if self.build.is_cancelled() => Err(Failure::interrupted()),
            Ok(hashers) => Ok(hashers.into_iter().map(|hasher| hex(&hasher.finalize())).collect()),
            Err(error) => Err(file::io(path, "cannot read", &error)),
        }
    }

    /// Feeds all hashers in this thread.
    fn together(&self, mut file: File, mut hashers: Vec<Hasher>) -> std::io::Result<Vec<Hasher>> {
        let mut block = vec![0; BLOCK];
        loop {
            let count = self.read(&mut file, &mut block)?;
            if count == 0 {
                return Ok(hashers);
            }
            for hasher in &mut hashers {
                hasher.update(&block[..count]);
            }
        }
    }

    /// Feeds each hasher in a thread of its own.
    fn apart(&self, mut file: File, hashers: Vec<Hasher>) -> std::io::Result<Vec<Hasher>> {
        thread::scope(|scope| {
            let mut feeds = Vec::new();
            let mut threads = Vec::new();
            for hasher in hashers {
                let (feed, blocks) = sync_channel(AHEAD);
                feeds.push(feed);
                threads.push(scope.spawn(move || consume(hasher, &blocks)));
            }
            loop {
                let mut block = vec![0; BLOCK];
                let count = self.read(&mut file, &mut block)?;
                if count == 0 {
                    break;
                }
                block.truncate(count);
                let block = Arc::new(block);
                for feed in &feeds {
                    let _ = feed.send(block.clone());
                }
            }
            drop(feeds);
            let broken = |_| std::io::Error::other("a thread that hashes has stopped");
            threads.into_iter().map(|thread| thread.join().map_err(broken)).collect()
        })
    }

    /// Reads a block; nothing at the end and when the build is cancelled.
    fn read(&self, file: &mut File, block: &mut [u8]) -> std::io::Result<usize> {
        if self.build.is_cancelled() {
            return Ok(0);
        }
        let count = file.read(block)?;
        let done = self.done.fetch_add(count as u64, Ordering::Relaxed) + count as u64;
        if done % (8 * BLOCK as u64) < count as u64 {
            self.build.progress(done, Some(self.total), "bytes");
        }
        Ok(count)
    }
}

fn consume(mut hasher: Hasher, blocks: &Receiver<Arc<Vec<u8>>>) -> Hasher {
    for block in blocks {
        hasher.update(&block);
    }
    hasher
}

fn hasher(kind: &str) -> Result<Hasher, Failure> {
    Ok(match kind {
        "md5" => Box::new(md5::Md5::new()),
        "sha1" => Box::new(sha1::Sha1::new()),
        "sha224" => Box::new(sha2::Sha224::new()),
        "sha256" => Box::new(sha2::Sha256::new()),
        "sha384" => Box::new(sha2::Sha384::new()),
        "sha512" => Box::new(sha2::Sha512::new()),
        _ => return Err(Failure::new(format!("unrecognized checksum type: {kind}"))),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
