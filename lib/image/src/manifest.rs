//! Manifests of appliances (.mf): a digest for each file.
//!
//! DSP0243, section 6.2: `SHA256(web.ovf)= 12ab…`, a file a line. VirtualBox writes blanks around (`SHA1 (x) = …`), some
//! write capital digits or CRLF; all of it is read.

use crate::Error;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// How a digest is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5: read only; no one should write it.
    Md5,
    /// SHA-1: what OVF 1.0 has, and VMware up to hardware version 12.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256: what everything of today takes.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512: what VMware's tools write from hardware version 15 on.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in a manifest: `SHA256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// Length of the digest in hexadecimal digits.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

/// Makes a digest of what is written into it.
pub enum Hasher {
    /// MD5.
    Md5(Md5),
    /// SHA-1.
    Sha1(Sha1),
    /// SHA-224.
    Sha224(Sha224),
    /// SHA-256.
    Sha256(Sha256),
    /// SHA-384.
    Sha384(Sha384),
    /// SHA-512.
    Sha512(Sha512),
}

impl Hasher {
    /// A digest of nothing yet.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Md5 => Self::Md5(Md5::new()),
            Algorithm::Sha1 => Self::Sha1(Sha1::new()),
            Algorithm::Sha224 => Self::Sha224(Sha224::new()),
            Algorithm::Sha256 => Self::Sha256(Sha256::new()),
            Algorithm::Sha384 => Self::Sha384(Sha384::new()),
            Algorithm::Sha512 => Self::Sha512(Sha512::new()),
        }
    }

    /// Takes more bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(digest) => digest.update(bytes),
            Self::Sha1(digest) => digest.update(bytes),
            Self::Sha224(digest) => digest.update(bytes),
            Self::Sha256(digest) => digest.update(bytes),
            Self::Sha384(digest) => digest.update(bytes),
            Self::Sha512(digest) => digest.update(bytes),
        }
    }

    /// The digest in small hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        match self {
            Self::Md5(digest) => hexadecimal(&digest.finalize()),
            Self::Sha1(digest) => hexadecimal(&digest.finalize()),
            Self::Sha224(digest) => hexadecimal(&digest.finalize()),
            Self::Sha256(digest) => hexadecimal(&digest.finalize()),
            Self::Sha384(digest) => hexadecimal(&digest.finalize()),
            Self::Sha512(digest) => hexadecimal(&digest.finalize()),
        }
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the digest of all that `source` gives.
///
/// # Errors
/// When reading fails.
pub fn digest(algorithm: Algorithm, mut source: impl Read) -> io::Result<String> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; 1 << 18];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The digests of an appliance's files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    entries: Vec<Entry>,
}

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file's name.
    pub file: String,
    /// How the digest was made.
    pub algorithm: Algorithm,
    /// The digest in small hexadecimal digits.
    pub digest: String,
}

impl Manifest {
    /// A manifest without files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, file: &str, algorithm: Algorithm, digest: String) {
        self.entries.push(Entry { file: file.to_owned(), algorithm, digest });
    }

    /// All lines.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What it says of a file; the last line counts.
    #[must_use]
    pub fn of(&self, file: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.file == file)
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// When a line is no digest: with its number.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut manifest = Self::new();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let entry = entry(line).map_err(|reason| {
                Error::new(format!("manifest, line {}: {reason}", index + 1))
                    .hint("a line is written as: SHA256(web.ovf)= 64 hexadecimal digits")
            })?;
            manifest.entries.push(entry);
        }
        Ok(manifest)
    }

    /// Checks a file's content against what the manifest says of it; a file that it doesn't name is not read.
    ///
    /// # Errors
    /// When the digest is another, or the file cannot be read.
    pub fn verify(&self, file: &str, content: impl Read) -> Result<(), Error> {
        let Some(entry) = self.of(file) else { return Ok(()) };
        let found = digest(entry.algorithm, content)
            .map_err(|error| Error::new(format!("cannot read '{file}' to check it: {error}")))?;
        entry.check(&found)
    }

    /// Checks the files of a folder. Those that aren't there are left out, as importers do.
    ///
    /// # Errors
    /// When a digest is another, a file cannot be read, or a name leads out of the folder.
    pub fn verify_folder(&self, folder: &Path) -> Result<(), Error> {
        for entry in &self.entries {
            crate::ovf::file_name(&entry.file)?;
            match File::open(folder.join(&entry.file)) {
                Ok(file) => self.verify(&entry.file, file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Error::new(format!("cannot read '{}' to check it: {error}", entry.file)));
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    /// Compares a digest that was found with the one of the manifest.
    ///
    /// # Errors
    /// When they differ.
    pub fn check(&self, found: &str) -> Result<(), Error> {
        if self.digest == found {
            return Ok(());
        }
        let Self { file, algorithm, digest } = self;
        Err(Error::new(format!(
            "'{file}' is damaged or was changed: its {} is {found}, the manifest says {digest}",
            algorithm.name()
        ))
        .hint("get the appliance again; if the change is wanted, remove the manifest (.mf)"))
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { file, algorithm, digest } in &self.entries {
            writeln!(f, "{}({file})= {digest}", algorithm.name())?;
        }
        Ok(())
    }
}

fn entry(line: &str) -> Result<Entry, String> {
    let (name, rest) = line.split_once('(').ok_or("there is no '('")?;
    // The name may hold parentheses itself; digests hold none.
    let (file, digest) = rest.rsplit_once(')').ok_or("there is no ')'")?;
    let name = name.trim();
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name().eq_ignore_ascii_case(&name.replace('-', "")))
        .ok_or_else(|| format!("unknown digest '{}'", name.escape_debug()))?;
    let digest = digest.trim_start().strip_prefix('=').ok_or("there is no '=' after the file name")?.trim();
    if digest.len() != algorithm.digits() || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let (name, digits) = (algorithm.name(), algorithm.digits());
        return Err(format!("'{}' is not a {name} of {digits} hexadecimal digits", digest.escape_debug()));
    }
    Ok(Entry { file: file.to_owned(), algorithm, digest: digest.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        let text = "SHA1 (a.ovf) = DA39A3EE5E6B4B0D3255BFEF95601890AFD80709\r\n\r\n\
            SHA256(b (1).vmdk)= e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
            sha-512(c)=cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e\n\
            MD5(d)= d41d8cd98f00b204e9800998ecf8427e";
        let manifest = Manifest::parse(text).unwrap();
        let names: Vec<_> = manifest.entries().iter().map(|entry| entry.file.as_str()).collect();
        assert_eq!(names, ["a.ovf", "b (1).vmdk", "c", "d"]);
        for name in names {
            manifest.verify(name, io::empty()).unwrap();
        }
        let again = Manifest::parse(&manifest.to_string()).unwrap();
        assert_eq!(again, manifest);
    }

    #[test]
    fn a_change_is_named() {
        let manifest = Manifest::parse("SHA1(a)= da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        let error = manifest.verify("a", &b"x"[..]).expect_err("the digest is another");
        assert_eq!(
            error.message,
            "'a' is damaged or was changed: its SHA1 is 11f6ad8ec52a2984abaafd7c3b516503785c2072, \
             the manifest says da39a3ee5e6b4b0d3255bfef95601890afd80709"
        );
        manifest.verify("not named", &b"x"[..]).unwrap();
    }

    #[test]
    fn wrong_lines_are_refused() {
        for (text, reason) in [
            ("hello", "line 1: there is no '('"),
            ("SHA1(a", "line 1: there is no ')'"),
            ("\nSHA1(a) 12", "line 2: there is no '='"),
            ("CRC32(a)= 12", "line 1: unknown digest 'CRC32'"),
            ("SHA1(a)= 12", "line 1: '12' is not a SHA1 of 40 hexadecimal digits"),
        ] {
            let error = Manifest::parse(text).expect_err(text);
            assert!(error.message.contains(reason), "{error}");
        }
    }
}
