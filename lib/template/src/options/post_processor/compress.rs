//! Options of the post-processor `compress`.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where the archive goes, and how it is packed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompressOptions {
    /// Path of the archive; variables: `BuildName`, `BuilderType`. Its extension says the format.
    pub output: String,
    /// The format, where the path does not say it: `tar.gz`, `zip`, … It is not appended to the path.
    pub format: String,
    /// From 1 (fast) to 9 (small); 0 and -1 are the format's default.
    pub compression_level: i64,
}

impl Default for CompressOptions {
    fn default() -> Self {
        Self {
            output: "packer_{{.BuildName}}_{{.BuilderType}}".into(),
            format: String::new(),
            compression_level: -1,
        }
    }
}

option_set! {
    /// Options of `compress`.
    pub struct Compress {
        /// Where the archive goes, and how.
        pub compress: CompressOptions,
    }
}

/// What holds several files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// A tar archive, which a compressor may pack.
    Tar,
    /// A zip archive, which packs by itself.
    Zip,
    /// Nothing: exactly one file.
    None,
}

/// What makes it small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip (RFC 1952).
    Gzip,
    /// Blocked gzip, as samtools reads it.
    Bgzf,
    /// The LZ4 frame format.
    Lz4,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// Nothing.
    None,
}

/// A format of the post-processor `compress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What holds the files.
    pub container: Container,
    /// What packs them.
    pub packing: Packing,
    /// Whether the name gave no format that is known, so that this is Packer's default for it.
    pub unknown: bool,
}

impl Format {
    /// The format that a file's name gives (Packer 1.16, compress): by the last extension, and `tar` before it. A name
    /// without a known extension is a gzipped tar archive. Beyond Packer, `bz2`, `tgz`, `tbz2` and `txz` are known, and
    /// folders' names do not count.
    pub fn of(name: &str) -> Self {
        let name = Path::new(name).file_name().map(|name| name.to_string_lossy().to_lowercase());
        let name = name.unwrap_or_default();
        let mut parts = name.split('.').skip(1).collect::<Vec<_>>().into_iter().rev();
        let (last, before) = (parts.next(), parts.next());
        let inner = if before == Some("tar") { Container::Tar } else { Container::None };
        let (container, packing) = match last {
            Some("tar") => (Container::Tar, Packing::None),
            Some("zip") => (Container::Zip, Packing::None),
            Some("gz") => (inner, Packing::Gzip),
            Some("bgzf") => (inner, Packing::Bgzf),
            Some("lz4") => (inner, Packing::Lz4),
            Some("xz") => (inner, Packing::Xz),
            Some("bz2" | "bzip2") => (inner, Packing::Bzip2),
            Some("tgz") => (Container::Tar, Packing::Gzip),
            Some("tbz2") => (Container::Tar, Packing::Bzip2),
            Some("txz") => (Container::Tar, Packing::Xz),
            Some(_) => return Self { container: Container::Tar, packing: Packing::Gzip, unknown: true },
            None => (Container::Tar, Packing::Gzip),
        };
        Self { container, packing, unknown: false }
    }
}

impl CompressOptions {
    /// The format, from the rendered path. It is only called unknown where the template itself, and not a build's name
    /// such as `ubuntu-24.04`, has put a dot there.
    pub fn format_of(&self, path: &str) -> Format {
        if !self.format.is_empty() {
            return Format::of(&format!("x.{}", self.format.trim_start_matches('.')));
        }
        let found = Format::of(path);
        Format { unknown: found.unknown && self.literal_end().contains('.'), ..found }
    }

    /// What stands in the file name behind the last `{{ }}`.
    fn literal_end(&self) -> &str {
        let end = self.output.rsplit("}}").next().unwrap_or_default();
        end.rsplit('/').next().unwrap_or_default()
    }
}

impl Component for Compress {
    const TYPE: &'static str = "compress";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("output", &["BuildName", "BuilderType"])];

    fn check(&mut self, check: &mut Check) {
        let options = &mut self.compress;
        if options.output.is_empty() {
            options.output = CompressOptions::default().output;
        }
        if options.compression_level < -1 {
            check
                .error("compression_level", format!("{} is below -1", options.compression_level))
                .hint("from 1 (fast) to 9 (small); 0 and -1 are the format's default");
        }
        if options.compression_level > 9 {
            check.warning(
                "compression_level",
                format!("{} is above 9: 9 is taken", options.compression_level),
            );
            options.compression_level = 9;
        }
        let (place, name) = match options.format.as_str() {
            "" => ("output", options.literal_end()),
            format => ("format", format),
        };
        if options.format_of(&format!("x{name}")).unknown {
            check
                .warning(
                    place,
                    format!("'{name}' names no known format: the file will be a gzipped tar archive"),
                )
                .hint("known are .tar .tar.gz .tgz .gz .bgzf .zip .lz4 .xz .bz2, also as .tar.lz4 and so on");
        }
        if !options.output.contains("{{") && !check.force && Path::new(&options.output).exists() {
            check
                .warning("output", format!("{} exists already", options.output))
                .hint("postprocess replaces it only with --force");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_the_format() {
        for (name, container, packing) in [
            ("a.tar", Container::Tar, Packing::None),
            ("a.tar.gz", Container::Tar, Packing::Gzip),
            ("v1.2/a.TAR.GZ", Container::Tar, Packing::Gzip),
            ("a.tgz", Container::Tar, Packing::Gzip),
            ("disk.vmdk.gz", Container::None, Packing::Gzip),
            ("my.tar/disk.gz", Container::None, Packing::Gzip),
            ("a.zip", Container::Zip, Packing::None),
            ("a.lz4", Container::None, Packing::Lz4),
            ("a.tar.xz", Container::Tar, Packing::Xz),
            ("a.bzip2", Container::None, Packing::Bzip2),
            ("a.tar.bz2", Container::Tar, Packing::Bzip2),
            ("a.bgzf", Container::None, Packing::Bgzf),
            ("v1.2/plain", Container::Tar, Packing::Gzip),
        ] {
            assert_eq!(Format::of(name), Format { container, packing, unknown: false }, "{name}");
        }
        assert!(Format::of("disk.img").unknown);
    }

    #[test]
    fn dots_in_a_builds_name_are_no_extension() {
        let options = CompressOptions::default();
        assert!(!options.format_of("packer_ubuntu-24.04_virtualbox-iso").unknown);
        let options = CompressOptions { output: "{{.BuildName}}.img".into(), ..CompressOptions::default() };
        assert!(options.format_of("ubuntu.img").unknown);
        let options = CompressOptions { format: "zip".into(), ..CompressOptions::default() };
        assert_eq!(options.format_of("x").container, Container::Zip);
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let options =
            CompressOptions { output: "a.img".into(), format: String::new(), compression_level: -2 };
        let mut compress = Compress { compress: options };
        let mut check = Check::default();
        compress.check(&mut check);
        let found: Vec<(&str, bool)> =
            check.findings.iter().map(|finding| (finding.path.as_str(), finding.warning)).collect();
        assert_eq!(found, [("compression_level", false), ("output", true)]);
    }
}
