//! VMware's configuration files (.vmx): read, changed and written without losing anything that is in them.
//!
//! A .vmx has one `key = "value"` a line. Keys are the same in capital and small letters. In a value, `|22` is the
//! character with that hexadecimal number. VMware's programs rewrite the file as a whole; unlike them and Packer, [`Vmx`]
//! keeps comments, the order of lines, capital letters and keys that it does not know.

mod from_machine;
mod to_machine;
mod value;

pub use from_machine::{Network, from_machine};
pub use to_machine::to_machine;

use crate::Error;
use std::fmt;
use std::io::Write as _;
use std::path::Path;

/// Largest file that is read, in bytes. Real ones take a few KiB.
const LARGEST: u64 = 4 << 20;

/// A .vmx file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vmx {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    /// A setting: its key as it is written, its value as it stands between the quotes, and the whole line if it is
    /// still as it was read.
    Setting { key: String, value: String, text: Option<String> },
    /// A comment, an empty line, or what cannot be understood.
    Other(String),
}

impl Vmx {
    /// A file without settings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the text of a file. Lines that are no settings are kept as they are.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { lines: text.trim_start_matches('\u{feff}').lines().map(line).collect() }
    }

    /// Reads a file. One that is not UTF-8 (`.encoding = "windows-1252"`) becomes UTF-8.
    ///
    /// # Errors
    /// When it cannot be read, or is far larger than any .vmx.
    pub fn read(path: &Path) -> Result<Self, Error> {
        match String::from_utf8(crate::text::read(path, LARGEST, ".vmx")?) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) => {
                // Windows-1252 and Latin-1 agree in all letters.
                let text: String = error.into_bytes().into_iter().map(char::from).collect();
                let mut vmx = Self::parse(&text);
                vmx.set(".encoding", "UTF-8");
                Ok(vmx)
            }
        }
    }

    /// Writes the file; it appears when it is complete, with mode 0644.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(".vmx-")
                .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
                .tempfile_in(folder)?;
            file.write_all(self.to_string().as_bytes())?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))
    }

    /// Gives a setting's value. Where a key stands twice the last one counts.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        self.settings()
            .filter(|(own, _)| own.eq_ignore_ascii_case(key))
            .last()
            .map(|(_, text)| value::decode(text))
    }

    /// Whether a setting is `TRUE` (or 1, yes, on); `None` where it isn't there or says neither.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<bool> {
        value::flag(&self.get(key)?)
    }

    /// A setting's value as a number; `None` where it isn't there or isn't one.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.trim().parse().ok()
    }

    /// Sets a value. A key that is there keeps its place and its capital letters; a new one comes last. Quotes and
    /// line ends are written in VMware's way.
    pub fn set(&mut self, key: &str, value: &str) {
        self.set_raw(key, &value::encode(value));
    }

    /// Sets a value that is written as it stands, for `vmx_data`, where people write `|0A` themselves. Only what would
    /// break the line is replaced.
    pub fn set_raw(&mut self, key: &str, value: &str) {
        let value = value::protect(value);
        let place = self.lines.iter().position(|line| line.is(key));
        let Some(place) = place else {
            let key =
                key.chars().filter(|c| !matches!(c, '=' | '\n' | '\r')).collect::<String>().trim().to_owned();
            self.lines.push(Line::Setting { key, value, text: None });
            return;
        };
        if let Line::Setting { value: own, text, .. } = &mut self.lines[place]
            && *own != value
        {
            *own = value;
            *text = None;
        }
        let mut index = 0;
        self.lines.retain(|line| {
            index += 1;
            index - 1 <= place || !line.is(key)
        });
    }

    /// Sets `TRUE` or `FALSE`.
    pub fn set_flag(&mut self, key: &str, value: bool) {
        self.set_raw(key, if value { "TRUE" } else { "FALSE" });
    }

    /// Sets a number.
    pub fn set_number(&mut self, key: &str, value: u64) {
        self.set_raw(key, &value.to_string());
    }

    /// Removes a setting. Gives whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.remove_where(|own| own.eq_ignore_ascii_case(key)) > 0
    }

    /// Removes all settings whose key begins so, without regard to capital letters: `ethernet0.`. Gives how many.
    pub fn remove_all(&mut self, start: &str) -> usize {
        self.remove_where(|key| key.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start)))
    }

    fn remove_where(&mut self, unwanted: impl Fn(&str) -> bool) -> usize {
        let before = self.lines.len();
        self.lines.retain(|line| !matches!(line, Line::Setting { key, .. } if unwanted(key)));
        before - self.lines.len()
    }

    /// All settings in the order of the file: the key as it is written, the value as it is meant.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.settings().map(|(key, text)| (key, value::decode(text)))
    }

    fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().filter_map(|line| match line {
            Line::Setting { key, value, .. } => Some((key.as_str(), value.as_str())),
            Line::Other(_) => None,
        })
    }
}

impl Line {
    fn is(&self, key: &str) -> bool {
        matches!(self, Self::Setting { key: own, .. } if own.eq_ignore_ascii_case(key))
    }
}

impl fmt::Display for Vmx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line {
                Line::Setting { text: Some(text), .. } | Line::Other(text) => writeln!(f, "{text}")?,
                Line::Setting { key, value, text: None } => writeln!(f, "{key} = \"{value}\"")?,
            }
        }
        Ok(())
    }
}

fn line(text: &str) -> Line {
    let other = || Line::Other(text.to_owned());
    if text.trim_start().starts_with('#') {
        return other();
    }
    let Some((key, value)) = text.split_once('=') else { return other() };
    let key = key.trim();
    if key.is_empty() {
        return other();
    }
    let value = value.trim();
    // A quote that is not closed ends with the line.
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').map_or(quoted, |(inside, _)| inside),
        None => value,
    };
    Line::Setting { key: key.to_owned(), value: value.to_owned(), text: Some(text.to_owned()) }
}
