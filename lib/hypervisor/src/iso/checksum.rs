//! Checksums, in all forms that Packer has (go-getter v2, `checksum.go`).

use super::download;
use super::source::Source;
use md5::Md5;
use record::{Build, Failure, file};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A sort of checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

/// The sorts, their names and how many hexadecimal digits they have.
const SORTS: [(Sort, &str, usize); 4] = [
    (Sort::Md5, "md5", 32),
    (Sort::Sha1, "sha1", 40),
    (Sort::Sha256, "sha256", 64),
    (Sort::Sha512, "sha512", 128),
];

impl Sort {
    fn name(self) -> &'static str {
        SORTS.iter().find(|(sort, ..)| *sort == self).map_or("", |(_, name, _)| name)
    }

    fn of_length(digits: usize) -> Option<Self> {
        SORTS.iter().find(|(.., length)| *length == digits).map(|(sort, ..)| *sort)
    }
}

/// A checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum {
    pub(super) sort: Sort,
    /// Hexadecimal, in lower case.
    pub(super) digits: String,
}

impl Checksum {
    /// `sha256:…` or bare digits.
    fn parse(text: &str) -> Option<Self> {
        let (name, digits) = match text.split_once(':') {
            Some((name, digits)) => (Some(name.to_ascii_lowercase()), digits),
            None => (None, text),
        };
        let sort = Sort::of_length(digits.len())?;
        let right = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let named = name.is_none_or(|name| name == sort.name());
        (right && named).then(|| Self { sort, digits: digits.to_ascii_lowercase() })
    }

    /// `sha256:…`: what Packer's cache names files after.
    pub(super) fn text(&self) -> String {
        format!("{}:{}", self.sort.name(), self.digits)
    }

    /// The failure of a file that has another one.
    pub(super) fn mismatch(&self, found: &str) -> Failure {
        let sort = self.sort.name();
        Failure::new(format!("its {sort} checksum is {found}, and should be {}", self.digits)).hint(
            "either the file is broken or another's, or it has been replaced by a new version: compare with what its makers publish",
        )
    }
}

/// What a checksum option asks for.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// `none`.
    Nothing,
    /// One checksum.
    One(Checksum),
    /// A file of checksums: where it is, and its text.
    List(String, String),
}

impl Wanted {
    /// Reads the option; fetches the file of checksums where it names one.
    ///
    /// # Errors
    /// When it has no known form, or the file cannot be had.
    pub(super) async fn read(option: &str, build: &Build) -> Result<Self, Failure> {
        if option.eq_ignore_ascii_case("none") {
            return Ok(Self::Nothing);
        }
        if let Some((kind, place)) = option.split_once(':')
            && kind.eq_ignore_ascii_case("file")
        {
            let source = Source::of(place, build)?;
            let place = source.describe();
            let text = match source {
                Source::Local(path) => {
                    let bytes = file::read(&path, "cannot read the checksums in", download::LONGEST_TEXT)?;
                    String::from_utf8_lossy(&bytes).into_owned()
                }
                Source::Remote(remote) => download::text(&remote, build).await.map_err(|failure| {
                    failure.context(format!("cannot get the checksums from {}", remote.describe()))
                })?,
            };
            return Ok(Self::List(place, text));
        }
        Checksum::parse(option).map(Self::One).ok_or_else(|| {
            Failure::new(format!("'{option}' is not a checksum")).hint(
                "give hexadecimal digits, \"sha256:…\", \"file:URL\" of a file of checksums, or \"none\"",
            )
        })
    }

    /// The checksum of a file of that name; `None` where none is wanted.
    ///
    /// # Errors
    /// When the list does not have it.
    pub(super) fn of_file(&self, name: &str) -> Result<Option<Checksum>, Failure> {
        match self {
            Self::Nothing => Ok(None),
            Self::One(checksum) => Ok(Some(checksum.clone())),
            Self::List(place, text) => find(text, name).map(Some).ok_or_else(|| {
                let names: Vec<&str> = entries(text).filter_map(|(_, name)| name).take(10).collect();
                let hint = match &names[..] {
                    [] => "it has no lines such as '0123…  NAME' or 'SHA256 (NAME) = 0123…'".to_owned(),
                    names => format!("it has: {}", names.join(", ")),
                };
                Failure::new(format!("the checksums in {place} do not name '{name}'")).hint(hint)
            }),
        }
    }
}

/// The checksum of a name in a file of checksums; one that stands there alone is for any name.
fn find(text: &str, name: &str) -> Option<Checksum> {
    let named = |given: &str| given == name || given.rsplit('/').next() == Some(name);
    let all: Vec<(Checksum, Option<&str>)> = entries(text).collect();
    if let [(checksum, None)] = &all[..] {
        return Some(checksum.clone());
    }
    all.into_iter().find(|(_, given)| given.is_some_and(named)).map(|(checksum, _)| checksum)
}

/// The lines of a file of checksums: GNU's (`digits  name`, `digits *name`), BSD's (`SHA256 (name) = digits`), or digits alone.
/// All other lines, such as those of a signature around them, are passed over.
fn entries(text: &str) -> impl Iterator<Item = (Checksum, Option<&str>)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        if let Some((sort, rest)) = line.split_once(" (")
            && let Some((name, digits)) = rest.rsplit_once(") = ")
        {
            let sort = sort.to_ascii_lowercase().replace('-', "");
            return Some((Checksum::parse(&format!("{sort}:{digits}"))?, Some(name)));
        }
        let (digits, name) = match line.split_once(char::is_whitespace) {
            None => (line, None),
            Some((digits, name)) => (digits, Some(name.trim_start().trim_start_matches('*'))),
        };
        Some((Checksum::parse(digits).filter(|_| !digits.contains(':'))?, name))
    })
}

/// A file's checksum, as hexadecimal digits in lower case.
///
/// # Errors
/// When the file cannot be read or the build is stopped.
pub(super) async fn digest(path: &Path, sort: Sort, build: &Build) -> Result<String, Failure> {
    let step = build.step("verify the checksum");
    let (path, in_thread) = (path.to_owned(), build.clone());
    let work = tokio::task::spawn_blocking(move || match sort {
        Sort::Md5 => read::<Md5>(&path, &in_thread),
        Sort::Sha1 => read::<Sha1>(&path, &in_thread),
        Sort::Sha256 => read::<Sha256>(&path, &in_thread),
        Sort::Sha512 => read::<Sha512>(&path, &in_thread),
    });
    let digits = work.await.map_err(|error| Failure::from_error("cannot verify the checksum", &error))??;
    step.done();
    Ok(digits)
}

fn read<D: Digest>(path: &Path, build: &Build) -> Result<String, Failure> {
    let failed = |error| file::io(path, "cannot read", &error);
    let mut source = File::open(path).map_err(failed)?;
    let total = source.metadata().map_err(failed)?.len();
    let (mut digest, mut done, mut buffer) = (D::new(), 0, vec![0; 1 << 20]);
    loop {
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let count = source.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            break;
        }
        digest.update(&buffer[..count]);
        done += count as u64;
        build.progress(done, Some(total), "bytes");
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{Checksum, Sort, find};

    #[test]
    fn reads_every_form() {
        let (md5, sha256) = ("0".repeat(32), "AB".repeat(32));
        for (text, sort) in [
            (md5.clone(), Some(Sort::Md5)),
            (format!("md5:{md5}"), Some(Sort::Md5)),
            (sha256.clone(), Some(Sort::Sha256)),
            (format!("SHA256:{sha256}"), Some(Sort::Sha256)),
            (format!("sha1:{sha256}"), None),
            ("xyz".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(Checksum::parse(&text).map(|checksum| checksum.sort), sort, "{text}");
        }
        let checksum = Checksum::parse(&sha256).unwrap();
        assert_eq!(checksum.text(), format!("sha256:{}", "ab".repeat(32)));
    }

    #[test]
    fn finds_an_entry_by_its_name() {
        let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(32));
        let signed = format!(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{a}  debian.iso\n{b} *./sub/other.iso\nMD5 (bsd.iso) = {c}\n"
        );
        for (name, digits) in
            [("debian.iso", Some(&a)), ("other.iso", Some(&b)), ("bsd.iso", Some(&c)), ("x.iso", None)]
        {
            assert_eq!(find(&signed, name).map(|checksum| checksum.digits).as_ref(), digits, "{name}");
        }
        assert_eq!(find(&format!("{a}\n"), "any.iso").unwrap().digits, a);
    }
}
