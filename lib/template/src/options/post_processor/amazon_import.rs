//! Options of the post-processor `amazon-import`, which makes an AMI of a disk's image.

use crate::option_set;
use crate::options::builder::amazon_ebs::{Access, check_access};
use crate::options::words::{fill, one_of};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is imported, and the AMI that is made of it (Packer's amazon plugin 1.8, `post-processor/import`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Import {
    /// Bucket into which the image is uploaded. Required.
    pub s3_bucket_name: String,
    /// Name of the object. Default: `packer-import-{{timestamp}}` and the format.
    pub s3_key_name: String,
    /// Encryption of the object: `AES256` or `aws:kms`. Default: none.
    pub s3_encryption: String,
    /// KMS key of the object, for `aws:kms`.
    pub s3_encryption_key: String,
    /// Whether the object stays. Default: false.
    pub skip_clean: bool,
    /// Format of the image: `ova`, `raw`, `vhd`, `vhdx` or `vmdk`.
    pub format: String,
    /// Architecture of the image: `x86_64` or `arm64`.
    pub architecture: String,
    /// How the image boots: `legacy-bios` or `uefi`. Default: `legacy-bios`; `uefi` for `arm64`.
    pub boot_mode: String,
    /// The image's system: `linux` or `windows`. Required with `uefi`.
    pub platform: String,
    /// Name of the AMI. Default: AWS's own.
    pub ami_name: String,
    /// Description of the AMI.
    pub ami_description: String,
    /// Accounts that may launch the AMI.
    pub ami_users: Vec<String>,
    /// Groups that may launch the AMI; `all` makes it public.
    pub ami_groups: Vec<String>,
    /// ARNs of organizations that may launch the AMI.
    pub ami_org_arns: Vec<String>,
    /// ARNs of organizational units that may launch the AMI.
    pub ami_ou_arns: Vec<String>,
    /// Whether the AMI is encrypted. Default: false.
    pub ami_encrypt: bool,
    /// KMS key of the AMI; needs `ami_encrypt`. Default: the account's key for EBS.
    pub ami_kms_key: String,
    /// `v2.0` makes instances of the AMI ask for version 2 of the metadata service. Default: both versions.
    pub imds_support: String,
    /// Tags of the AMI and its snapshots.
    pub tags: BTreeMap<String, String>,
    /// How the image's system is licensed: `AWS` or `BYOL`. Default: AWS's own.
    pub license_type: String,
    /// Role that the import service takes. Default: `vmimport`.
    pub role_name: String,
}

impl Default for Import {
    fn default() -> Self {
        Self {
            s3_bucket_name: String::new(),
            s3_key_name: String::new(),
            s3_encryption: String::new(),
            s3_encryption_key: String::new(),
            skip_clean: false,
            format: "ova".into(),
            architecture: "x86_64".into(),
            boot_mode: String::new(),
            platform: String::new(),
            ami_name: String::new(),
            ami_description: String::new(),
            ami_users: Vec::new(),
            ami_groups: Vec::new(),
            ami_org_arns: Vec::new(),
            ami_ou_arns: Vec::new(),
            ami_encrypt: false,
            ami_kms_key: String::new(),
            imds_support: String::new(),
            tags: BTreeMap::new(),
            license_type: String::new(),
            role_name: String::new(),
        }
    }
}

option_set! {
    /// Options of `amazon-import`.
    pub struct AmazonImport {
        /// What is imported.
        pub import: Import,
        /// How to reach AWS.
        pub access: Access,
    }
}

impl Component for AmazonImport {
    const TYPE: &'static str = "amazon-import";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] =
        &[("s3_key_name", &["BuildName", "BuilderType"])];

    fn check(&mut self, check: &mut Check) {
        let import = &mut self.import;
        let default = Import::default();
        fill(&mut import.format, &default.format);
        fill(&mut import.architecture, &default.architecture);
        if import.s3_bucket_name.is_empty() {
            check
                .missing("s3_bucket_name", "'s3_bucket_name' is missing")
                .hint("name the bucket into which the image is uploaded");
        }
        one_of("format", &import.format, &["ova", "raw", "vhd", "vhdx", "vmdk"], check);
        one_of("s3_encryption", &import.s3_encryption, &["AES256", "aws:kms"], check);
        one_of("architecture", &import.architecture, &["x86_64", "arm64"], check);
        one_of("boot_mode", &import.boot_mode, &["legacy-bios", "uefi"], check);
        one_of("platform", &import.platform, &["linux", "windows"], check);
        one_of("imds_support", &import.imds_support, &["v2.0"], check);
        import.check_boot(check);
        let key = format!("packer-import-{{{{timestamp}}}}.{}", import.format);
        fill(&mut import.s3_key_name, &key);
        self.access.settle();
        check_access(&self.access, check);
    }
}

impl Import {
    fn check_boot(&mut self, check: &mut Check) {
        if self.architecture == "arm64" && self.boot_mode == "legacy-bios" {
            check
                .error("boot_mode", "an image for arm64 cannot boot by 'legacy-bios'")
                .hint("set boot_mode to \"uefi\", or leave it out");
        }
        fill(&mut self.boot_mode, if self.architecture == "arm64" { "uefi" } else { "legacy-bios" });
        if self.boot_mode == "uefi" && self.platform.is_empty() {
            check
                .error("platform", "an image that boots by 'uefi' needs its platform")
                .hint("set platform to \"linux\" or \"windows\"");
        }
    }
}
