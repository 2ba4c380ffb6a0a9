//! Options of the machine that another one is made of.

use crate::options::Check;
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The machine that another one is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// The machine: a .vmx, .ovf or .ova file; on ESXi a .vmx on the host. Required.
    pub source_path: String,
    /// Whether the new machine's disks only hold what differs from the source's, which must stay then. Default: false.
    pub linked: bool,
    /// Name of the source's snapshot to begin with. Default: its present state.
    pub attach_snapshot: String,
}

impl Source {
    /// Checks the options.
    pub(super) fn check(&mut self, esxi: bool, check: &mut Check) {
        let path = self.source_path.as_str();
        if path.is_empty() {
            check
                .missing("source_path", "the machine to begin with is missing")
                .hint("name a .vmx, .ovf or .ova file");
            return;
        }
        let extension =
            Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
        if !matches!(extension.as_str(), "vmx" | "ovf" | "ova") || (esxi && extension != "vmx") {
            let known = if esxi { "a .vmx file on the ESXi host" } else { "a .vmx, .ovf or .ova file" };
            check.error("source_path", format!("'{path}' is not {known}"));
        }
        if !esxi && !Path::new(path).is_file() {
            check.error("source_path", format!("there is no file '{path}'")).code(Code::MissingFile).hint(
                "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
            );
        }
        if extension != "vmx" && (self.linked || !self.attach_snapshot.is_empty()) {
            let option = if self.linked { "linked" } else { "attach_snapshot" };
            check
                .error(option, "an appliance has neither snapshots nor disks to link to")
                .hint("begin with a .vmx file");
        }
    }
}
