//! OVF descriptors (DMTF DSP0243, versions 1.x and 2.0): what an appliance is made of, as VirtualBox and as VMware
//! write and accept it.
//!
//! [`write()`] makes a descriptor of an [`Envelope`], [`read()`] an envelope of anybody's descriptor.

mod hardware;
mod items;
pub mod os;
mod read;
mod settings;
mod tree;
mod virtualbox;
mod write;
mod xml;

pub(crate) use hardware::parse_mac;
pub(crate) use read::file_name;
pub use read::read;
pub use write::write;

use crate::machine::Machine;

/// What a disk's `ovf:format` says of a streamOptimized VMDK: the only disk format that every importer takes.
pub const STREAM_OPTIMIZED: &str =
    "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

/// One machine with its disks, as an OVF descriptor describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The hardware. A reader gives drives of disks the disk's file as medium, exactly as the descriptor has it.
    pub machine: Machine,
    /// The disks' files, in the order of the descriptor.
    pub disks: Vec<Disk>,
    /// What people are told of the appliance.
    pub product: Product,
    /// Ports of the host that VirtualBox's NAT passes on to the guest.
    pub forwardings: Vec<Forwarding>,
}

/// A disk's file in an appliance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Index in [`Machine::drives`] of the drive that it is in.
    pub drive: usize,
    /// Name of the file beside the descriptor: `web-disk001.vmdk`.
    pub file: String,
    /// Size of the file in bytes, where known. VirtualBox does not write it.
    pub size: Option<u64>,
    /// Size of the disk that the guest sees, in bytes.
    pub capacity: u64,
    /// Bytes of the disk that hold data, where known.
    pub populated: Option<u64>,
    /// Format as a URI; [`STREAM_OPTIMIZED`] is what importers want.
    pub format: String,
    /// VirtualBox's id for the disk; derived from the names and sizes where it isn't given.
    pub uuid: Option<String>,
}

/// What `VBoxManage export --vsys N` can say of an appliance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Product {
    /// Product name (`--product`).
    pub product: Option<String>,
    /// Product URL (`--producturl`).
    pub product_url: Option<String>,
    /// Vendor name (`--vendor`).
    pub vendor: Option<String>,
    /// Vendor URL (`--vendorurl`).
    pub vendor_url: Option<String>,
    /// Version (`--version`).
    pub version: Option<String>,
    /// Description (`--description`): the annotation.
    pub description: Option<String>,
    /// Licence text (`--eula`, or what is in `--eulafile`).
    pub eula: Option<String>,
}

/// A port of the host that VirtualBox's NAT passes on to the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarding {
    /// Index in [`Machine::nics`].
    pub nic: usize,
    /// Name of the rule.
    pub name: String,
    /// Whether it is UDP; else TCP.
    pub udp: bool,
    /// Address on the host; empty: all.
    pub host_address: String,
    /// Port on the host.
    pub host_port: u16,
    /// Address of the guest; empty: whatever DHCP gave.
    pub guest_address: String,
    /// Port of the guest.
    pub guest_port: u16,
}

/// Version of the OVF standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// 1.0 and 1.1, which share a namespace: what everything takes.
    #[default]
    V1,
    /// 2.0: disks and network adapters have item types of their own. VMware's products don't take it.
    V2,
}

impl Version {
    /// The namespace of the envelope.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::V1 => "http://schemas.dmtf.org/ovf/envelope/1",
            Self::V2 => "http://schemas.dmtf.org/ovf/envelope/2",
        }
    }
}

/// Whose way of saying things a descriptor is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// VirtualBox's, with a `vbox:Machine`: firmware, chipset, MAC addresses and NAT rules stand nowhere else, and
    /// Vagrant needs it.
    VirtualBox,
    /// VMware's: ESXi, vCenter, Workstation, Fusion.
    VMware {
        /// Virtual hardware version: 21 is Workstation 17's.
        hardware_version: u32,
    },
}

/// How a descriptor is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Version of the standard.
    pub version: Version,
    /// For whom.
    pub dialect: Dialect,
}
