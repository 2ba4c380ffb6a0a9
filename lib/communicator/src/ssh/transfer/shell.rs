//! Transfers through commands of a POSIX shell. Names travel as arguments in single quotes, so they may hold anything.

use super::local::{self, Tree};
use super::{Counting, FileUpload, pack};
use crate::ssh::connection::Worker;
use crate::ssh::exec::{self, Job, Outcome, Said, sh};
use crate::ssh::live::{Fault, Patience};
use record::event::Stream;
use record::file::NewFile;
use record::{Build, Failure};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// $1 destination, $2 name for a destination that is a folder, $3 mode.
const UPLOAD_FILE: &str = r#"d=$1
case $d in */) mkdir -p -- "$d" && d=$d$2 || exit 1;; esac
if [ -d "$d" ]; then echo "$d is a folder" >&2; exit 21; fi
case $d in */*) [ -d "${d%/*}/" ] || mkdir -p -- "${d%/*}" || exit 1;; esac
umask 077; cat > "$d" && chmod "$3" "$d""#;

/// $1 destination, $2 the folder's name or nothing, $3 its mode.
const UPLOAD_FOLDER: &str = r#"d=$1
if [ -n "$2" ]; then case $d in */) d=$d$2;; *) if [ -d "$d" ]; then d=$d/$2; fi;; esac; fi
if [ -e "$d" ] && [ ! -d "$d" ]; then echo "$d is not a folder" >&2; exit 20; fi
if [ ! -d "$d" ]; then mkdir -p -- "$d" && chmod "$3" "$d" || exit 1; fi
cd "$d/" && exec tar -xpomf -"#;

/// $1 file or folder. Says what it is in one line; a file's content or a folder's tar stream follows.
const DOWNLOAD: &str = r#"s=$1
if [ -d "$s" ]; then command -v tar >/dev/null || exit 77; echo folder; cd "$s/" && exec tar -chf - .; fi
if [ ! -e "$s" ]; then echo "$s: no such file or folder" >&2; exit 2; fi
if [ ! -r "$s" ]; then echo "$s: permission denied" >&2; exit 13; fi
echo "file $(wc -c < "$s")"; exec cat < "$s""#;

pub(super) fn upload_file(
    worker: &mut Worker,
    content: &mut dyn Read,
    upload: &FileUpload,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let command = sh(UPLOAD_FILE, &[destination, &upload.name, &format!("{:o}", upload.mode)]);
    let said = worker.ask(&command, Some(content), build)?;
    check(&said, &format!("cannot write {destination} in the machine"), destination)
}

pub(super) fn upload_folder(
    worker: &mut Worker,
    tree: &Tree,
    destination: &str,
    build: &Build,
) -> Result<(), Fault> {
    let name = tree.name.clone().unwrap_or_default();
    let command = sh(UPLOAD_FOLDER, &[destination, &name, &format!("{:o}", tree.mode)]);
    let (mut reader, thread) = pack::pack(tree)?;
    let mut content = Counting::new(&mut reader, Some(tree.size), build);
    let said = worker.ask(&command, Some(&mut content), build);
    drop(reader);
    let packed = pack::join(thread);
    let said = said?;
    check(&said, &format!("cannot write {destination} in the machine"), destination)?;
    packed.map_err(Fault::Failed)
}

/// The failure of a command that did not end with 0, with what it said.
fn check(said: &Said, what: &str, path: &str) -> Result<(), Fault> {
    let why = match &said.outcome {
        Outcome::Exited(0) => return Ok(()),
        _ if !said.stderr.is_empty() => said.stderr.lines().last().unwrap_or_default().to_owned(),
        Outcome::Exited(status) => format!("the command ended with status {status}"),
        Outcome::Signalled(signal) => format!("the command was killed by SIG{signal}"),
        Outcome::Lost(why) => return Err(Fault::Lost(why.clone())),
    };
    let failure = Failure::new(format!("{what}: {why}"));
    Err(Fault::Failed(if why.to_lowercase().contains("permission denied") {
        failure.hint(
            "the user of the SSH connection may not do that: copy to /tmp and move it with sudo in a shell step",
        )
    } else if why.ends_with("is a folder") {
        failure.hint(format!("to copy into the folder, end the destination with a slash: {path}/"))
    } else {
        failure
    }))
}

/// Whether the path holds a pattern that the machine's shell is to expand.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// A pattern as an unquoted word: everything but the pattern's own characters is quoted.
fn pattern_word(pattern: &str) -> String {
    let mut word = String::new();
    for part in pattern.split_inclusive(['*', '?', '[', ']', '!', '-', '^']) {
        let (plain, special) = match part.char_indices().next_back() {
            Some((at, last)) if "*?[]!-^".contains(last) => part.split_at(at),
            _ => (part, ""),
        };
        if !plain.is_empty() {
            word.push_str(&exec::word(plain));
        }
        word.push_str(special);
    }
    word
}

/// `false` when it is a folder and the machine has no tar.
pub(super) fn download(
    worker: &mut Worker,
    source: &str,
    destination: &Path,
    into: bool,
    build: &Build,
) -> Result<bool, Fault> {
    let pattern = is_pattern(source);
    let script = if pattern {
        let (folder, pattern) =
            source.rsplit_once('/').map_or((".", source), |(folder, last)| (folder, last));
        let folder = if folder.is_empty() { "/" } else { folder };
        let (enter, all) = (pattern_word(folder), pattern_word(pattern));
        format!(
            "echo folder; cd {enter} || exit 1; set -- {all}; if [ ! -e \"$1\" ]; then echo \"nothing matches $1\" >&2; \
             exit 2; fi; exec tar -chf - -- \"$@\""
        )
    } else {
        DOWNLOAD.to_owned()
    };
    let command = sh(&script, &[source]);
    // A folder keeps its name; what a pattern matches has names of its own.
    let name = if pattern { None } else { Path::new(source.trim_end_matches('/')).file_name() };
    let mut arrival = Arrival::new(destination, into, name.map(PathBuf::from), build);
    let mut said = Vec::new();
    let outcome = {
        let mut output = |stream: Stream, bytes: &[u8]| match stream {
            Stream::Stdout => arrival.take(bytes),
            Stream::Stderr => {
                said.extend_from_slice(&bytes[..bytes.len().min(4096)]);
                Ok(())
            }
        };
        let mut job = Job { command: &command, input: None, output: &mut output, pty: false, marker: None };
        let live = worker.connected(build)?;
        let patience = Patience::of(build);
        let channel = exec::start(live, &job, &patience)?;
        exec::finish(live, channel, &mut job, &patience)?
    };
    if outcome == Outcome::Exited(77) {
        return Ok(false);
    }
    let stderr = String::from_utf8_lossy(&said).trim_end().to_owned();
    check(
        &Said { outcome, stdout: String::new(), stderr },
        &format!("cannot read {source} in the machine"),
        source,
    )?;
    arrival.finish()?;
    Ok(true)
}

/// What comes out of the machine: first a line that says what it is.
struct Arrival<'a> {
    destination: &'a Path,
    into: bool,
    name: Option<PathBuf>,
    build: &'a Build,
    head: Vec<u8>,
    kind: Kind,
    done: u64,
    said: std::time::Instant,
}

enum Kind {
    Unknown,
    File {
        file: NewFile,
        size: Option<u64>,
    },
    Folder {
        place: tempfile::TempDir,
        pipe: std::io::PipeWriter,
        thread: std::thread::JoinHandle<Result<(), Failure>>,
    },
}

impl<'a> Arrival<'a> {
    fn new(destination: &'a Path, into: bool, name: Option<PathBuf>, build: &'a Build) -> Self {
        let said = std::time::Instant::now();
        Self { destination, into, name, build, head: Vec::new(), kind: Kind::Unknown, done: 0, said }
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let Kind::Unknown = self.kind {
            self.head.extend_from_slice(bytes);
            let Some(end) = self.head.iter().position(|byte| *byte == b'\n') else { return Ok(()) };
            let head = std::mem::take(&mut self.head);
            self.begin(&String::from_utf8_lossy(&head[..end]))?;
            return self.write(&head[end + 1..]);
        }
        self.write(bytes)
    }

    fn begin(&mut self, line: &str) -> Result<(), Failure> {
        if let Some(size) = line.trim().strip_prefix("file") {
            let path = self.path(self.into);
            self.kind = Kind::File { file: NewFile::create(&path, true)?, size: size.trim().parse().ok() };
            return Ok(());
        }
        let parent = self.path(true);
        let parent = parent.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        std::fs::create_dir_all(parent)
            .map_err(|error| record::file::io(parent, "cannot make the folder", &error))?;
        let place = tempfile::Builder::new()
            .prefix(".kiln-")
            .permissions(std::fs::Permissions::from_mode(0o755))
            .tempdir_in(parent)
            .map_err(|error| record::file::io(parent, "cannot write in", &error))?;
        let (pipe, thread) = pack::unpack(place.path())?;
        self.kind = Kind::Folder { place, pipe, thread };
        Ok(())
    }

    /// The path of what comes: the destination, or its name in the destination.
    fn path(&self, inside: bool) -> PathBuf {
        match &self.name {
            Some(name) if inside => self.destination.join(name),
            _ => self.destination.to_owned(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.done += bytes.len() as u64;
        let total = match &mut self.kind {
            Kind::File { file, size } => {
                file.file()
                    .write_all(bytes)
                    .map_err(|error| record::file::io(self.destination, "cannot write", &error))?;
                *size
            }
            // A reader that has what it wants closes the pipe; its own result says whether that was right.
            Kind::Folder { pipe, .. } => {
                let _ = pipe.write_all(bytes);
                None
            }
            Kind::Unknown => None,
        };
        if self.said.elapsed().as_millis() >= 500 {
            self.said = std::time::Instant::now();
            self.build.progress(self.done, total, "bytes");
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let folder = self.path(true);
        match self.kind {
            Kind::Unknown => Err(Failure::new("the machine sent nothing")),
            Kind::File { file, .. } => file.finish(),
            Kind::Folder { place, pipe, thread } => {
                drop(pipe);
                pack::join(thread)?;
                local::place(place.path(), &folder)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pattern_word;

    #[test]
    fn patterns_keep_their_special_characters_only() {
        assert_eq!(pattern_word("*.log"), "*'.log'");
        assert_eq!(pattern_word("a b[0-9]$x"), "'a b'['0'-'9']'$x'");
        assert_eq!(pattern_word("plain"), "'plain'");
    }
}
