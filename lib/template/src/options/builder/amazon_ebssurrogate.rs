//! Options of `amazon-ebssurrogate`: an AMI from a disk that a machine on EC2 has filled.
//!
//! Rules and defaults: Packer's amazon plugin 1.8 and Packer 1.6.6.

use super::amazon_ebs::{self, Access, Ami, BlockDevices, Network, Register, Run, Spot, SurrogateDevice};
use crate::option_set;
use crate::options::communicator::Communicator;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which disk becomes the image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Surrogate {
    /// Disks of the machine. The one that `ami_root_device` names becomes the image's root disk.
    pub launch_block_device_mappings: Vec<SurrogateDevice>,
    /// The image's root disk. Required.
    pub ami_root_device: RootDevice,
    /// Description of the snapshots. Default: `Packer:` and the time.
    pub snapshot_description: String,
    /// Whether the disks are swapped and the image is made of the machine, rather than of snapshots. Default: false.
    pub use_create_image: bool,
}

/// The image's root disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RootDevice {
    /// Name of the machine's disk, as in `launch_block_device_mappings`. Required.
    pub source_device_name: String,
    /// Name of the device in the image. Required.
    pub device_name: String,
    /// Has no effect.
    pub delete_on_termination: bool,
    /// Has no effect.
    pub iops: i64,
    /// Has no effect.
    pub volume_type: String,
    /// Has no effect.
    pub volume_size: i64,
}

option_set! {
    /// Options of `amazon-ebssurrogate`.
    pub struct AmazonEbsSurrogate without ["fast_launch", "skip_create_ami"], {
        /// How to reach AWS.
        pub access: Access,
        /// The image that is made.
        pub ami: Ami,
        /// What AWS is told of the image.
        pub register: Register,
        /// The machine that is run.
        pub run: Run,
        /// Where the machine is on the network.
        pub network: Network,
        /// Machines at the spot price.
        pub spot: Spot,
        /// Which disk becomes the image.
        pub surrogate: Surrogate,
        /// Other disks of the image.
        pub block_devices: BlockDevices,
        /// How the machine is reached.
        pub communicator: Communicator,
    }
}

impl Component for AmazonEbsSurrogate {
    const TYPE: &'static str = "amazon-ebssurrogate";
    const RUNS: bool = false;
    const DEFERRED: &'static [(&'static str, &'static [&'static str])] = amazon_ebs::DEFERRED;
    const FUNCTIONS: &'static [&'static str] = &["clean_resource_name"];

    fn check(&mut self, check: &mut Check) {
        let Self { access, ami, register, run, network, spot, surrogate, block_devices, communicator } = self;
        amazon_ebs::settle_machine(access, run, network, spot, check);
        ami.settle(check.force);
        block_devices.settle();
        amazon_ebs::check_machine((access, run, network, spot), communicator, check);
        amazon_ebs::check_image(ami, spot, check);
        amazon_ebs::check_block_devices(block_devices, check);
        amazon_ebs::check_devices(
            "launch_block_device_mappings",
            &surrogate.launch_block_device_mappings,
            check,
        );
        register.check(check);
        if ami.ami_virtualization_type.is_empty() {
            check
                .missing("ami_virtualization_type", "the image's virtualization type is missing")
                .hint("set ami_virtualization_type to \"hvm\"");
        }
        surrogate.check_root(check);
        ami.fill_in_defaults(&access.region);
        amazon_ebs::fill_in_machine(run, network);
    }
}

impl Surrogate {
    fn check_root(&self, check: &mut Check) {
        let root = &self.ami_root_device;
        for (name, value, hint) in [
            ("source_device_name", &root.source_device_name, "name one of launch_block_device_mappings"),
            ("device_name", &root.device_name, "name the device in the image, such as \"/dev/xvda\""),
        ] {
            if value.is_empty() {
                check
                    .missing(format!("ami_root_device.{name}"), format!("the root disk's {name} is missing"))
                    .hint(hint);
            }
        }
        if root.source_device_name.is_empty() {
            return;
        }
        let disks = &self.launch_block_device_mappings;
        match disks.iter().position(|disk| disk.device_name == root.source_device_name) {
            None => {
                check
                    .error(
                        "ami_root_device.source_device_name",
                        format!("no disk of the machine is called '{}'", root.source_device_name),
                    )
                    .hint("add it to launch_block_device_mappings");
            }
            Some(index) if disks[index].omit_from_artifact => {
                check
                    .error(
                        format!("launch_block_device_mappings[{index}].omit_from_artifact"),
                        "the image cannot leave out its root disk",
                    )
                    .hint("leave out omit_from_artifact, or name another root disk");
            }
            Some(_) => {}
        }
    }
}
