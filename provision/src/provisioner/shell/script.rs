//! The scripts of a shell step, as they go into the machine.

use record::{Failure, file};
use std::path::PathBuf;
use template::options::provisioner::shell::Run;

/// A script.
pub(super) enum Script {
    /// Made of the template's lines.
    Inline(String),
    /// A file; read when its turn comes, and as it is when `binary`.
    File { path: PathBuf, binary: bool },
}

/// All scripts of a step, in order.
pub(super) fn all(options: &Run) -> Vec<Script> {
    if !options.inline.is_empty() {
        let mut text = String::new();
        let shebang = options.inline_shebang.as_deref().filter(|shebang| !shebang.is_empty());
        match shebang {
            Some(shebang) => text.push_str(&format!("#!{shebang}\n")),
            None if options.inline[0].starts_with("#!") => {}
            None => text.push_str("#!/bin/sh -e\n"),
        }
        for line in &options.inline {
            text.push_str(line);
            text.push('\n');
        }
        return vec![Script::Inline(text)];
    }
    let one = options.script.iter().filter(|script| !script.is_empty());
    let file = |path| Script::File { path: PathBuf::from(path), binary: options.binary };
    one.chain(&options.scripts).map(file).collect()
}

impl Script {
    /// What people call it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Inline(_) => "the inline script".to_owned(),
            Self::File { path, .. } => format!("the script {}", path.display()),
        }
    }

    /// Its bytes as they go into the machine.
    pub(super) fn content(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Inline(text) => Ok(text.clone().into_bytes()),
            Self::File { path, binary } => {
                let bytes = std::fs::read(path).map_err(|error| file::io(path, "cannot read", &error))?;
                Ok(if *binary { bytes } else { unix_lines(bytes) })
            }
        }
    }
}

/// CRLF becomes LF, and the last line gets its end.
fn unix_lines(bytes: Vec<u8>) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() + 1);
    for (at, byte) in bytes.iter().enumerate() {
        if !(*byte == b'\r' && bytes.get(at + 1) == Some(&b'\n')) {
            lines.push(*byte);
        }
    }
    if lines.last() != Some(&b'\n') {
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::unix_lines;

    #[test]
    fn lines_end_as_unix_wants() {
        assert_eq!(unix_lines(b"a\r\nb\r\n".to_vec()), b"a\nb\n");
        assert_eq!(unix_lines(b"a\rb".to_vec()), b"a\rb\n");
        assert_eq!(unix_lines(Vec::new()), b"\n");
    }
}
