//! The descriptor: text that says which extents make the disk, in a file of its own or inside the extent.

use crate::Error;
use crate::disk::storage::Storage;

/// Longest descriptor that is read, in bytes: a disk of 1024 extents has less than 100 KiB.
const LIMIT: u64 = 1 << 20;
/// Most extents of one disk: each is an open file.
const EXTENTS: usize = 1024;
/// Value of `parentCID` where there is no parent.
const NO_PARENT: u32 = 0xffff_ffff;

/// What a descriptor says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// Content id: a child names its parent's.
    pub(crate) cid: u32,
    pub(crate) parent: Option<Parent>,
    pub(crate) extents: Vec<Extent>,
}

/// The disk below.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) cid: u32,
    pub(crate) file: String,
}

/// One line of the extents section.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) sectors: u64,
    pub(crate) kind: Kind,
    /// Empty for zeros.
    pub(crate) file: String,
    /// First sector in a flat file.
    pub(crate) offset: u64,
}

/// How an extent is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// As it is: `FLAT`, `VMFS`.
    Flat,
    /// In grains: `SPARSE`.
    Sparse,
    /// Not at all: `ZERO`.
    Zero,
}

/// Whether a file begins as a descriptor does: with its first line, after comments and blank lines.
pub(crate) fn is_descriptor(head: &[u8]) -> bool {
    let text = head.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if line.to_ascii_lowercase().starts_with(b"# disk descriptorfile") || line.starts_with(b"version=") {
            return true;
        }
        if !line.is_empty() && !line.starts_with(b"#") {
            return false;
        }
    }
    false
}

impl Descriptor {
    /// Reads a range of the file as a descriptor: all of a descriptor file, or what is embedded in an extent.
    pub(crate) fn read(storage: &Storage, offset: u64, length: u64) -> Result<Self, Error> {
        if length > LIMIT {
            return Err(storage.error(format_args!("damaged: a descriptor of {length} bytes")));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        storage.read_at(&mut bytes, offset)?;
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        Self::parse(&String::from_utf8_lossy(text)).map_err(|error| storage.error(error.message))
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let mut descriptor = Self::default();
        let (mut parent_cid, mut parent_file) = (NO_PARENT, None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let first = line.split_ascii_whitespace().next().unwrap_or_default();
            if ["RW", "RDONLY", "NOACCESS"].iter().any(|access| first.eq_ignore_ascii_case(access)) {
                descriptor.extents.push(Extent::parse(line)?);
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let value = value.trim().trim_matches('"');
            let number = || u32::from_str_radix(value, 16).map_err(|_| damaged(line));
            match key.trim().to_ascii_lowercase().as_str() {
                "cid" => descriptor.cid = number()?,
                "parentcid" => parent_cid = number()?,
                "parentfilenamehint" => parent_file = Some(value.to_owned()),
                _ => {}
            }
        }
        if parent_cid != NO_PARENT {
            let file =
                parent_file.ok_or_else(|| Error::new("damaged: it has a parent and doesn't name it"))?;
            descriptor.parent = Some(Parent { cid: parent_cid, file });
        }
        if descriptor.extents.is_empty() || descriptor.extents.len() > EXTENTS {
            return Err(Error::new(format!(
                "damaged: a descriptor with {} extents",
                descriptor.extents.len()
            )));
        }
        Ok(descriptor)
    }
}

impl Extent {
    /// `RW 4192256 SPARSE "disk-s001.vmdk"`, `RW 4192256 FLAT "disk-f001.vmdk" 0`, `RW 128 ZERO`.
    fn parse(line: &str) -> Result<Self, Error> {
        let mut quoted = line.splitn(3, '"');
        let mut words = quoted.next().unwrap_or_default().split_ascii_whitespace().skip(1);
        let file = quoted.next().unwrap_or_default().to_owned();
        let sectors = words.next().and_then(|word| word.parse::<u64>().ok()).ok_or_else(|| damaged(line))?;
        let kind = match words.next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "FLAT" | "VMFS" => Kind::Flat,
            "SPARSE" => Kind::Sparse,
            "ZERO" => Kind::Zero,
            other => return Err(Error::new(format!("its extents are of type {other:?}, which is not read"))),
        };
        let offset = quoted.next().and_then(|rest| rest.split_ascii_whitespace().next());
        let offset = offset.map_or(Some(0), |word| word.parse().ok()).ok_or_else(|| damaged(line))?;
        if file.is_empty() && kind != Kind::Zero {
            return Err(damaged(line));
        }
        Ok(Self { sectors, kind, file, offset })
    }
}

fn damaged(line: &str) -> Error {
    Error::new(format!("damaged: a descriptor with the line {line:?}"))
}
