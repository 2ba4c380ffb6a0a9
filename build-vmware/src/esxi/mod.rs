//! Machines on an ESXi host, over SSH (packer-plugin-vmware 1.2.0, `driver_esx5.go`).

mod create;
mod driver;
mod export;
mod host;

pub use create::{create, look};
pub use driver::Esxi;
pub use export::{export, keep};
pub use host::Host;

/// Where the site's notes keep the machine's folder on the host.
pub const FOLDER: &str = "esxi_folder";
/// Where they keep the installer's CD on the host, where it is to be removed.
pub const CACHED: &str = "esxi_cached";
