//! What starts the boot loader.

use crate::options::Check;
use crate::options::words::fill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What starts the boot loader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct QemuFirmware {
    /// Whether the machine has UEFI. Default: false.
    pub efi_boot: bool,
    /// File of the UEFI's code. Default: as QEMU's packages describe it; beside variables, Packer's: `/usr/share/OVMF/OVMF_CODE.fd`.
    pub efi_firmware_code: String,
    /// File of the UEFI's variables, which is copied. Default: as QEMU's packages describe it; beside a code,
    /// Packer's: `/usr/share/OVMF/OVMF_VARS.fd`.
    pub efi_firmware_vars: String,
    /// Whether the variables are left out of the result. Default: false.
    pub efi_drop_efivars: bool,
    /// File of another firmware.
    pub firmware: String,
    /// Whether that firmware is flash memory (`-drive if=pflash`), not `-bios`. Default: false.
    pub use_pflash: bool,
}

impl QemuFirmware {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        self.efi_boot |= !self.efi_firmware_code.is_empty() || !self.efi_firmware_vars.is_empty();
        if self.efi_boot && !self.firmware.is_empty() {
            check.error("firmware", "firmware and efi_boot exclude each other").hint("keep one of them");
        }
        if self.efi_firmware_code.is_empty() != self.efi_firmware_vars.is_empty() {
            fill(&mut self.efi_firmware_code, "/usr/share/OVMF/OVMF_CODE.fd");
            fill(&mut self.efi_firmware_vars, "/usr/share/OVMF/OVMF_VARS.fd");
        }
        if self.use_pflash && self.firmware.is_empty() {
            self.use_pflash = false;
            if !self.efi_boot {
                check
                    .warning("use_pflash", "no firmware is given that could be flash memory")
                    .hint("set firmware, or efi_boot, whose firmware is flash memory anyhow");
            }
        }
    }
}
