//! Reading: lines of bounded length, in a thread of its own, since standard input may block for ever.

use std::io::{self, BufRead};
use tokio::sync::mpsc;

/// Longest line that is read; a record is some kilobytes.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// What came in.
#[derive(Debug)]
pub(super) enum Input {
    /// A line without its newline, and its number from 1.
    Line(u64, Vec<u8>),
    /// A line that is longer than [`LONGEST_LINE`].
    TooLong(u64),
    /// Nothing more can be read.
    Broken(io::Error),
}

/// Starts to read standard input. The channel ends with the input.
pub(super) fn start() -> mpsc::Receiver<Input> {
    let (sender, receiver) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut lines = Lines { input: io::stdin().lock(), number: 0, longest: LONGEST_LINE };
        while let Some(input) = lines.next() {
            let last = matches!(input, Input::Broken(_));
            if sender.blocking_send(input).is_err() || last {
                return;
            }
        }
    });
    receiver
}

/// Cuts input into lines.
struct Lines<R> {
    input: R,
    number: u64,
    longest: usize,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Option<Input> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut begun = false;
        loop {
            let buffer = match self.input.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Some(Input::Broken(error)),
            };
            if buffer.is_empty() && !begun {
                return None;
            }
            begun = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if line.len() + part.len() > self.longest {
                too_long = true;
                line = Vec::new();
            }
            if !too_long {
                line.extend_from_slice(part);
            }
            let (used, last) = (part.len() + usize::from(end.is_some()), buffer.is_empty());
            self.input.consume(used);
            if end.is_some() || last {
                self.number += 1;
                return Some(if too_long {
                    Input::TooLong(self.number)
                } else {
                    Input::Line(self.number, line)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Input, Lines};

    fn lines(input: &[u8], longest: usize) -> Vec<String> {
        let mut lines = Lines { input: std::io::BufReader::with_capacity(3, input), number: 0, longest };
        std::iter::from_fn(|| lines.next())
            .map(|input| match input {
                Input::Line(number, line) => format!("{number}:{}", String::from_utf8_lossy(&line)),
                Input::TooLong(number) => format!("{number} too long"),
                Input::Broken(error) => format!("{error}"),
            })
            .collect()
    }

    #[test]
    fn cuts_lines_of_any_length_up_to_the_longest() {
        assert_eq!(lines(b"", 9), Vec::<String>::new());
        assert_eq!(lines(b"abcdef\n\ng\r\nlast", 9), ["1:abcdef", "2:", "3:g\r", "4:last"]);
        assert_eq!(lines(b"0123456789\nab\n0123456789", 9), ["1 too long", "2:ab", "3 too long"]);
        assert_eq!(lines(b"012345678\n", 9), ["1:012345678"]);
    }
}
