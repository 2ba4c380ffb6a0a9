//! Options of `amazon-ebs`: an AMI from a machine that runs on EC2.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6; what differs is in docs/compatibility.md.

pub mod access;
pub mod ami;
pub mod block_device;
pub mod filter;
pub mod network;
mod rules;
pub mod run;
pub mod spot;
mod value;

pub use access::{Access, AssumeRole, AwsPolling, VaultAwsEngine};
pub use ami::{Ami, DeregistrationProtection, FastLaunch, RegionLaunchTemplate};
pub use block_device::{BlockDevice, BlockDevices};
pub use filter::{AmiFilter, Filter, SubnetFilter};
pub use network::Network;
pub use run::{
    LicenseConfigurationRequest, LicenseSpecification, MetadataOptions, Placement, PolicyDocument, Run,
    Statement,
};
pub use spot::Spot;
pub use value::{KeyValue, NameValue};

use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::{Check, Component};
use value::merge;

option_set! {
    /// Options of `amazon-ebs`.
    pub struct AmazonEbs {
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
        /// Disks.
        pub block_devices: BlockDevices,
        /// How the machine is reached.
        pub communicator: Communicator,
    }
}

/// What templates can say of the source image, once it is known.
pub const SOURCE_VARIABLES: &[&str] = &[
    "BuildRegion",
    "SourceAMI",
    "SourceAMIName",
    "SourceAMICreationDate",
    "SourceAMIOwner",
    "SourceAMIOwnerName",
    "SourceAMITags",
];

impl Component for AmazonEbs {
    const TYPE: &'static str = "amazon-ebs";

    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[
        ("ami_description", SOURCE_VARIABLES),
        ("fleet_tag", SOURCE_VARIABLES),
        ("fleet_tags", SOURCE_VARIABLES),
        ("run_tag", SOURCE_VARIABLES),
        ("run_tags", SOURCE_VARIABLES),
        ("run_volume_tag", SOURCE_VARIABLES),
        ("run_volume_tags", SOURCE_VARIABLES),
        ("snapshot_tag", SOURCE_VARIABLES),
        ("snapshot_tags", SOURCE_VARIABLES),
        ("spot_tag", SOURCE_VARIABLES),
        ("spot_tags", SOURCE_VARIABLES),
        ("tag", SOURCE_VARIABLES),
        ("tags", SOURCE_VARIABLES),
    ];

    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        self.settle(check);
        rules::check(self, check);
        self.fill_in_defaults();
    }
}

impl AmazonEbs {
    /// Moves blocks and old options to where the same things are.
    fn settle(&mut self, check: &mut Check) {
        merge(&mut self.ami.tag, &mut self.ami.tags);
        merge(&mut self.ami.snapshot_tag, &mut self.ami.snapshot_tags);
        merge(&mut self.run.run_tag, &mut self.run.run_tags);
        merge(&mut self.spot.spot_tag, &mut self.spot.spot_tags);
        merge(&mut self.spot.fleet_tag, &mut self.spot.fleet_tags);
        merge(&mut self.block_devices.run_volume_tag, &mut self.block_devices.run_volume_tags);
        self.network.settle();
        self.run.settle(check);
        self.ami.settle();
        self.access.settle();
        self.ami.force_deregister |= check.force;
    }

    /// Fills in what is not set. Options that exclude each other have been checked before.
    fn fill_in_defaults(&mut self) {
        self.ami.fill_in_defaults(&self.access.region);
        self.run.fill_in_defaults();
        self.network.fill_in_defaults(&self.run.ssh_interface);
    }
}
