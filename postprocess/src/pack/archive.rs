//! Archives: tar, zip, or one file alone.

use super::encoder::Encoder;
use record::Build;
use record::env::SOURCE_DATE_EPOCH;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use template::options::post_processor::compress::{Container, Format};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How much is read at once, and how often progress is told, in bytes.
const CHUNK: usize = 1024 * 1024;

/// A file that goes into an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in the archive.
    pub name: String,
}

/// Writes an archive of `inputs` to the empty file `out`. The same input gives the same bytes, whatever its times are.
///
/// # Errors
/// When a file cannot be read, `out` cannot be written, or the build is cancelled meanwhile.
pub fn write(
    out: &File,
    format: Format,
    level: Option<u32>,
    inputs: &[Input],
    build: &Build,
) -> io::Result<()> {
    let mut progress = Progress { build, done: 0, total: 0 };
    for input in inputs {
        progress.total += named(std::fs::metadata(&input.path), input)?.len();
    }
    let out = BufWriter::with_capacity(CHUNK, out);
    if format.container == Container::Zip {
        return write_zip(out, level, inputs, &mut progress);
    }
    let mut encoder = Encoder::new(format.packing, level, out)?;
    if format.container == Container::Tar {
        encoder = write_tar(encoder, inputs, &mut progress)?;
    } else {
        for input in inputs {
            let mut file = named(File::open(&input.path), input)?;
            copy(&mut progress.of(&mut file, input), &mut encoder)?;
        }
    }
    // Closing a compressor writes: what fails there must not be lost.
    encoder.finish()?.flush()
}

/// GNU tar with modes and owners as they are, and all times the same (Packer: 1970).
fn write_tar<W: Write>(out: W, inputs: &[Input], progress: &mut Progress<'_>) -> io::Result<W> {
    let mut archive = tar::Builder::new(out);
    for input in inputs {
        let mut file = named(File::open(&input.path), input)?;
        let metadata = named(file.metadata(), input)?;
        let mut header = tar::Header::new_gnu();
        header.set_metadata(&metadata);
        header.set_mtime(epoch());
        let mut exact = Exact { left: metadata.len(), inner: progress.of(&mut file, input) };
        archive.append_data(&mut header, &input.name, &mut exact)?;
    }
    archive.into_inner()
}

fn write_zip(
    out: BufWriter<&File>,
    level: Option<u32>,
    inputs: &[Input],
    progress: &mut Progress<'_>,
) -> io::Result<()> {
    let mut archive = ZipWriter::new(out);
    for input in inputs {
        let mut file = named(File::open(&input.path), input)?;
        let metadata = named(file.metadata(), input)?;
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(level.map(i64::from))
            .large_file(metadata.len() >= u64::from(u32::MAX))
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(metadata.permissions().mode());
        archive.start_file(&input.name, options)?;
        let mut exact = Exact { left: metadata.len(), inner: progress.of(&mut file, input) };
        copy(&mut exact, &mut archive)?;
    }
    archive.finish()?.flush()
}

/// Seconds since 1970 that stand for every file's time.
fn epoch() -> u64 {
    std::env::var(SOURCE_DATE_EPOCH).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk)? {
            0 => return Ok(()),
            count => to.write_all(&chunk[..count])?,
        }
    }
}

/// Puts the file's path before an error.
fn named<T>(result: io::Result<T>, input: &Input) -> io::Result<T> {
    result.map_err(|error| with_path(&error, input))
}

fn with_path(error: &io::Error, input: &Input) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {}: {error}", input.path.display()))
}

/// Tells how far it is.
struct Progress<'a> {
    build: &'a Build,
    done: u64,
    total: u64,
}

impl Progress<'_> {
    fn of<'b, R: Read>(&'b mut self, inner: R, input: &'b Input) -> Watched<'b, R> {
        Watched { inner, input, build: self.build, done: &mut self.done, total: self.total, told: 0 }
    }
}

/// A reader that tells how far it is, stops when the build does, and names its file in errors.
struct Watched<'a, R> {
    inner: R,
    input: &'a Input,
    build: &'a Build,
    done: &'a mut u64,
    total: u64,
    told: u64,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.build.is_cancelled() {
            return Err(io::Error::other("interrupted"));
        }
        let count = self.inner.read(buffer).map_err(|error| with_path(&error, self.input))?;
        *self.done += count as u64;
        if *self.done >= self.told + 8 * CHUNK as u64 || count == 0 {
            self.told = *self.done;
            self.build.progress(*self.done, Some(self.total), "bytes");
        }
        Ok(count)
    }
}

/// A reader of exactly as many bytes as the file had when its header was written.
struct Exact<R> {
    left: u64,
    inner: R,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..room])?;
        if count == 0 && room > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a file became shorter while it was read",
            ));
        }
        self.left -= count as u64;
        Ok(count)
    }
}
