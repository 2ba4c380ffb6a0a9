//! Options of VirtualBox's guest additions.

use super::one_of;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// VirtualBox's drivers and services for guests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GuestAdditions {
    /// How the guest gets their CD: `upload` as a file, `attach` in a drive, or `disable`. Default: `upload`, or `disable` where the
    /// build has no communicator.
    pub guest_additions_mode: String,
    /// Controller of the drive in which they are attached: `ide`, `sata` or `virtio`. Default: `iso_interface`, else `ide`.
    pub guest_additions_interface: String,
    /// Where the CD goes in the guest; `{{.Version}}` is VirtualBox's. Default: `VBoxGuestAdditions.iso`.
    pub guest_additions_path: String,
    /// Where the CD comes from, a URL or a path; `{{.Version}}` is VirtualBox's. Default: VirtualBox's own file, else its maker's site.
    pub guest_additions_url: String,
    /// SHA-256 of the CD; needed with `guest_additions_url` unless the file lies on this computer.
    pub guest_additions_sha256: String,
}

impl GuestAdditions {
    /// Checks the options and fills in defaults; `talks` says that the build has a communicator.
    pub fn check(&mut self, talks: bool, interface: &str, check: &mut Check) {
        let default = if talks { "upload" } else { "disable" };
        let modes = ["upload", "attach", "disable"];
        one_of("guest_additions_mode", &mut self.guest_additions_mode, &modes, default, check);
        if !talks && self.guest_additions_mode == "upload" {
            check
                .error("guest_additions_mode", "without a communicator nothing can be uploaded")
                .hint("set \"attach\" or \"disable\"");
        }
        let interfaces = ["ide", "sata", "virtio"];
        one_of(
            "guest_additions_interface",
            &mut self.guest_additions_interface,
            &interfaces,
            interface,
            check,
        );
        if self.guest_additions_path.is_empty() {
            self.guest_additions_path = "VBoxGuestAdditions.iso".to_owned();
        }
        let sum = &self.guest_additions_sha256;
        if !sum.is_empty() && (sum.len() != 64 || !sum.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            check.error("guest_additions_sha256", "a SHA-256 has 64 hexadecimal digits");
        }
        self.guest_additions_sha256 = sum.to_lowercase();
    }
}
