//! The image that is made: its name, who may use it, where it is copied, how it is encrypted.

use super::value::{KeyValue, is_unset, merge};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The image that is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Ami {
    /// The image's name, unique in the account and region: 3 to 128 letters, digits and `( ) [ ] space . / - ' @ _`.
    /// The function `clean_resource_name` puts `-` for everything else. Required.
    pub ami_name: String,
    /// The image's description. Rendered when the source image is known.
    pub ami_description: String,
    /// `hvm` or `paravirtual`: what the source image is expected to be; another one is warned of. Default: any.
    pub ami_virtualization_type: String,
    /// Accounts that may launch the image.
    pub ami_users: Vec<String>,
    /// Groups that may launch the image; `all` makes it public.
    pub ami_groups: Vec<String>,
    /// ARNs of organizations that may launch the image.
    pub ami_org_arns: Vec<String>,
    /// ARNs of organizational units that may launch the image.
    pub ami_ou_arns: Vec<String>,
    /// Product codes to attach to the image.
    pub ami_product_codes: Vec<String>,
    /// Regions to which the image is copied. The build's own region and repetitions are left out.
    pub ami_regions: Vec<String>,
    /// Whether to take the names of regions as they are, without asking AWS for the list. Default: false.
    pub skip_region_validation: bool,
    /// Whether to keep no image in the build's own region: it is copied to `ami_regions` and then deleted. Default: false.
    pub skip_save_build_region: bool,
    /// Minutes within which copies of snapshots are to be complete, a multiple of 15: a paid, time-based copy. Default: as long as it takes.
    pub snapshot_copy_duration_minutes: i64,
    /// Tags of the image and its snapshots. Rendered when the source image is known.
    pub tags: BTreeMap<String, String>,
    /// The same as `tags`, as blocks of `key` and `value`.
    pub tag: Vec<KeyValue>,
    /// Tags of the snapshots only; they win over `tags`. Rendered when the source image is known.
    pub snapshot_tags: BTreeMap<String, String>,
    /// The same as `snapshot_tags`, as blocks of `key` and `value`.
    pub snapshot_tag: Vec<KeyValue>,
    /// Accounts that may make volumes of the snapshots.
    pub snapshot_users: Vec<String>,
    /// Groups that may make volumes of the snapshots; `all` makes them public.
    pub snapshot_groups: Vec<String>,
    /// Whether the image says that it supports the Elastic Network Adapter (hvm only). Default: as the source image.
    pub ena_support: Option<bool>,
    /// Whether the image says that it supports the Intel 82599 network interface (hvm only). Default: false.
    pub sriov_support: bool,
    /// Whether an image that has the name already is deregistered, once the new one is available. Default: false.
    pub force_deregister: bool,
    /// Whether the snapshots of an image deregistered by `force_deregister` are deleted. Default: false.
    pub force_delete_snapshot: bool,
    /// Whether the image is encrypted, by copying it. Default: as the volumes of the machine.
    pub encrypt_boot: Option<bool>,
    /// KMS key of the image in the build's region: id, alias (`alias/…`) or ARN. Needs `encrypt_boot`. Default: the account's key for EBS.
    pub kms_key_id: String,
    /// KMS keys by region, one for each of `ami_regions`; empty for that region's default key. Needs `encrypt_boot`.
    pub region_kms_key_ids: BTreeMap<String, String>,
    /// `v2.0` makes instances of the image ask for version 2 of the metadata service. Default: both versions.
    pub imds_support: String,
    /// When the image becomes deprecated: UTC, `YYYY-MM-DDTHH:MM:SSZ`, at most ten years from now. Default: never.
    pub deprecate_at: String,
    /// Protects the image from being deregistered.
    #[serde(skip_serializing_if = "is_unset")]
    pub deregistration_protection: DeregistrationProtection,
    /// Whether to stop before the image is made, to try the rest. Default: false.
    pub skip_create_ami: bool,
    /// Whether `run_tags` stay off the image and its snapshots. Default: false.
    pub skip_ami_run_tags: bool,
    /// Makes Windows images launch faster.
    #[serde(skip_serializing_if = "is_unset")]
    pub fast_launch: FastLaunch,
}

impl Ami {
    /// Moves blocks to where the same things are, and switches on what other options imply.
    pub(in crate::options::builder) fn settle(&mut self, force: bool) {
        merge(&mut self.tag, &mut self.tags);
        merge(&mut self.snapshot_tag, &mut self.snapshot_tags);
        self.force_deregister |= force;
        self.deregistration_protection.enabled |= self.deregistration_protection.with_cooldown;
        self.fast_launch.enable_fast_launch |= !is_unset(&self.fast_launch);
    }

    /// Leaves out regions that need no copy: the build's own, and those given twice.
    pub(in crate::options::builder) fn fill_in_defaults(&mut self, build_region: &str) {
        let mut seen = Vec::new();
        self.ami_regions.retain(|region| {
            let wanted = region != build_region && !seen.contains(region);
            seen.push(region.clone());
            wanted
        });
    }
}

/// Protects an image from being deregistered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeregistrationProtection {
    /// Whether to protect it. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub enabled: bool,
    /// Whether the protection lasts 24 hours after it was switched off; implies `enabled`. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub with_cooldown: bool,
}

/// Makes Windows images launch faster, from snapshots that AWS prepares. The guest must have been through Sysprep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FastLaunch {
    /// Whether to do so; any other option of the block implies it. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub enable_fast_launch: bool,
    /// Id of the launch template in the build's region; excludes `template_name`. Default: AWS's own.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_id: String,
    /// Name of the launch template in the build's region; excludes `template_id`.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_name: String,
    /// Version of the launch template. Default: the newest.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_version: i32,
    /// Launch templates of other regions.
    #[serde(skip_serializing_if = "is_unset")]
    pub region_launch_templates: Vec<RegionLaunchTemplate>,
    /// How many instances AWS may launch at a time to prepare snapshots, 6 or more. Default: AWS's own.
    #[serde(skip_serializing_if = "is_unset")]
    pub max_parallel_launches: i32,
    /// How many snapshots AWS keeps prepared. Default: AWS's own (5).
    #[serde(skip_serializing_if = "is_unset")]
    pub target_resource_count: i32,
}

/// A launch template of one region.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegionLaunchTemplate {
    /// The region. Required.
    pub region: String,
    /// Whether images launch faster there. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fast_launch: Option<bool>,
    /// Id of the launch template; excludes `template_name`.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_id: String,
    /// Name of the launch template; excludes `template_id`.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_name: String,
    /// Version of the launch template. Default: the newest.
    #[serde(skip_serializing_if = "is_unset")]
    pub template_version: i32,
}
