//! Options of `amazon-ebs`: an AMI from a machine that runs on EC2.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6; what differs is in docs/compatibility.md.

pub mod access;
pub mod ami;
pub mod block_device;
pub mod filter;
pub mod network;
pub mod register;
mod rules;
pub mod run;
pub mod spot;
mod value;

pub use access::{Access, AssumeRole, AwsPolling, VaultAwsEngine};
pub use ami::{Ami, DeregistrationProtection, FastLaunch, RegionLaunchTemplate};
pub(super) use block_device::Device;
pub use block_device::{BlockDevice, BlockDevices, LaunchDevices, SurrogateDevice, Volume};
pub use filter::{AmiFilter, Filter, SubnetFilter};
pub use network::Network;
pub use register::Register;
pub(in crate::options) use rules::check_access;
pub(super) use rules::{
    check_block_devices, check_devices, check_image, check_key, check_machine, check_support, check_tags,
};
pub use run::{
    LicenseConfigurationRequest, LicenseSpecification, MetadataOptions, Placement, PolicyDocument, Run,
    Statement,
};
pub use spot::Spot;
pub(super) use value::merge;
pub use value::{KeyValue, NameValue};

use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::{Check, Component};

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
        /// Disks of the machine.
        pub launch_devices: LaunchDevices,
        /// Disks of the image.
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

/// What is rendered once the source image is known, by all builders that make an image of a machine.
pub(super) const DEFERRED: &[(&str, &[&str])] = &[
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

impl Component for AmazonEbs {
    const TYPE: &'static str = "amazon-ebs";

    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = DEFERRED;

    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        let Self { access, ami, run, network, spot, launch_devices, block_devices, communicator } = self;
        settle_machine(access, run, network, spot, check);
        ami.settle(check.force);
        block_devices.settle();
        check_machine((access, run, network, spot), communicator, check);
        check_image(ami, spot, check);
        check_devices("launch_block_device_mappings", &launch_devices.launch_block_device_mappings, check);
        check_block_devices(block_devices, check);
        ami.fill_in_defaults(&access.region);
        fill_in_machine(run, network);
    }
}

/// Moves blocks and old options to where the same things are, for all builders that run a machine.
pub(super) fn settle_machine(
    access: &mut Access,
    run: &mut Run,
    network: &mut Network,
    spot: &mut Spot,
    check: &mut Check,
) {
    access.settle();
    run.settle(check);
    network.settle();
    spot.settle();
}

/// Fills in what is not set. Options that exclude each other have been checked before.
pub(super) fn fill_in_machine(run: &mut Run, network: &mut Network) {
    run.fill_in_defaults();
    network.fill_in_defaults(&run.ssh_interface);
}
