//! Options of the HTTP server from which the guest fetches its answer files.

use crate::options::Check;
use crate::source::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

/// The HTTP server from which the guest fetches files.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Http {
    /// Folder whose files are served. Excludes `http_content`.
    pub http_directory: String,
    /// Files that are served, by their paths (`/preseed.cfg`), with their contents. Rendered when the machine and its
    /// HTTP server are prepared. Excludes `http_directory`.
    pub http_content: BTreeMap<String, String>,
    /// First port to try. Default: 8000.
    pub http_port_min: u16,
    /// Last port to try. Default: 9000.
    pub http_port_max: u16,
    /// Address to serve on. Default: the one at which guests of the driver see this host, and no more.
    pub http_bind_address: String,
    /// Network interface whose address the guest is told. Default: found by the driver.
    pub http_interface: String,
    /// `tcp`, `tcp4` or `tcp6`. Default: `tcp`.
    pub http_network_protocol: String,
}

impl Http {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        self.check_files(check);
        self.check_address(check);
        if self.http_port_min == 0 {
            // Packer 1.16: a maximum below the default minimum is wrong only where the minimum is given.
            self.http_port_min = if self.http_port_max == 0 { 8000 } else { self.http_port_max.min(8000) };
        }
        if self.http_port_max == 0 {
            self.http_port_max = self.http_port_min.max(9000);
        }
        if self.http_port_min > self.http_port_max {
            check
                .error(
                    "http_port_min",
                    format!(
                        "the first port, {}, is above the last, {}",
                        self.http_port_min, self.http_port_max
                    ),
                )
                .hint("set http_port_min below http_port_max, or leave both out");
        }
    }

    /// Whether there is anything to serve.
    pub fn is_wanted(&self) -> bool {
        !self.http_directory.is_empty() || !self.http_content.is_empty()
    }

    fn check_files(&self, check: &mut Check) {
        let folder = &self.http_directory;
        if !folder.is_empty() && !self.http_content.is_empty() {
            check
                .error("http_content", "http_directory and http_content exclude each other")
                .hint("keep one of them");
        }
        if !folder.is_empty() && !Path::new(folder).is_dir() {
            check.warning("http_directory", format!("there is no folder '{folder}'")).code(Code::MissingFile).hint(
                "paths count from the folder in which validate runs; {{template_dir}} gives the template's",
            );
        }
        for path in self.http_content.keys() {
            if !path.starts_with('/') {
                check
                    .error(format!("http_content.{path}"), format!("the path '{path}' has no '/' before it"))
                    .hint(format!("write \"/{path}\""));
            }
        }
    }

    fn check_address(&self, check: &mut Check) {
        let (address, protocol) = (&self.http_bind_address, self.http_network_protocol.as_str());
        if !matches!(protocol, "" | "tcp" | "tcp4" | "tcp6") {
            check
                .error("http_network_protocol", format!("'{protocol}' is not a protocol that guests can use"))
                .hint("known are: tcp, tcp4, tcp6");
        }
        let parsed = address.parse::<IpAddr>();
        let Ok(parsed) = parsed else {
            if !address.is_empty() {
                check
                    .error("http_bind_address", format!("'{address}' is not an IP address"))
                    .hint("such as \"127.0.0.1\", or \"0.0.0.0\" for all addresses of this host");
            }
            return;
        };
        if (protocol == "tcp4" && parsed.is_ipv6()) || (protocol == "tcp6" && parsed.is_ipv4()) {
            check.error("http_bind_address", format!("{address} can't be served with {protocol}"));
        }
    }
}
