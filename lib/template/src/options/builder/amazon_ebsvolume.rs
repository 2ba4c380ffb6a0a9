//! Options of `amazon-ebsvolume`: volumes, and snapshots of them, that a machine on EC2 has filled.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6.

use super::amazon_ebs::{self, Access, BlockDevices, Network, Run, SOURCE_VARIABLES, Spot, Volume};
use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Volumes {
    /// The volumes.
    pub ebs_volumes: Vec<Volume>,
    /// Whether the machine supports the Elastic Network Adapter. Default: as the source image.
    pub ena_support: Option<bool>,
    /// Whether the machine supports the Intel 82599 network interface. Default: false.
    pub sriov_support: bool,
}

option_set! {
    /// Options of `amazon-ebsvolume`.
    pub struct AmazonEbsVolume without ["ami_block_device_mappings"], {
        /// How to reach AWS.
        pub access: Access,
        /// The machine that is run.
        pub run: Run,
        /// Where the machine is on the network.
        pub network: Network,
        /// Machines at the spot price.
        pub spot: Spot,
        /// What is made.
        pub volumes: Volumes,
        /// Tags of the volumes.
        pub block_devices: BlockDevices,
        /// How the machine is reached.
        pub communicator: Communicator,
    }
}

impl Component for AmazonEbsVolume {
    const TYPE: &'static str = "amazon-ebsvolume";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = &[
        ("ebs_volumes.snapshot_tag", SOURCE_VARIABLES),
        ("ebs_volumes.snapshot_tags", SOURCE_VARIABLES),
        ("ebs_volumes.tag", SOURCE_VARIABLES),
        ("ebs_volumes.tags", SOURCE_VARIABLES),
        ("fleet_tag", SOURCE_VARIABLES),
        ("fleet_tags", SOURCE_VARIABLES),
        ("run_tag", SOURCE_VARIABLES),
        ("run_tags", SOURCE_VARIABLES),
        ("run_volume_tag", SOURCE_VARIABLES),
        ("run_volume_tags", SOURCE_VARIABLES),
        ("spot_tag", SOURCE_VARIABLES),
        ("spot_tags", SOURCE_VARIABLES),
    ];
    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        let Self { access, run, network, spot, volumes, block_devices, communicator } = self;
        amazon_ebs::settle_machine(access, run, network, spot, check);
        block_devices.settle();
        amazon_ebs::check_machine((access, run, network, spot), communicator, check);
        amazon_ebs::check_block_devices(block_devices, check);
        amazon_ebs::check_devices("ebs_volumes", &volumes.ebs_volumes, check);
        amazon_ebs::check_support(spot, volumes.ena_support, volumes.sriov_support, check);
        for (index, volume) in volumes.ebs_volumes.iter_mut().enumerate() {
            volume.settle();
            let path = format!("ebs_volumes[{index}]");
            amazon_ebs::check_tags(&format!("{path}.tags"), &volume.tags, check);
            amazon_ebs::check_tags(&format!("{path}.snapshot_tags"), &volume.snapshot_tags, check);
            if !volume.snapshot_volume && !volume.snapshot_description.is_empty() {
                check
                    .error(
                        format!("{path}.snapshot_description"),
                        "a snapshot is described, but none is made",
                    )
                    .hint("set snapshot_volume to true");
            }
        }
        amazon_ebs::fill_in_machine(run, network);
    }
}
