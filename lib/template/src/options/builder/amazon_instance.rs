//! Options of `amazon-instance`: an AMI whose disk lies in S3, from a machine that bundles itself.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6.

use super::amazon_ebs::{self, Access, Ami, BlockDevices, LaunchDevices, Network, Run, Spot};
use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::paths::{self, Wanted};
use crate::options::words::{fill, one_of};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the machine bundles its disk, and where the bundle goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Bundle {
    /// The account's number; dashes are left out. Required.
    pub account_id: String,
    /// Bucket of the bundle, with folders in it where wanted. Required.
    pub s3_bucket: String,
    /// File of the certificate with which the bundle is signed. Required.
    pub x509_cert_path: String,
    /// File of the certificate's key. Required.
    pub x509_key_path: String,
    /// Folder in the machine for both. Default: `/tmp`.
    pub x509_upload_path: String,
    /// Folder in the machine for the bundle. Default: `/tmp`.
    pub bundle_destination: String,
    /// How the bundle's files begin. Default: `image-{{timestamp}}`.
    pub bundle_prefix: String,
    /// The command that makes the bundle; variables: `AccountId`, `Architecture`, `CertPath`, `Destination`, `KeyPath`,
    /// `Prefix`, `PrivatePath`. Default: `ec2-bundle-vol` with all of them.
    pub bundle_vol_command: String,
    /// The command that uploads the bundle; variables: `AccessKey`, `BucketName`, `BundleDirectory`, `ManifestPath`, `Region`,
    /// `SecretKey`, `Token`. Default: `ec2-upload-bundle` with all of them.
    pub bundle_upload_command: String,
    /// `v2.0` gives machines of the image a TPM. Default: none.
    pub tpm_support: String,
}

option_set! {
    /// Options of `amazon-instance`.
    pub struct AmazonInstance without [
        "fast_launch", "no_ephemeral", "run_volume_tag", "run_volume_tags", "skip_ami_run_tags", "skip_create_ami",
    ], {
        /// How to reach AWS.
        pub access: Access,
        /// The image that is made.
        pub ami: Ami,
        /// The machine that is run.
        pub run: Run,
        /// Where the machine is on the network.
        pub network: Network,
        /// Machines at the spot price.
        pub spot: Spot,
        /// The bundle.
        pub bundle: Bundle,
        /// Disks of the machine.
        pub launch_devices: LaunchDevices,
        /// Disks of the image.
        pub block_devices: BlockDevices,
        /// How the machine is reached.
        pub communicator: Communicator,
    }
}

/// What is rendered late: what all builders have that make an image, and the two commands.
const LATE: [(&str, &[&str]); amazon_ebs::DEFERRED.len() + 2] = {
    let mut all = [("", &[] as &[&str]); amazon_ebs::DEFERRED.len() + 2];
    let (shared, own) = all.split_at_mut(amazon_ebs::DEFERRED.len());
    shared.copy_from_slice(amazon_ebs::DEFERRED);
    own[0] = (
        "bundle_vol_command",
        &["AccountId", "Architecture", "CertPath", "Destination", "KeyPath", "Prefix", "PrivatePath"],
    );
    own[1] = (
        "bundle_upload_command",
        &["AccessKey", "BucketName", "BundleDirectory", "ManifestPath", "Region", "SecretKey", "Token"],
    );
    all
};

impl Component for AmazonInstance {
    const TYPE: &'static str = "amazon-instance";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &LATE;
    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        let Self { access, ami, run, network, spot, bundle, launch_devices, block_devices, communicator } =
            self;
        amazon_ebs::settle_machine(access, run, network, spot, check);
        ami.settle(check.force);
        amazon_ebs::check_machine((access, run, network, spot), communicator, check);
        amazon_ebs::check_image(ami, spot, check);
        let launch = &launch_devices.launch_block_device_mappings;
        amazon_ebs::check_devices("launch_block_device_mappings", launch, check);
        amazon_ebs::check_block_devices(block_devices, check);
        bundle.check(check);
        ami.fill_in_defaults(&access.region);
        amazon_ebs::fill_in_machine(run, network);
    }
}

impl Bundle {
    fn check(&mut self, check: &mut Check) {
        for (option, value, hint) in [
            ("account_id", &self.account_id, "give the number of your AWS account"),
            ("s3_bucket", &self.s3_bucket, "name the bucket for the bundle"),
            ("x509_cert_path", &self.x509_cert_path, "name the file of the certificate"),
            ("x509_key_path", &self.x509_key_path, "name the file of the certificate's key"),
        ] {
            if value.is_empty() {
                check.missing(option, format!("'{option}' is missing")).hint(hint);
            }
        }
        paths::check(check, "x509_cert_path", &self.x509_cert_path, Wanted::File);
        paths::check(check, "x509_key_path", &self.x509_key_path, Wanted::File);
        one_of("tpm_support", &self.tpm_support, &["v2.0"], check);
        self.account_id.retain(|character| character != '-');
        fill(&mut self.x509_upload_path, "/tmp");
        fill(&mut self.bundle_destination, "/tmp");
        fill(&mut self.bundle_prefix, "image-{{timestamp}}");
    }
}
