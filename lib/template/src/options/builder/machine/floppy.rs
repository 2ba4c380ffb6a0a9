//! Options of a floppy disk that is made for the machine.

use super::paths::{check_files, is_pattern};
use crate::options::Check;
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A floppy disk (1440 KiB, FAT12) that is made for the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Floppy {
    /// Files to put onto the disk's root, under their own names; `*`, `?` and `[…]` match names.
    pub floppy_files: Vec<String>,
    /// Folders to put onto the disk with all in them; of one that ends in `/`, only what is in it.
    pub floppy_dirs: Vec<String>,
    /// Files to put onto the disk, by their paths on it, with their contents. Rendered when the machine and its HTTP
    /// server are prepared.
    pub floppy_content: BTreeMap<String, String>,
    /// The disk's label. Default: `packer`.
    pub floppy_label: String,
}

/// Most characters of a label: FAT's root directory entries.
const LONGEST_LABEL: usize = 11;

impl Floppy {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        check_files("floppy_files", &self.floppy_files, check);
        for (index, folder) in self.floppy_dirs.iter().enumerate() {
            if !is_pattern(folder) && !Path::new(folder).is_dir() {
                check.error(format!("floppy_dirs[{index}]"), format!("there is no folder '{folder}'")).code(Code::MissingFile).hint(
                    "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
                );
            }
        }
        let length = self.floppy_label.chars().count();
        if length > LONGEST_LABEL || !self.floppy_label.is_ascii() {
            check
                .error("floppy_label", format!("the label '{}' does not fit", self.floppy_label))
                .hint(format!("a floppy disk's label has at most {LONGEST_LABEL} ASCII characters"));
        }
        if self.is_wanted() && self.floppy_label.is_empty() {
            self.floppy_label = "packer".to_owned();
        }
    }

    /// Whether there is anything to put onto a floppy disk.
    pub fn is_wanted(&self) -> bool {
        !self.floppy_files.is_empty() || !self.floppy_dirs.is_empty() || !self.floppy_content.is_empty()
    }
}
