//! An image that is registered by what it is made of, not by the machine that it was.

use crate::options::Check;
use crate::options::words::{fill, one_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What AWS is told of an image that it cannot see by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Register {
    /// The image's architecture: `x86_64`, `arm64`, `i386`, `x86_64_mac` or `arm64_mac`. Default: `x86_64`.
    pub ami_architecture: String,
    /// How the image boots: `legacy-bios`, `uefi` or `uefi-preferred`. Default: the machine type's own.
    pub boot_mode: String,
    /// UEFI's variables, as base64; not with `legacy-bios`.
    pub uefi_data: String,
    /// `v2.0` gives machines of the image a TPM. Default: none.
    pub tpm_support: String,
}

impl Register {
    /// Checks the options and fills in defaults.
    pub(in crate::options::builder) fn check(&mut self, check: &mut Check) {
        let architectures = &["x86_64", "arm64", "i386", "x86_64_mac", "arm64_mac"];
        one_of("ami_architecture", &self.ami_architecture, architectures, check);
        one_of("boot_mode", &self.boot_mode, &["legacy-bios", "uefi", "uefi-preferred"], check);
        one_of("tpm_support", &self.tpm_support, &["v2.0"], check);
        if self.boot_mode == "legacy-bios" && !self.uefi_data.is_empty() {
            check
                .error("uefi_data", "an image that boots by 'legacy-bios' has no variables of UEFI")
                .hint("set boot_mode to \"uefi\", or leave out uefi_data");
        }
        fill(&mut self.ami_architecture, "x86_64");
    }
}
