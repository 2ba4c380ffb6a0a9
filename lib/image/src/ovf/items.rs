//! A machine's hardware as the items of a VirtualHardwareSection.

use super::{Dialect, Envelope, Style};
use crate::Error;
use crate::machine::{Controller, ControllerKind, Drive, DriveKind, Machine, Nic, NicKind};
use std::collections::BTreeMap;

/// Which element an item becomes in OVF 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `Item`.
    Plain,
    /// `StorageItem`.
    Storage,
    /// `EthernetPortItem`.
    Ethernet,
}

/// One piece of hardware.
pub(super) struct Item {
    pub(super) kind: Kind,
    /// Whether an importer that does not know it may leave it out.
    pub(super) optional: bool,
    /// Fields by name. VMware wants them in alphabetical order, which is the map's.
    pub(super) fields: BTreeMap<&'static str, String>,
    pub(super) cores_per_socket: Option<u32>,
}

impl Item {
    fn new(kind: Kind, resource_type: u16, name: &str) -> Self {
        let mut item = Self { kind, optional: false, fields: BTreeMap::new(), cores_per_socket: None };
        item.set("ResourceType", resource_type);
        item.set("Caption", name);
        item.set("ElementName", name);
        item
    }

    fn set(&mut self, field: &'static str, value: impl ToString) -> &mut Self {
        self.fields.insert(field, value.to_string());
        self
    }
}

/// Gives the items of a machine: controllers before what hangs on them.
pub(super) fn of(envelope: &Envelope, style: Style) -> Result<Vec<Item>, Error> {
    let machine = &envelope.machine;
    let mut list = List { items: Vec::new() };
    list.add(processors(machine, style.dialect));
    list.add(memory(machine, style.dialect));
    let mut parents = Vec::new();
    let mut counts = BTreeMap::new();
    for controller in &machine.controllers {
        parents.push(list.controller(controller, style.dialect, &mut counts)?);
    }
    if machine.floppy.is_some() && style.dialect == Dialect::VirtualBox {
        let mut item = Item::new(Kind::Plain, 14, "floppy0");
        item.set("AddressOnParent", 0).set("AutomaticAllocation", false).set("Description", "Floppy Drive");
        list.add(item);
    }
    let (mut disks, mut optical) = (0, 0);
    for (index, drive) in machine.drives.iter().enumerate() {
        let position = envelope.disks.iter().position(|disk| disk.drive == index);
        let item = match (drive.kind, position) {
            (DriveKind::Disk, Some(position)) => {
                disks += 1;
                disk(drive, disks, position, &parents)?
            }
            // A disk whose file does not travel along has no place in the appliance.
            (DriveKind::Disk, None) => continue,
            (DriveKind::Optical, _) => {
                optical += 1;
                cd(drive, optical, &parents, style.dialect)?
            }
        };
        list.add(item);
    }
    for (slot, nic) in machine.nics.iter().enumerate() {
        list.add(ethernet(nic, slot, style.dialect)?);
    }
    Ok(list.items)
}

/// Gives the name of the network that an adapter is connected to, as the platform's OVFs have it.
pub(super) fn connection(nic: &Nic, dialect: Dialect) -> String {
    if dialect != Dialect::VirtualBox {
        return nic.network.clone();
    }
    match nic.network.to_ascii_lowercase().as_str() {
        "nat" | "" => "NAT".to_owned(),
        "bridged" => "Bridged".to_owned(),
        "hostonly" | "hostonlynet" => "HostOnly".to_owned(),
        "intnet" | "internal" => "Internal".to_owned(),
        "generic" => "Generic".to_owned(),
        "null" | "none" => "Null".to_owned(),
        _ => nic.network.clone(),
    }
}

struct List {
    items: Vec<Item>,
}

impl List {
    /// Adds an item and gives its id, which counts from 1.
    fn add(&mut self, mut item: Item) -> u64 {
        let id = self.items.len() as u64 + 1;
        item.set("InstanceID", id);
        self.items.push(item);
        id
    }

    /// Adds a controller. Gives the ids that drives name as parents: one for each channel of an IDE controller, else one.
    fn controller(
        &mut self,
        controller: &Controller,
        dialect: Dialect,
        counts: &mut BTreeMap<(u16, &'static str), u32>,
    ) -> Result<Vec<u64>, Error> {
        let (resource_type, subtype, name, description) = controller_words(controller.kind, dialect)?;
        let count = counts.entry((resource_type, name)).or_default();
        let channels = if controller.kind == ControllerKind::Ide { 2 } else { 1 };
        let mut ids = Vec::new();
        for _ in 0..channels {
            let mut item = Item::new(Kind::Plain, resource_type, &format!("{name}{count}"));
            item.set("Address", *count).set("Description", description);
            if let Some(subtype) = subtype {
                item.set("ResourceSubType", subtype);
            }
            *count += 1;
            ids.push(self.add(item));
        }
        Ok(ids)
    }
}

/// What a controller is called: resource type, subtype, name without number, description.
type Words = (u16, Option<&'static str>, &'static str, &'static str);

fn controller_words(kind: ControllerKind, dialect: Dialect) -> Result<Words, Error> {
    let virtualbox = dialect == Dialect::VirtualBox;
    let scsi = |subtype| (6, Some(subtype), "scsiController", "SCSI Controller");
    Ok(match kind {
        ControllerKind::Ide => (5, virtualbox.then_some("PIIX4"), "ideController", "IDE Controller"),
        ControllerKind::Ahci => {
            let subtype = if virtualbox { "AHCI" } else { "vmware.sata.ahci" };
            (20, Some(subtype), "sataController", "SATA Controller")
        }
        ControllerKind::Nvme => {
            let subtype = if virtualbox { "NVMe" } else { "vmware.nvme.controller" };
            (20, Some(subtype), "nvmeController", "NVMe Controller")
        }
        ControllerKind::LsiLogic => scsi("lsilogic"),
        ControllerKind::LsiLogicSas => scsi("lsilogicsas"),
        ControllerKind::BusLogic => scsi("buslogic"),
        ControllerKind::PvScsi if !virtualbox => scsi("VirtualSCSI"),
        ControllerKind::VirtioScsi if virtualbox => {
            (20, Some("VirtioSCSI"), "virtioSCSIController", "VirtioSCSI Controller")
        }
        ControllerKind::PvScsi | ControllerKind::VirtioScsi | ControllerKind::VirtioBlock => {
            return Err(unknown_device(&format!("disk controller {kind:?}"), dialect));
        }
    })
}

fn processors(machine: &Machine, dialect: Dialect) -> Item {
    let plural = if machine.cpus == 1 { "" } else { "s" };
    let mut item = Item::new(Kind::Plain, 3, &format!("{} virtual CPU{plural}", machine.cpus));
    item.set("Description", "Number of virtual CPUs").set("VirtualQuantity", machine.cpus);
    if dialect != Dialect::VirtualBox {
        item.set("AllocationUnits", "hertz * 10^6");
        item.cores_per_socket = machine.cores_per_socket;
    }
    item
}

fn memory(machine: &Machine, dialect: Dialect) -> Item {
    let mut item = Item::new(Kind::Plain, 4, &format!("{} MB of memory", machine.memory));
    let units = if dialect == Dialect::VirtualBox { "MegaBytes" } else { "byte * 2^20" };
    item.set("AllocationUnits", units)
        .set("Description", "Memory Size")
        .set("VirtualQuantity", machine.memory);
    item
}

/// Says where a drive is: parent and address on it.
fn place(item: &mut Item, drive: &Drive, parents: &[Vec<u64>]) -> Result<(), Error> {
    let parents = &parents[drive.controller];
    let (channel, address) = if parents.len() > 1 { (drive.port, drive.device) } else { (0, drive.port) };
    let parent = parents.get(channel as usize).ok_or_else(|| {
        Error::new(format!("a drive is on IDE channel {channel}, but a controller has channels 0 and 1 only"))
    })?;
    item.set("Parent", parent).set("AddressOnParent", address);
    Ok(())
}

fn disk(drive: &Drive, number: u32, position: usize, parents: &[Vec<u64>]) -> Result<Item, Error> {
    let mut item = Item::new(Kind::Storage, 17, &format!("disk{number}"));
    item.set("Description", "Disk Image").set("HostResource", format!("ovf:/disk/vmdisk{}", position + 1));
    place(&mut item, drive, parents)?;
    Ok(item)
}

fn cd(drive: &Drive, number: u32, parents: &[Vec<u64>], dialect: Dialect) -> Result<Item, Error> {
    let mut item = Item::new(Kind::Storage, 15, &format!("cdrom{number}"));
    item.set("Description", "CD-ROM Drive");
    place(&mut item, drive, parents)?;
    if dialect == Dialect::VirtualBox {
        item.set("AutomaticAllocation", true);
    } else {
        item.optional = true;
        item.set("AutomaticAllocation", false).set("ResourceSubType", "vmware.cdrom.remotepassthrough");
    }
    Ok(item)
}

fn ethernet(nic: &Nic, slot: usize, dialect: Dialect) -> Result<Item, Error> {
    let network = connection(nic, dialect);
    let mut item = Item::new(Kind::Ethernet, 10, &format!("Ethernet adapter on '{network}'"));
    item.set("AutomaticAllocation", true).set("Connection", network);
    let subtype = match (nic.kind, dialect) {
        (NicKind::Virtio, Dialect::VirtualBox) => None,
        (NicKind::Pcnet2 | NicKind::Pcnet3, _) => Some("PCNet32"),
        (NicKind::E1000 | NicKind::E1000Gc | NicKind::E1000Em, _) => Some("E1000"),
        (NicKind::E1000e, Dialect::VMware { .. }) => Some("E1000e"),
        (NicKind::Vmxnet3, Dialect::VMware { .. }) => Some("VmxNet3"),
        (kind, _) => return Err(unknown_device(&format!("network adapter {kind:?}"), dialect)),
    };
    if let Some(subtype) = subtype {
        item.set("ResourceSubType", subtype);
    }
    if dialect != Dialect::VirtualBox {
        item.set("AddressOnParent", slot + 7);
    }
    Ok(item)
}

/// The error for a device that a platform does not have.
pub(super) fn unknown_device(device: &str, dialect: Dialect) -> Error {
    let platform = if dialect == Dialect::VirtualBox { "VirtualBox" } else { "VMware" };
    Error::new(format!("the machine has a {device}, which {platform} does not know")).hint(
        "build the machine with a device that the target platform has: the guest needs its driver to boot",
    )
}
