//! Disks: of the machine that is run, and of the image that is made.

use super::value::{NameValue, is_unset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Disks of the machine and of the image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BlockDevices {
    /// Disks of the machine; they become part of the image.
    pub launch_block_device_mappings: Vec<BlockDevice>,
    /// Disks of the image beyond the machine's.
    pub ami_block_device_mappings: Vec<BlockDevice>,
    /// Tags of the machine's volumes. Rendered when the source image is known.
    pub run_volume_tags: BTreeMap<String, String>,
    /// The same as `run_volume_tags`, as blocks of `name` and `value`.
    pub run_volume_tag: Vec<NameValue>,
    /// Whether instance store disks `xvdca` to `xvdcz` are suppressed (Windows). Default: false.
    pub no_ephemeral: bool,
}

/// One disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BlockDevice {
    /// Name of the device, such as `/dev/sda1` or `/dev/xvda`. Required.
    #[serde(skip_serializing_if = "is_unset")]
    pub device_name: String,
    /// Size in GiB. Default: the snapshot's.
    #[serde(skip_serializing_if = "is_unset")]
    pub volume_size: i32,
    /// `gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1` or `standard`. Default: AWS's own.
    #[serde(skip_serializing_if = "is_unset")]
    pub volume_type: String,
    /// Operations a second: 100 to 64000 for io1 (at most 50 a GiB) and io2 (at most 500 a GiB), 3000 to 16000 for gp3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// MiB a second, gp3 only: 125 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
    /// Whether the volume is encrypted. Default: as its snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// KMS key of the volume: id, alias (`alias/…`) or ARN. Disks of the machine only.
    #[serde(skip_serializing_if = "is_unset")]
    pub kms_key_id: String,
    /// Snapshot that the volume is made of.
    #[serde(skip_serializing_if = "is_unset")]
    pub snapshot_id: String,
    /// Whether the volume is deleted with its machine. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub delete_on_termination: bool,
    /// Whether to leave out this disk of the source image. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub no_device: bool,
    /// Instance store disk: `ephemeral0` to `ephemeral23`.
    #[serde(skip_serializing_if = "is_unset")]
    pub virtual_name: String,
}
