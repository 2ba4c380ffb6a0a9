//! How to reach AWS: region, credentials, endpoint, retries.

use super::value::is_unset;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How to reach AWS.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Access {
    /// Access key id. Default: what the AWS tools use (environment, shared files, container role, instance role).
    pub access_key: String,
    /// Secret key that belongs to `access_key`.
    pub secret_key: String,
    /// Session token that belongs to temporary keys. Default: `AWS_SESSION_TOKEN`, when the keys come from the environment.
    pub token: String,
    /// Region in which the machine runs and the AMI is made, such as `eu-central-1`. Default: `AWS_REGION`,
    /// `AWS_DEFAULT_REGION`, or the profile's region.
    pub region: String,
    /// Profile in the shared configuration and credentials files. Default: `AWS_PROFILE`, else `default`.
    pub profile: String,
    /// Path of a credentials file. Default: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    pub shared_credentials_file: String,
    /// URL of an EC2 API to use in all regions instead of Amazon's. Default: `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, else Amazon's.
    pub custom_endpoint_ec2: String,
    /// How often a call is tried again when it is throttled or the service fails. Default: 10.
    pub max_retries: i32,
    /// Whether to decode the blob that AWS adds to an authorization error (needs `sts:DecodeAuthorizationMessage`). Default: false.
    pub decode_authorization_messages: bool,
    /// Whether to accept any TLS certificate from the endpoint. Default: false.
    pub insecure_skip_tls_verify: bool,
    /// Code of the MFA device that the profile's `mfa_serial` names.
    pub mfa_code: String,
    /// Whether to leave the instance metadata service alone when looking for credentials. Default: false.
    pub skip_metadata_api_check: bool,
    /// Whether to start without first checking that the credentials work. Default: false.
    pub skip_credential_validation: bool,
    /// Role to assume with the credentials.
    #[serde(skip_serializing_if = "is_unset")]
    pub assume_role: AssumeRole,
    /// Where HashiCorp Vault gives out credentials.
    #[serde(skip_serializing_if = "is_unset")]
    pub vault_aws_engine: VaultAwsEngine,
    /// How long to wait for AWS.
    #[serde(skip_serializing_if = "is_unset")]
    pub aws_polling: AwsPolling,
}

impl Access {
    /// Checks how AWS is reached, and makes a URL of an endpoint that is a name only.
    pub fn check(&mut self, check: &mut Check) {
        self.settle();
        super::rules::access::check(self, check);
    }

    /// Makes a URL of an endpoint that is a name only.
    pub(in crate::options) fn settle(&mut self) {
        if !self.custom_endpoint_ec2.is_empty() && !self.custom_endpoint_ec2.contains("://") {
            self.custom_endpoint_ec2.insert_str(0, "https://");
        }
    }
}

/// A role to assume.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AssumeRole {
    /// ARN of the role.
    #[serde(skip_serializing_if = "is_unset")]
    pub role_arn: String,
    /// How long the session lasts, in seconds. Default: 3600; it is renewed.
    #[serde(skip_serializing_if = "is_unset")]
    pub duration_seconds: i32,
    /// External id that the role asks for.
    #[serde(skip_serializing_if = "is_unset")]
    pub external_id: String,
    /// JSON policy that limits the session further.
    #[serde(skip_serializing_if = "is_unset")]
    pub policy: String,
    /// ARNs of policies that limit the session further.
    #[serde(skip_serializing_if = "is_unset")]
    pub policy_arns: Vec<String>,
    /// Name of the session, as CloudTrail shows it. Default: `kiln`.
    #[serde(skip_serializing_if = "is_unset")]
    pub session_name: String,
    /// Session tags.
    #[serde(skip_serializing_if = "is_unset")]
    pub tags: BTreeMap<String, String>,
    /// Keys of session tags that pass on to roles assumed from this one.
    #[serde(skip_serializing_if = "is_unset")]
    pub transitive_tag_keys: Vec<String>,
}

/// Vault's AWS secrets engine. Vault itself is found by `VAULT_ADDR` and `VAULT_TOKEN`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VaultAwsEngine {
    /// Name of the Vault role.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
    /// ARN of the AWS role, when Vault's role allows several.
    #[serde(skip_serializing_if = "is_unset")]
    pub role_arn: String,
    /// How long the credentials last, such as `3600s`.
    #[serde(skip_serializing_if = "is_unset")]
    pub ttl: String,
    /// Where the engine is mounted. Default: `aws`.
    #[serde(skip_serializing_if = "is_unset")]
    pub engine_name: String,
}

/// How long to wait for AWS. The longest wait is `delay_seconds` times `max_attempts`; how often to look is decided by
/// what the platform shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AwsPolling {
    /// Seconds between two looks. Default: `AWS_POLL_DELAY_SECONDS`, else 2.
    #[serde(skip_serializing_if = "is_unset")]
    pub delay_seconds: i32,
    /// Number of looks. Default: `AWS_MAX_ATTEMPTS`; without it, 30 minutes for images and snapshots, 10 minutes for instances.
    #[serde(skip_serializing_if = "is_unset")]
    pub max_attempts: i32,
}
