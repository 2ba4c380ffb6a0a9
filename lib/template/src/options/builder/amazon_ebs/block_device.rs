//! Disks: of the machine that is run, and of the image that is made.

use super::value::{KeyValue, NameValue, is_unset, merge};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Disks of the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct LaunchDevices {
    /// Disks of the machine; they become part of the image.
    pub launch_block_device_mappings: Vec<BlockDevice>,
    /// Whether instance store disks `xvdca` to `xvdcz` are suppressed (Windows). Default: false.
    pub no_ephemeral: bool,
}

/// Disks of the image, and tags of the machine's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BlockDevices {
    /// Disks of the image beyond the machine's.
    pub ami_block_device_mappings: Vec<BlockDevice>,
    /// Tags of the machine's volumes. Rendered when the source image is known.
    pub run_volume_tags: BTreeMap<String, String>,
    /// The same as `run_volume_tags`, as blocks of `name` and `value`.
    pub run_volume_tag: Vec<NameValue>,
}

/// Makes a type of disk: the options that all disks have, and more.
macro_rules! block_device {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
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
            $($(#[$field_meta])* pub $field: $type),*
        }
    };
}

block_device! {
    /// One disk.
    pub struct BlockDevice {}
}

block_device! {
    /// A disk of a machine whose image is made of that disk, or leaves it out.
    pub struct SurrogateDevice {
        /// Whether the image leaves this disk out. Default: false.
        #[serde(skip_serializing_if = "is_unset")]
        pub omit_from_artifact: bool,
    }
}

block_device! {
    /// A disk that is what the build makes.
    pub struct Volume {
        /// Tags of the volume.
        #[serde(skip_serializing_if = "is_unset")]
        pub tags: BTreeMap<String, String>,
        /// The same as `tags`, as blocks of `key` and `value`.
        #[serde(skip_serializing_if = "is_unset")]
        pub tag: Vec<KeyValue>,
        /// Whether a snapshot is made of the volume. Default: false.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_volume: bool,
        /// Description of the snapshot; needs `snapshot_volume`.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_description: String,
        /// Tags of the snapshot.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_tags: BTreeMap<String, String>,
        /// The same as `snapshot_tags`, as blocks of `key` and `value`.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_tag: Vec<KeyValue>,
        /// Accounts that may make volumes of the snapshot.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_users: Vec<String>,
        /// Groups that may make volumes of the snapshot; `all` makes it public.
        #[serde(skip_serializing_if = "is_unset")]
        pub snapshot_groups: Vec<String>,
    }
}

/// What all types of disks are.
pub(in crate::options::builder) trait Device {
    /// The options that all disks have.
    fn device(&self) -> BlockDevice;
}

macro_rules! devices {
    ($($name:ident),+) => {
        $(impl Device for $name {
            fn device(&self) -> BlockDevice {
                BlockDevice {
                    device_name: self.device_name.clone(),
                    volume_size: self.volume_size,
                    volume_type: self.volume_type.clone(),
                    iops: self.iops,
                    throughput: self.throughput,
                    encrypted: self.encrypted,
                    kms_key_id: self.kms_key_id.clone(),
                    snapshot_id: self.snapshot_id.clone(),
                    delete_on_termination: self.delete_on_termination,
                    no_device: self.no_device,
                    virtual_name: self.virtual_name.clone(),
                }
            }
        })+
    };
}

devices!(BlockDevice, SurrogateDevice, Volume);

impl BlockDevices {
    /// Moves blocks to where the same things are.
    pub(in crate::options::builder) fn settle(&mut self) {
        merge(&mut self.run_volume_tag, &mut self.run_volume_tags);
    }
}

impl Volume {
    /// Moves blocks to where the same things are.
    pub(in crate::options::builder) fn settle(&mut self) {
        merge(&mut self.tag, &mut self.tags);
        merge(&mut self.snapshot_tag, &mut self.snapshot_tags);
    }
}
