//! Options of the post-processors `vagrant-registry` and `vagrant-cloud`, which publish a box. The registry is what Vagrant
//! Cloud has become; it has other credentials.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which box it is (Packer's vagrant plugin 1.1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Published {
    /// The box, as `user/name`. Required.
    pub box_tag: String,
    /// The version to publish. Required.
    pub version: String,
    /// What is new in this version.
    pub version_description: String,
    /// Whether the version is not released yet. Default: false.
    pub no_release: bool,
    /// The box's architecture. Default: what the box says.
    pub architecture: String,
    /// The architecture that those get who ask for none: the same as `architecture`, or nothing.
    pub default_architecture: String,
    /// Where the box is to be found, when it is not uploaded; variables: `ArtifactId`, `Provider`.
    pub box_download_url: String,
    /// Checksum of the box, as `sha256:…`.
    pub box_checksum: String,
    /// Whether the box is uploaded through the service rather than straight to its storage. Default: false.
    pub no_direct_upload: bool,
    /// Whether to accept any TLS certificate of the service. Default: false.
    pub insecure_skip_tls_verify: bool,
}

/// The registry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Registry {
    /// What the box is, where it is made.
    pub box_description: String,
    /// Whether only some may see the box, where it is made. Default: false.
    pub box_private: bool,
    /// The client's id. Default: `HCP_CLIENT_ID`.
    pub client_id: String,
    /// The client's secret. Default: `HCP_CLIENT_SECRET`.
    pub client_secret: String,
    /// Address of the service. Default: `HCP_API_ADDRESS`, else HashiCorp's own.
    pub hcp_api_address: String,
    /// URL at which the client gets its tokens. Default: `HCP_AUTH_URL`, else HashiCorp's own.
    pub hcp_auth_url: String,
}

/// Vagrant Cloud.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Cloud {
    /// The access token. Default: `VAGRANT_CLOUD_TOKEN`, else `ATLAS_TOKEN`.
    pub access_token: String,
    /// URL of the service. Default: HashiCorp's own.
    pub vagrant_cloud_url: String,
}

option_set! {
    /// Options of `vagrant-registry`.
    pub struct VagrantRegistry {
        /// Which box.
        pub published: Published,
        /// Where it goes.
        pub registry: Registry,
    }
}

option_set! {
    /// Options of `vagrant-cloud`.
    pub struct VagrantCloud {
        /// Which box.
        pub published: Published,
        /// Where it goes.
        pub cloud: Cloud,
    }
}

/// What is rendered late.
const LATE: &[(&str, &[&str])] = &[("box_download_url", &["ArtifactId", "Provider"])];

impl Component for VagrantRegistry {
    const TYPE: &'static str = "vagrant-registry";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = LATE;

    fn check(&mut self, check: &mut Check) {
        self.published.check(check);
        let Registry { client_id, client_secret, .. } = &self.registry;
        if client_id.is_empty() != client_secret.is_empty() {
            let (given, missing) = if client_id.is_empty() {
                ("client_secret", "client_id")
            } else {
                ("client_id", "client_secret")
            };
            check.missing(given, format!("'{given}' needs '{missing}'")).hint("give both, or neither");
        }
    }
}

impl Component for VagrantCloud {
    const TYPE: &'static str = "vagrant-cloud";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = LATE;

    fn check(&mut self, check: &mut Check) {
        self.published.check(check);
        let in_environment =
            ["VAGRANT_CLOUD_TOKEN", "ATLAS_TOKEN"].iter().any(|name| std::env::var_os(name).is_some());
        if self.cloud.access_token.is_empty() && self.cloud.vagrant_cloud_url.is_empty() && !in_environment {
            check
                .warning("access_token", "no access token is given, and none is in the environment here")
                .hint("set 'access_token', or VAGRANT_CLOUD_TOKEN where the box is published");
        }
    }
}

impl Published {
    fn check(&self, check: &mut Check) {
        if self.box_tag.is_empty() {
            check
                .missing("box_tag", "'box_tag' is missing")
                .hint("name the box to publish, as \"user/name\"");
        } else if self.box_tag.split('/').filter(|part| !part.is_empty()).count() != 2 {
            check
                .error("box_tag", format!("'{}' is not the name of a box", self.box_tag))
                .hint("write it as \"user/name\"");
        }
        if self.version.is_empty() {
            check.missing("version", "'version' is missing").hint("say which version of the box this is");
        }
        if !self.box_checksum.is_empty() && !self.box_checksum.contains(':') {
            check
                .error(
                    "box_checksum",
                    format!("'{}' does not say what kind of checksum it is", self.box_checksum),
                )
                .hint("write it as \"sha256:…\"");
        }
    }
}
