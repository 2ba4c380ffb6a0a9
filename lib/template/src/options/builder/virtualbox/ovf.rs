//! Options of `virtualbox-ovf`: a machine made of an appliance.

use super::{DEFERRED, Machine};
use crate::option_set;
use crate::options::builder::machine::check_checksum;
use crate::options::{Check, Component};
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The appliance that the machine is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// An OVF or OVA file: its path or URL. Required.
    pub source_path: String,
    /// Its checksum, in the forms of `iso_checksum`. Required for what is fetched; Kiln does without it for a file of this computer.
    pub checksum: String,
    /// Where a fetched file is kept. Default: the cache.
    pub target_path: String,
    /// More arguments of `VBoxManage import`.
    pub import_flags: Vec<String>,
    /// Value of `VBoxManage import --options`: `keepallmacs`, `keepnatmacs`.
    pub import_opts: String,
}

impl Source {
    /// Whether the appliance lies on this computer, and is used where it is.
    pub fn is_local(&self) -> bool {
        !self.source_path.contains("://") || self.source_path.starts_with("file://")
    }

    fn check(&mut self, check: &mut Check) {
        if self.source_path.is_empty() {
            check
                .missing("source_path", "'source_path' is missing")
                .hint("name the OVF or OVA file that the machine is made of");
        } else if self.is_local() {
            let path = self.source_path.strip_prefix("file://").unwrap_or(&self.source_path);
            if !std::path::Path::new(path).exists() {
                check
                    .warning("source_path", format!("there is no file '{path}'")).code(Code::MissingFile)
                    .hint("paths count from the folder in which validate runs; {{template_dir}} gives the template's");
            }
        }
        if !self.is_local() || !self.checksum.is_empty() {
            check_checksum("checksum", &self.checksum, check);
        }
    }
}

option_set! {
    /// Options of `virtualbox-ovf`.
    pub struct VirtualBoxOvf {
        /// The appliance.
        pub source: Source,
    } with {
        /// What all three types have.
        pub machine: Machine,
    }
}

impl Component for VirtualBoxOvf {
    const TYPE: &'static str = "virtualbox-ovf";
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = DEFERRED;

    fn check(&mut self, check: &mut Check) {
        self.source.check(check);
        self.machine.check("ide", check);
    }
}
