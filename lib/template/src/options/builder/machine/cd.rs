//! Options of a CD that is made for the machine.

use super::paths::check_files;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A CD that is made for the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Cd {
    /// Files and folders to put onto the CD, at its root, under their own names; `*`, `?` and `[…]` match names. A
    /// folder's name that ends in `/` puts its contents there instead.
    pub cd_files: Vec<String>,
    /// Files to put onto the CD, by their paths on it, with their contents. Rendered when the machine and its HTTP
    /// server are prepared.
    pub cd_content: BTreeMap<String, String>,
    /// The CD's label; cloud-init looks for `cidata`. Default: `packer`.
    pub cd_label: String,
}

/// Most characters of a label: ISO 9660, 8.4.8.
const LONGEST_LABEL: usize = 32;

impl Cd {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        check_files("cd_files", &self.cd_files, check);
        let length = self.cd_label.chars().count();
        if length > LONGEST_LABEL {
            check
                .error("cd_label", format!("a label of {length} characters does not fit"))
                .hint(format!("a CD's label has at most {LONGEST_LABEL}"));
        }
        if self.is_wanted() && self.cd_label.is_empty() {
            self.cd_label = "packer".to_owned();
        }
    }

    /// Whether there is anything to put onto a CD.
    pub fn is_wanted(&self) -> bool {
        !self.cd_files.is_empty() || !self.cd_content.is_empty()
    }
}
