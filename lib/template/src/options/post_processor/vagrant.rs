//! Options of the post-processor `vagrant`, which makes a box.

use crate::option_set;
use crate::options::paths::{self, Wanted};
use crate::options::words::{fill, one_of};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The providers that a box can be for, as Packer names them.
pub const PROVIDERS: [&str; 12] = [
    "aws",
    "azure",
    "digitalocean",
    "docker",
    "google",
    "hyperv",
    "libvirt",
    "lxc",
    "parallels",
    "scaleway",
    "virtualbox",
    "vmware",
];

/// What the box is made of and where it goes (Packer's vagrant plugin 1.1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BoxOptions {
    /// Path of the box; variables: `Architecture`, `ArtifactId`, `BuildName`, `Provider`.
    pub output: String,
    /// The machine's architecture, as Vagrant names it: `amd64`, `arm64`, `i386` … Default: this computer's.
    pub architecture: String,
    /// From 1 (fast) to 9 (small); 0 does not compress, -1 is the format's default.
    pub compression_level: i64,
    /// Files that go into the box beside the machine.
    pub include: Vec<String>,
    /// The provider that the box is for. Default: the builder's; required after `artifice`.
    pub provider_override: String,
    /// A template of a Vagrantfile that goes into the box.
    pub vagrantfile_template: String,
    /// Whether that template is made while the build runs, so that it need not be there yet. Default: false.
    pub vagrantfile_template_generated: bool,
    /// Other options for boxes of a provider, by the provider's name.
    #[serde(rename = "override")]
    pub overrides: BTreeMap<String, Override>,
}

impl Default for BoxOptions {
    fn default() -> Self {
        Self {
            output: "packer_{{ .BuildName }}_{{ .Provider }}_{{ .Architecture }}.box".into(),
            architecture: String::new(),
            compression_level: 6,
            include: Vec::new(),
            provider_override: String::new(),
            vagrantfile_template: String::new(),
            vagrantfile_template_generated: false,
            overrides: BTreeMap::new(),
        }
    }
}

/// Options for boxes of one provider; what is not set is as for all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Override {
    /// Path of the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The machine's architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// How much to compress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression_level: Option<i64>,
    /// Files that go into the box beside the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// A template of a Vagrantfile that goes into the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vagrantfile_template: Option<String>,
    /// Whether that template is made while the build runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vagrantfile_template_generated: Option<bool>,
    /// Whether what the box is made of stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_input_artifact: Option<bool>,
}

option_set! {
    /// Options of `vagrant`.
    pub struct Vagrant {
        /// What the box is made of, and where it goes.
        pub vagrant: BoxOptions,
    }
}

/// What is known when a box gets its name.
const NAME: &[&str] = &["Architecture", "ArtifactId", "BuildName", "Provider"];

impl Component for Vagrant {
    const TYPE: &'static str = "vagrant";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("output", NAME), ("override", NAME)];

    fn check(&mut self, check: &mut Check) {
        let options = &mut self.vagrant;
        fill(&mut options.output, &BoxOptions::default().output);
        one_of("provider_override", &options.provider_override, &PROVIDERS, check);
        if !options.vagrantfile_template_generated {
            paths::check(check, "vagrantfile_template", &options.vagrantfile_template, Wanted::File);
        }
        for (provider, own) in &options.overrides {
            let path = format!("override.{provider}");
            if !PROVIDERS.contains(&provider.as_str()) {
                check
                    .warning(&path, format!("no box is made for the provider '{provider}'"))
                    .hint(format!("one of: {}", PROVIDERS.join(", ")));
            }
            let generated =
                own.vagrantfile_template_generated.unwrap_or(options.vagrantfile_template_generated);
            if let Some(template) = own.vagrantfile_template.as_deref().filter(|_| !generated) {
                paths::check(check, &format!("{path}.vagrantfile_template"), template, Wanted::File);
            }
        }
    }
}
