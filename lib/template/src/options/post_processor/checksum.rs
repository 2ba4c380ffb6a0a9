//! Options of the post-processor `checksum`.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kinds of checksums, as Packer names them.
pub const KINDS: [&str; 6] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

/// Which checksums to make, and where they go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChecksumOptions {
    /// Kinds of checksums: `md5`, `sha1`, `sha224`, `sha256`, `sha384`, `sha512`.
    pub checksum_types: Vec<String>,
    /// Path of the checksum file; variables: `BuildName`, `BuilderType`, `ChecksumType`.
    pub output: String,
}

impl Default for ChecksumOptions {
    fn default() -> Self {
        Self {
            checksum_types: vec!["md5".into()],
            output: "packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum".into(),
        }
    }
}

option_set! {
    /// Options of `checksum`.
    pub struct Checksum {
        /// Which checksums, and where.
        pub checksum: ChecksumOptions,
    }
}

impl Component for Checksum {
    const TYPE: &'static str = "checksum";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("output", &["BuildName", "BuilderType", "ChecksumType"])];

    fn check(&mut self, check: &mut Check) {
        let default = ChecksumOptions::default();
        let options = &mut self.checksum;
        if options.checksum_types.is_empty() {
            options.checksum_types = default.checksum_types;
        }
        if options.output.is_empty() {
            options.output = default.output;
        }
        for (index, kind) in options.checksum_types.iter().enumerate() {
            if !KINDS.contains(&kind.as_str()) {
                check
                    .error(format!("checksum_types[{index}]"), format!("unrecognized checksum type: {kind}"))
                    .hint(format!("one of {}", KINDS.join(", ")));
            }
        }
        if options.checksum_types.len() > 1 && !options.output.contains(".ChecksumType") {
            check
                .warning("output", "checksums of several types go into one file")
                .hint("put {{.ChecksumType}} into output: sha256sum -c reads one type a file");
        }
    }
}
