//! The contract: the types of a build record's fields, from which `--schema` is generated.
//!
//! Nothing here does anything. A record in flight is a [`crate::Record`], which keeps the fields
//! that these types do not know.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The format's version, the value of the field `kiln`.
pub const VERSION: u64 = 1;

/// One build on its way from a template to an image: one JSON object a line.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Kiln build record")]
pub struct Document {
    /// The format's version: 1.
    #[schemars(range(min = 1, max = 1))]
    pub kiln: u64,
    /// ULID of this run of this build; names its state folder, its tags and its temporary things.
    #[schemars(regex(pattern = r"^[0-9A-HJKMNP-TV-Z]{26}$"))]
    pub id: String,
    /// The build's name, as `--only` takes it.
    pub build: String,
    /// The builder's type: `amazon-ebs`, `vmware-iso`, `virtualbox-ovf`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// How far the build is.
    pub status: Status,
    /// What the build came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// The resolved user variables.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Names of the variables whose values are masked wherever people read.
    #[serde(default)]
    pub sensitive: Vec<String>,
    /// The builder's options: checked, with defaults filled in.
    #[serde(default)]
    pub builder: Map<String, Value>,
    /// The steps that change the machine, in order: each an object with `type` and its options.
    #[serde(default)]
    pub provisioners: Vec<Map<String, Value>>,
    /// The step that runs when provisioning has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_cleanup_provisioner: Option<Map<String, Value>>,
    /// Sequences of steps that make something of the result.
    #[serde(default)]
    pub post_processors: Vec<Vec<Map<String, Value>>>,
    /// The machine, from `running` on and for as long as it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<Machine>,
    /// What ``{{build `KEY`}}`` gives when the machine is gone: what its builder said of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub generated: BTreeMap<String, String>,
    /// How many provisioners have finished: where `provision --resume` goes on.
    #[serde(default)]
    pub done: usize,
    /// What exists now.
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
    /// Every step taken.
    #[serde(default)]
    pub steps: Vec<StepTaken>,
    /// Why the build failed; only in `failed` records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorInfo>,
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Read from a template; nothing exists yet.
    Planned,
    /// A machine runs and answers.
    Running,
    /// The machine has been changed as the template says.
    Provisioned,
    /// The image exists; the machine is gone.
    Built,
    /// The build has failed; a machine may still exist.
    Failed,
}

impl Status {
    /// All statuses, in the order in which a build passes them.
    pub const ALL: [Self; 5] = [Self::Planned, Self::Running, Self::Provisioned, Self::Built, Self::Failed];

    /// The word that stands in the record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Provisioned => "provisioned",
            Self::Built => "built",
            Self::Failed => "failed",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The file that a build came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Template {
    /// Path as it was given; `-` for standard input.
    pub path: String,
    /// Absolute folder: what `{{template_dir}}` gives.
    pub folder: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// A machine that exists and belongs to whoever holds the record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// What runs it: `ec2`, `qemu`, `vboxmanage`, …
    pub driver: String,
    /// The platform's id: `i-0123456789abcdef0`, a VM's name, …
    pub id: String,
    /// `ssh`, `winrm` or `none`.
    pub communicator: String,
    /// Address to connect to.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
    /// TCP port to connect to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// User to log in as.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Private key in the state folder or the user's own, mode 0600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// SHA-256 fingerprint of the host key, where it is known (`SHA256:…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// What ``{{build `KEY`}}`` gives in provisioners and post-processors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub build: BTreeMap<String, String>,
    /// The driver's own notes: what it needs to capture or destroy the machine.
    #[serde(default)]
    pub state: Map<String, Value>,
}

/// Something that a build has made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// `ami` or `files`.
    pub kind: String,
    /// Packer's name for the maker: `mitchellh.amazonebs`, `packer.post-processor.compress`, …
    pub builder_id: String,
    /// Packer's artifact id: `us-east-1:ami-1,eu-west-1:ami-2`, or a name, or nothing.
    #[serde(default)]
    pub id: String,
    /// Ids by region, for images in a cloud.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regions: BTreeMap<String, String>,
    /// Files on this machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ArtifactFile>,
    /// What else the maker says of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
}

/// A file of an artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtifactFile {
    /// Path, relative to the folder in which the tools run, or absolute.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A step that a tool took for a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepTaken {
    /// The tool's name.
    pub tool: String,
    /// The step's name: `run instance`, `shell`, …
    pub name: String,
    /// When it began: RFC 3339, UTC.
    pub start: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What was waited for, where the step is a wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_for: Option<String>,
    /// Whether the step failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// Why a build failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorInfo {
    /// The tool in which it failed.
    pub tool: String,
    /// The step in which it failed.
    pub step: String,
    /// What went wrong and why.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The last lines of output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<String>,
    /// Path of the full log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Whether the build was interrupted rather than wrong.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

/// The JSON Schema (draft 2020-12) of the record.
pub fn schema() -> Value {
    schemars::schema_for!(Document).to_value()
}
