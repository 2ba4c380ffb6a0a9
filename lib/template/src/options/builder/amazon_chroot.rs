//! Options of `amazon-chroot`: an AMI from a disk that is filled on a machine which runs on EC2 already.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6.

use super::amazon_ebs::{
    self, Access, Ami, AmiFilter, BlockDevices, KeyValue, Register, SOURCE_VARIABLES, Spot, merge,
};
use crate::option_set;
use crate::options::words::fill;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the image is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Source {
    /// Id of the image to start from. It or `source_ami_filter` is required, unless `from_scratch`.
    pub source_ami: String,
    /// Looks up the image to start from.
    pub source_ami_filter: AmiFilter,
    /// Whether to start with an empty disk. Default: false.
    pub from_scratch: bool,
}

/// How the disk is mounted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Mount {
    /// What is mounted in the disk's file system, each as type, source, target. Default: `/proc`, `/sys`, `/dev`, `/dev/pts`,
    /// `/proc/sys/fs/binfmt_misc`.
    pub chroot_mounts: Vec<Vec<String>>,
    /// How commands are run; `{{.Command}}` is the command. Default: as they are.
    pub command_wrapper: String,
    /// Files of this machine that are there while provisioners run. Default: `/etc/resolv.conf`, unless `from_scratch`.
    pub copy_files: Option<Vec<String>>,
    /// Device under which the disk is attached. Default: the first free one.
    pub device_path: String,
    /// Device that the disk is then, on machines with NVMe. Default: `device_path`.
    pub nvme_device_path: String,
    /// Where the disk is mounted; variable: `Device`. Default: `/mnt/packer-amazon-chroot-volumes/{{.Device}}`.
    pub mount_path: String,
    /// Number of the partition that is mounted; `0` is the whole disk. Default: `1`.
    pub mount_partition: String,
    /// Options for `mount`.
    pub mount_options: Vec<String>,
    /// Commands before the disk is mounted; variable: `Device`.
    pub pre_mount_commands: Vec<String>,
    /// Commands after the disk is mounted; variables: `Device`, `MountPath`.
    pub post_mount_commands: Vec<String>,
}

/// The disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RootVolume {
    /// The image's name for its root disk. Default: the source image's.
    pub root_device_name: String,
    /// Size in GiB. Default: the source image's.
    pub root_volume_size: i64,
    /// Type of the volume. Default: the source image's; `gp2` from scratch.
    pub root_volume_type: String,
    /// Tags of the volume. Rendered when the source image is known.
    pub root_volume_tags: BTreeMap<String, String>,
    /// The same as `root_volume_tags`, as blocks of `key` and `value`.
    pub root_volume_tag: Vec<KeyValue>,
    /// Whether the volume is encrypted. Default: as the source image's.
    pub root_volume_encrypt_boot: Option<bool>,
    /// KMS key of the volume; needs `root_volume_encrypt_boot`.
    pub root_volume_kms_key_id: String,
}

option_set! {
    /// Options of `amazon-chroot`.
    pub struct AmazonChroot without ["fast_launch", "run_volume_tag", "run_volume_tags", "skip_ami_run_tags", "skip_create_ami"], {
        /// How to reach AWS.
        pub access: Access,
        /// The image that is made.
        pub ami: Ami,
        /// What AWS is told of the image.
        pub register: Register,
        /// What it is made of.
        pub source: Source,
        /// How the disk is mounted.
        pub mount: Mount,
        /// The disk.
        pub root_volume: RootVolume,
        /// Other disks of the image.
        pub block_devices: BlockDevices,
    }
}

impl Component for AmazonChroot {
    const TYPE: &'static str = "amazon-chroot";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[
        ("ami_description", SOURCE_VARIABLES),
        ("command_wrapper", &["Command"]),
        ("mount_path", &["Device"]),
        ("post_mount_commands", &["Device", "MountPath"]),
        ("pre_mount_commands", &["Device"]),
        ("root_volume_tag", SOURCE_VARIABLES),
        ("root_volume_tags", SOURCE_VARIABLES),
        ("snapshot_tag", SOURCE_VARIABLES),
        ("snapshot_tags", SOURCE_VARIABLES),
        ("tag", SOURCE_VARIABLES),
        ("tags", SOURCE_VARIABLES),
    ];
    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        let Self { access, ami, register, root_volume, block_devices, mount, .. } = self;
        access.settle();
        ami.settle(check.force);
        merge(&mut root_volume.root_volume_tag, &mut root_volume.root_volume_tags);
        amazon_ebs::check_access(access, check);
        amazon_ebs::check_image(ami, &Spot::default(), check);
        amazon_ebs::check_block_devices(block_devices, check);
        amazon_ebs::check_tags("root_volume_tags", &root_volume.root_volume_tags, check);
        amazon_ebs::check_key("root_volume_kms_key_id", &root_volume.root_volume_kms_key_id, check);
        register.check(check);
        for (index, entry) in mount.chroot_mounts.iter().enumerate() {
            if entry.len() != 3 {
                check
                    .error(format!("chroot_mounts[{index}]"), format!("{} words are no mount", entry.len()))
                    .hint("give three: type, source, target, such as [\"proc\", \"proc\", \"/proc\"]");
            }
        }
        self.check_source(check);
        self.ami.fill_in_defaults(&self.access.region);
        fill(&mut self.mount.command_wrapper, "{{.Command}}");
        fill(&mut self.mount.mount_path, "/mnt/packer-amazon-chroot-volumes/{{.Device}}");
        fill(&mut self.mount.mount_partition, "1");
    }
}

impl AmazonChroot {
    fn check_source(&self, check: &mut Check) {
        let (source, root) = (&self.source, &self.root_volume);
        let is_named = !source.source_ami.is_empty() || !source.source_ami_filter.filters.is_empty();
        let has_devices = !self.block_devices.ami_block_device_mappings.is_empty();
        if !source.from_scratch {
            if !is_named {
                check
                    .missing("source_ami", "the image to start from is missing")
                    .hint("set source_ami to an image's id, or look one up with source_ami_filter");
            }
            if has_devices && !root.root_device_name.is_empty() && root.root_volume_size == 0 {
                check
                    .error("root_volume_size", "ami_block_device_mappings needs the size of the root disk")
                    .hint("set root_volume_size");
            }
            return;
        }
        if is_named {
            check
                .warning("source_ami", "the image to start from has no effect with from_scratch")
                .hint("leave out one of them");
        }
        for (option, is_missing) in [
            ("root_volume_size", root.root_volume_size == 0),
            ("pre_mount_commands", self.mount.pre_mount_commands.is_empty()),
            ("ami_virtualization_type", self.ami.ami_virtualization_type.is_empty()),
            ("root_device_name", root.root_device_name.is_empty()),
            ("ami_block_device_mappings", !has_devices),
        ] {
            if is_missing {
                check
                    .error(option, format!("from_scratch needs {option}"))
                    .hint("an empty disk says nothing of itself");
            }
        }
    }
}
