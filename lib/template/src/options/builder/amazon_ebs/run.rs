//! The machine that is run: its source image, type, placement, rights and data.

use super::filter::AmiFilter;
use super::value::{KeyValue, is_unset, merge};
use crate::Duration;
use crate::options::Check;
use crate::options::words::fill;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The machine that is run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Run {
    /// Id of the image to start from. It or `source_ami_filter` is required; with both, the image must pass the filter.
    pub source_ami: String,
    /// Looks up the image to start from.
    #[serde(skip_serializing_if = "is_unset")]
    pub source_ami_filter: AmiFilter,
    /// Type of the machine, such as `t3.micro`. It or `spot_instance_types` is required.
    pub instance_type: String,
    /// Availability zone. Default: AWS's choice.
    pub availability_zone: String,
    /// Instance profile that gives the machine its rights.
    pub iam_instance_profile: String,
    /// Whether to use `iam_instance_profile` without checking that it exists. Default: false.
    pub skip_profile_validation: bool,
    /// Policy of an instance profile that exists only for the build; `iam_instance_profile` goes before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_iam_instance_profile_policy_document: Option<PolicyDocument>,
    /// User data for the machine; excludes `user_data_file`. Text that is base64 already is passed on as it is.
    pub user_data: String,
    /// File with the user data for the machine.
    pub user_data_file: String,
    /// Tags of the machine, its network interface, the temporary key pair, security group and profile, and (see
    /// `skip_ami_run_tags`) of the image. Rendered when the source image is known.
    pub run_tags: BTreeMap<String, String>,
    /// The same as `run_tags`, as blocks of `key` and `value`.
    pub run_tag: Vec<KeyValue>,
    /// Whether the machine is optimized for EBS. Default: false.
    pub ebs_optimized: bool,
    /// `stop` or `terminate`: what happens when the guest shuts down. Default: `stop`.
    pub shutdown_behavior: String,
    /// Whether the guest stops itself, so that it is only waited for (Windows with Sysprep). Default: false.
    pub disable_stop_instance: bool,
    /// Whether a burstable machine (t2, t3, t3a, t4g) may burst without limit, at a price. Default: false, `standard` credits.
    pub enable_unlimited_credits: bool,
    /// Old name of `enable_unlimited_credits`.
    pub enable_t2_unlimited: bool,
    /// Whether the machine has Nitro Enclaves; not with spot or burstable machines. Default: false.
    pub enable_nitro_enclave: bool,
    /// Whether the machine can run virtual machines itself: types c8i, m8i, r8i and their flex kinds (amazon plugin 1.8.3, where
    /// `amazon-ebs` alone has it). Default: false.
    pub enable_nested_virtualization: bool,
    /// `open` takes a matching capacity reservation, `none` doesn't. Default: `none`.
    pub capacity_reservation_preference: String,
    /// Capacity reservation to run in.
    pub capacity_reservation_id: String,
    /// ARN of a resource group of capacity reservations to run in.
    pub capacity_reservation_group_arn: String,
    /// Where the machine is placed.
    #[serde(skip_serializing_if = "is_unset")]
    pub placement: Placement,
    /// Old name of `tenancy` in `placement`.
    pub tenancy: String,
    /// License configurations of the machine.
    pub license_specifications: Vec<LicenseSpecification>,
    /// The machine's metadata service.
    pub metadata_options: MetadataOptions,
    /// How long to wait for the password of a Windows machine. Default: 20m.
    pub windows_password_timeout: Duration,
    /// Address to connect to: `public_ip`, `private_ip`, `public_dns`, `private_dns`, `ipv6` or `session_manager`.
    /// Default: the public address where there is one, else the private one.
    pub ssh_interface: String,
    /// Local port of a Session Manager tunnel. Default: a free one from 8000 to 9000.
    pub session_manager_port: i32,
    /// Pause before a Session Manager tunnel is opened. Default: none.
    pub pause_before_ssm: Duration,
}

impl Run {
    /// Moves blocks and old options to where the same things are.
    pub(super) fn settle(&mut self, check: &mut Check) {
        merge(&mut self.run_tag, &mut self.run_tags);
        if self.enable_t2_unlimited {
            check
                .warning(
                    "enable_t2_unlimited",
                    "enable_t2_unlimited is the old name of enable_unlimited_credits",
                )
                .hint("write enable_unlimited_credits");
            self.enable_t2_unlimited = false;
            self.enable_unlimited_credits = true;
        }
        let tenancy = std::mem::take(&mut self.tenancy);
        if tenancy.is_empty() {
            return;
        }
        if self.placement.tenancy.is_empty() {
            check
                .warning("tenancy", "tenancy has moved into placement")
                .hint(format!("write placement {{ tenancy = \"{tenancy}\" }}"));
            self.placement.tenancy = tenancy;
        } else {
            check
                .error("tenancy", "tenancy is given twice: here and in placement")
                .hint("keep the one in placement");
        }
    }

    /// Fills in what is not set.
    pub(super) fn fill_in_defaults(&mut self) {
        fill(&mut self.shutdown_behavior, "stop");
        if self.capacity_reservation_id.is_empty() && self.capacity_reservation_group_arn.is_empty() {
            fill(&mut self.capacity_reservation_preference, "none");
        }
        if self.windows_password_timeout.is_zero() {
            self.windows_password_timeout = Duration::minutes(20);
        }
        let options = &mut self.metadata_options;
        fill(&mut options.http_endpoint, "enabled");
        fill(&mut options.http_tokens, "optional");
        fill(&mut options.instance_metadata_tags, "disabled");
        if options.http_put_response_hop_limit == 0 {
            options.http_put_response_hop_limit = 1;
        }
        if let Some(policy) = &mut self.temporary_iam_instance_profile_policy_document {
            fill(&mut policy.version, "2012-10-17");
        }
    }

    /// Whether the machine earns CPU credits.
    pub fn is_burstable(&self) -> bool {
        ["t2.", "t3.", "t3a.", "t4g."].iter().any(|family| self.instance_type.starts_with(family))
    }
}

/// An IAM policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyDocument {
    /// Version of the policy language. Default: `2012-10-17`.
    #[serde(rename = "Version")]
    pub version: String,
    /// What is allowed or denied.
    #[serde(rename = "Statement")]
    pub statement: Vec<Statement>,
}

/// One rule of a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Statement {
    /// `Allow` or `Deny`.
    #[serde(rename = "Effect")]
    pub effect: String,
    /// Actions, such as `s3:GetObject`.
    #[serde(rename = "Action")]
    pub action: Vec<String>,
    /// ARNs of resources, or `*`.
    #[serde(rename = "Resource")]
    pub resource: Vec<String>,
}

/// Where a machine is placed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Placement {
    /// ARN of a host resource group; excludes `host_id`.
    #[serde(skip_serializing_if = "is_unset")]
    pub host_resource_group_arn: String,
    /// Id of a dedicated host; excludes `host_resource_group_arn`.
    #[serde(skip_serializing_if = "is_unset")]
    pub host_id: String,
    /// `default`, `dedicated` or `host`. Default: the subnet's.
    #[serde(skip_serializing_if = "is_unset")]
    pub tenancy: String,
}

/// A license of a machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicenseSpecification {
    /// The license configuration.
    pub license_configuration_request: LicenseConfigurationRequest,
}

/// A license configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicenseConfigurationRequest {
    /// ARN of the license configuration.
    pub license_configuration_arn: String,
}

/// A machine's metadata service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MetadataOptions {
    /// `enabled` or `disabled`. Default: `enabled`.
    pub http_endpoint: String,
    /// `optional` or `required`: whether version 2 with its session tokens must be used. Default: `optional`.
    pub http_tokens: String,
    /// How many network hops an answer may travel, 1 to 64; containers need 2. Default: 1.
    pub http_put_response_hop_limit: i32,
    /// `enabled` or `disabled`: whether the service shows the machine's tags. Default: `disabled`.
    pub instance_metadata_tags: String,
}
