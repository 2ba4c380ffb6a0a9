//! Output of commands and guests: bytes in any pieces become whole, harmless lines.

use super::{Build, lock};
use crate::event::{Event, Stream};
use crate::mask::Masker;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

/// Longest line that is kept together; what has no newline for longer is cut.
const LONGEST_LINE: usize = 64 << 10;
/// How many of the last lines are kept for the record's `error`.
const TAIL_LINES: usize = 40;
/// Bytes of them, together.
const TAIL_BYTES: usize = 16 << 10;
/// Bytes of one of them.
const TAIL_LINE: usize = 2 << 10;

impl Build {
    /// What takes the output of a command, as bytes in any pieces.
    pub fn output_stream(&self, stream: Stream) -> OutputStream {
        self.stream_into(stream, Tail::default())
    }

    /// The same for both outputs of a command, which keep their last lines together.
    pub fn output_streams(&self) -> (OutputStream, OutputStream) {
        let tail = Tail::default();
        (self.stream_into(Stream::Stdout, tail.clone()), self.stream_into(Stream::Stderr, tail))
    }

    fn stream_into(&self, stream: Stream, tail: Tail) -> OutputStream {
        OutputStream { build: self.clone(), stream, lines: Lines::default(), tail }
    }

    /// Logs a line as it came and shows what a terminal would have shown of it.
    fn output_line(&self, stream: Stream, raw: &[u8], tail: &Tail) {
        self.shared.log.raw(self.masker(), self.shared.reporter.tool(), raw);
        let text = String::from_utf8_lossy(visible(raw)).into_owned();
        tail.push(self.masker().mask(&text));
        self.report(&Event::Output { stream, text });
    }

    fn masker(&self) -> &Masker {
        self.shared.reporter.masker()
    }
}

/// Takes the bytes of one output; shows, logs and remembers them line by line.
#[derive(Debug)]
pub struct OutputStream {
    build: Build,
    stream: Stream,
    lines: Lines,
    tail: Tail,
}

impl OutputStream {
    /// Takes some bytes, cut anywhere. The log keeps a line as it came; people see it as a terminal would show it:
    /// of a line that is written over with carriage returns, the last state.
    pub fn write(&mut self, bytes: &[u8]) {
        let Self { build, stream, lines, tail } = self;
        lines.push(bytes, build.masker(), |line| build.output_line(*stream, line, tail));
    }

    /// Takes note that the output has ended: a last line without newline is shown too.
    pub fn finish(&mut self) {
        let Self { build, stream, lines, tail } = self;
        lines.finish(|line| build.output_line(*stream, line, tail));
    }

    /// The last lines, for [`crate::Failure::with_output`].
    pub fn tail(&self) -> Tail {
        self.tail.clone()
    }
}

impl Drop for OutputStream {
    fn drop(&mut self) {
        self.finish();
    }
}

impl io::Write for OutputStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The last lines of output, masked; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Tail(Arc<Mutex<TailLines>>);

#[derive(Debug, Default)]
struct TailLines {
    lines: VecDeque<String>,
    bytes: usize,
    cut: u64,
}

impl Tail {
    /// The lines, oldest first; where there were more, the first says how many.
    pub fn lines(&self) -> Vec<String> {
        let tail = lock(&self.0);
        let cut = (tail.cut > 0).then(|| format!("[{} earlier lines are in the log]", tail.cut));
        cut.into_iter().chain(tail.lines.iter().cloned()).collect()
    }

    fn push(&self, mut line: String) {
        let mut tail = lock(&self.0);
        if line.len() > TAIL_LINE {
            let end = (0..=TAIL_LINE).rev().find(|at| line.is_char_boundary(*at)).unwrap_or_default();
            let cut = line.len() - end;
            line.truncate(end);
            line.push_str(&format!(" [{cut} more bytes]"));
        }
        tail.bytes += line.len();
        tail.lines.push_back(line);
        while tail.lines.len() > TAIL_LINES || tail.bytes > TAIL_BYTES {
            let Some(oldest) = tail.lines.pop_front() else { return };
            tail.bytes -= oldest.len();
            tail.cut += 1;
        }
    }
}

/// Cuts bytes into lines.
#[derive(Debug, Default)]
struct Lines {
    held: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8], masker: &Masker, mut line: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            if self.held.is_empty() {
                line(&rest[..end]);
            } else {
                self.held.extend_from_slice(&rest[..end]);
                line(&std::mem::take(&mut self.held));
            }
            rest = &rest[end + 1..];
        }
        self.held.extend_from_slice(rest);
        while self.held.len() > LONGEST_LINE {
            let rest = self.held.split_off(self.cut(masker));
            line(&std::mem::replace(&mut self.held, rest));
        }
    }

    /// Where to cut a line that is too long: not within a secret, nor within a character.
    fn cut(&self, masker: &Masker) -> usize {
        let settled = masker.settled(&self.held[..LONGEST_LINE]);
        let boundary = |at: &usize| self.held.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
        let first = settled.saturating_sub(3);
        match (first..=settled).rev().find(boundary).unwrap_or(settled) {
            // All of it may be one secret; then it is longer than any line that can be waited for.
            0 => LONGEST_LINE,
            at => at,
        }
    }

    fn finish(&mut self, mut line: impl FnMut(&[u8])) {
        if !self.held.is_empty() {
            line(&std::mem::take(&mut self.held));
        }
    }
}

/// What a terminal would show of a line in the end: what stands behind the last carriage return.
fn visible(raw: &[u8]) -> &[u8] {
    let end = raw.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    let line = &raw[..end];
    let begin = line.iter().rposition(|byte| *byte == b'\r').map_or(0, |last| last + 1);
    &line[begin..]
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_LINE, Lines, Tail, visible};
    use crate::mask::Masker;

    #[test]
    fn pieces_become_lines() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in ["one\ntw", "o\n\nthr", "", "ee"] {
            lines.push(piece.as_bytes(), &Masker::default(), |line| found.push(line.to_vec()));
        }
        lines.finish(|line| found.push(line.to_vec()));
        assert_eq!(found, [&b"one"[..], b"two", b"", b"three"]);
    }

    #[test]
    fn endless_lines_are_cut_outside_of_secrets() {
        let masker = Masker::default();
        masker.add("0123456789");
        let text = format!("{}0123456789{}", "ä".repeat(LONGEST_LINE / 2 - 2), "b".repeat(LONGEST_LINE));
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in text.as_bytes().chunks(1000) {
            lines.push(piece, &masker, |line| found.push(String::from_utf8(line.to_vec()).unwrap()));
        }
        lines.finish(|line| found.push(String::from_utf8(line.to_vec()).unwrap()));
        assert_eq!(found.concat(), text);
        assert!(found.len() > 1 && found.iter().any(|line| line.contains("0123456789")), "{}", found.len());
    }

    #[test]
    fn carriage_returns_write_over() {
        assert_eq!(visible(b"10%\r50%\r100%\r"), b"100%");
        assert_eq!(visible(b"plain"), b"plain");
        assert_eq!(visible(b"\r\r"), b"");
    }

    #[test]
    fn the_tail_is_bounded_and_says_so() {
        let tail = Tail::default();
        (0..50).for_each(|number| tail.push(format!("line {number}")));
        let lines = tail.lines();
        assert_eq!((lines.len(), lines[0].as_str()), (41, "[10 earlier lines are in the log]"));
        assert_eq!(lines[40], "line 49");
        tail.push("x".repeat(5000));
        assert!(tail.lines()[40].ends_with(" [2952 more bytes]"));
        (0..20).for_each(|_| tail.push("y".repeat(2000)));
        assert!(tail.lines().iter().map(String::len).sum::<usize>() < 17 << 10);
    }
}
