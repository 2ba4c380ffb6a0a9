//! Options of an ESXi host that is reached over SSH (packer-plugin-vmware 1.2.0).

use super::Vm;
use crate::options::Check;
use crate::options::words::fill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The ESXi host that runs the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Remote {
    /// `esxi`, to run the machine there. Default: not there.
    pub remote_type: String,
    /// The host's name or address. Required with `remote_type`.
    pub remote_host: String,
    /// The port of its SSH server. Default: 22.
    pub remote_port: u16,
    /// User to log in as. Default: `root`.
    pub remote_username: String,
    /// The user's password.
    pub remote_password: String,
    /// File of the user's private key.
    pub remote_private_key_file: String,
    /// Datastore that takes the machine. Default: `datastore1`.
    pub remote_datastore: String,
    /// Datastore that takes the installer's CD. Default: `remote_datastore`.
    pub remote_cache_datastore: String,
    /// Folder in it for the installer's CD, which stays there. Default: `packer_cache`.
    pub remote_cache_directory: String,
    /// Whether the installer's CD is removed there in the end. Default: false.
    pub cleanup_remote_cache: bool,
    /// Folder of the machine in its datastore. Default: `vm_name`.
    pub remote_output_directory: String,
    /// Whether the machine stays on the host in the end. Default: false.
    pub keep_registered: bool,
    /// Packer's: whether ovftool's login is not tried beforehand. Kiln always tries the login that it uses.
    pub skip_validate_credentials: bool,
    /// Packer's: VNC through the host's web server. Not supported.
    pub vnc_over_websocket: bool,
    /// Packer's: whether the host's certificate is not checked, with `vnc_over_websocket`.
    pub insecure_connection: bool,
}

impl Remote {
    /// Checks the options and fills in defaults.
    pub(super) fn check(&mut self, esxi: bool, vm: &Vm, check: &mut Check) {
        if !esxi {
            return;
        }
        "esxi".clone_into(&mut self.remote_type);
        if self.remote_host.is_empty() {
            check.error("remote_host", "the ESXi host is not named").hint("set its name or address");
        }
        if self.remote_port == 0 {
            self.remote_port = 22;
        }
        fill(&mut self.remote_username, "root");
        fill(&mut self.remote_datastore, "datastore1");
        fill(&mut self.remote_cache_datastore, &self.remote_datastore);
        fill(&mut self.remote_cache_directory, "packer_cache");
        fill(&mut self.remote_output_directory, &vm.vm_name);
        if self.vnc_over_websocket {
            check.error("vnc_over_websocket", "VNC through the host's web server is not supported").hint(
                "ESXi 6.7 and older have plain VNC; for newer ones leave out boot_command and set disable_vnc: cd_content and http_content \
                 can carry the answers",
            );
        }
        let up = |path: &str| path.split('/').any(|part| part == "..") || path.starts_with('/');
        for (path, folder) in [
            ("remote_output_directory", &self.remote_output_directory),
            ("remote_cache_directory", &self.remote_cache_directory),
        ] {
            if up(folder) {
                check
                    .error(path, format!("'{folder}' is not a folder within a datastore"))
                    .hint("such as \"build/web\"");
            }
        }
    }
}
