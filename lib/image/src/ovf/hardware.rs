//! The items of a VirtualHardwareSection as a [`Machine`].

use super::tree::Element;
use crate::Error;
use crate::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use std::collections::HashMap;

/// All schemas of CIM's settings begin so; how they end differs by version and by writer.
const CIM: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2";

/// What the items say.
pub(super) struct Hardware {
    pub(super) machine: Machine,
    /// For every drive the id of its disk.
    pub(super) disks: Vec<Option<String>>,
}

/// An item's fields.
struct Item<'a> {
    element: &'a Element,
    resource_type: u16,
}

impl<'a> Item<'a> {
    fn field(&self, name: &str) -> Option<&'a str> {
        let field = self.element.children.iter().find(|child| {
            child.name == name && (child.namespace.starts_with(CIM) || child.namespace.is_empty())
        });
        field.map(|field| field.text.as_str()).filter(|text| !text.is_empty())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        self.field(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    self.element
                        .error(&format!("{name} of the hardware item is '{text}', not a possible number"))
                })
            })
            .transpose()
    }

    fn subtype(&self) -> String {
        self.field("ResourceSubType").unwrap_or_default().to_ascii_lowercase()
    }
}

/// Where a controller's item leads: index of the controller, and its channel if it is IDE.
type Parents = HashMap<String, (usize, u32)>;

/// Reads the items of a machine.
pub(super) fn read(system: &Element) -> Result<Hardware, Error> {
    // A descriptor may hold the hardware in several variants; the first is the recommended one (DSP0243, 8.1).
    let section = system
        .child("VirtualHardwareSection")
        .ok_or_else(|| system.error("the machine has no <VirtualHardwareSection>"))?;
    let items = items(section)?;
    let mut hardware = Hardware { machine: empty_machine(), disks: Vec::new() };
    let mut parents = Parents::new();
    for item in &items {
        match item.resource_type {
            3 => hardware.machine.cpus = processors(item)?,
            4 => hardware.machine.memory = memory(item)?,
            5 | 6 | 20 => controller(item, &mut hardware.machine, &mut parents)?,
            10 => hardware.machine.nics.push(adapter(item)),
            _ => {}
        }
        if item.resource_type == 3 {
            hardware.machine.cores_per_socket = cores(item);
        }
    }
    // Disks before CDs: the order in which they are booted.
    for wanted in [&[17][..], &[15, 16]] {
        for item in items.iter().filter(|item| wanted.contains(&item.resource_type)) {
            drive(item, &mut hardware, &parents)?;
        }
    }
    Ok(hardware)
}

fn empty_machine() -> Machine {
    Machine {
        name: String::new(),
        os: String::new(),
        cpus: 1,
        cores_per_socket: None,
        memory: 512,
        firmware: Firmware::Bios,
        chipset: Chipset::Piix3,
        controllers: Vec::new(),
        drives: Vec::new(),
        floppy: None,
        nics: Vec::new(),
    }
}

fn items(section: &Element) -> Result<Vec<Item<'_>>, Error> {
    let mut items = Vec::new();
    for element in &section.children {
        if !["Item", "StorageItem", "EthernetPortItem"].contains(&element.name.as_str()) {
            continue;
        }
        let mut item = Item { element, resource_type: 0 };
        item.resource_type = item
            .number("ResourceType")?
            .ok_or_else(|| element.error("the hardware item has no ResourceType"))?;
        items.push(item);
    }
    Ok(items)
}

fn processors(item: &Item<'_>) -> Result<u32, Error> {
    match item.number("VirtualQuantity")? {
        Some(cpus) if (1..=4096).contains(&cpus) => Ok(cpus),
        None => Ok(1),
        Some(cpus) => Err(item.element.error(&format!("{cpus} processors make no sense"))),
    }
}

fn cores(item: &Item<'_>) -> Option<u32> {
    let field = item.element.child("CoresPerSocket")?;
    field.text.parse().ok().filter(|&cores| cores > 0)
}

fn memory(item: &Item<'_>) -> Result<u64, Error> {
    let units = item.field("AllocationUnits").unwrap_or("byte * 2^20");
    let quantity: u64 = item
        .number("VirtualQuantity")?
        .ok_or_else(|| item.element.error("the memory item has no VirtualQuantity"))?;
    let bytes = unit(units).and_then(|unit| quantity.checked_mul(unit));
    match bytes.map(|bytes| bytes >> 20) {
        Some(memory) if memory > 0 => Ok(memory),
        _ => Err(item.element.error(&format!("memory of {quantity} '{units}' makes no sense"))),
    }
}

/// Gives how many bytes a unit is: `byte`, `byte * 2^20` (DSP0004, annex C), `MegaBytes`, `GB` and their like.
pub(super) fn unit(text: &str) -> Option<u64> {
    let text: String = text.to_ascii_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let power = match text.as_str() {
        "" | "byte" | "bytes" => return Some(1),
        "kb" | "kilobytes" | "kilobyte" => 10,
        "mb" | "megabytes" | "megabyte" => 20,
        "gb" | "gigabytes" | "gigabyte" => 30,
        "tb" | "terabytes" | "terabyte" => 40,
        _ => {
            let factor = text.strip_prefix("byte*").or_else(|| text.strip_prefix("bytes*"))?;
            let Some((base, exponent)) = factor.split_once('^') else { return factor.parse().ok() };
            let (base, exponent): (u64, u32) = (base.parse().ok()?, exponent.parse().ok()?);
            return base.checked_pow(exponent).filter(|&unit| unit > 0);
        }
    };
    Some(1 << power)
}

fn controller(item: &Item<'_>, machine: &mut Machine, parents: &mut Parents) -> Result<(), Error> {
    let subtype = item.subtype();
    let kind = match (item.resource_type, subtype.as_str()) {
        (5, _) => ControllerKind::Ide,
        (6, "lsilogicsas" | "lsilogicas") => ControllerKind::LsiLogicSas,
        (6, "buslogic") => ControllerKind::BusLogic,
        (6, "virtualscsi") => ControllerKind::PvScsi,
        (6, _) => ControllerKind::LsiLogic,
        (_, "ahci" | "vmware.sata.ahci") => ControllerKind::Ahci,
        (_, "nvme" | "vmware.nvme.controller") => ControllerKind::Nvme,
        (_, "virtioscsi" | "virtio-scsi") => ControllerKind::VirtioScsi,
        _ if item.element.attribute("required") == Some("false") => return Ok(()),
        _ => {
            let message = format!("unknown disk controller '{subtype}'");
            return Err(item
                .element
                .error(&message)
                .hint("IDE, SCSI, AHCI, NVMe and VirtioSCSI controllers are known"));
        }
    };
    let id = item
        .field("InstanceID")
        .ok_or_else(|| item.element.error("the disk controller has no InstanceID"))?
        .to_owned();
    if kind == ControllerKind::Ide {
        let place = ide_channel(item, machine, parents);
        parents.insert(id, place);
    } else {
        parents.insert(id, (machine.controllers.len(), 0));
        machine.controllers.push(Controller { kind, ports: None });
    }
    Ok(())
}

/// Finds the controller and the channel of an IDE item: the items are channels, numbered by Address, and two of them
/// are one controller. VMware writes the second channel first.
fn ide_channel(item: &Item<'_>, machine: &mut Machine, parents: &Parents) -> (usize, u32) {
    let ide: Vec<usize> = (0..machine.controllers.len())
        .filter(|&index| machine.controllers[index].kind == ControllerKind::Ide)
        .collect();
    let taken = |index: usize, channel: u32| parents.values().any(|place| *place == (index, channel));
    let wanted =
        item.field("Address").and_then(|address| address.parse::<u32>().ok()).map(|address| address % 2);
    for index in ide {
        let free = |channel: &u32| !taken(index, *channel);
        if let Some(channel) = wanted.filter(free).or_else(|| [0, 1].into_iter().find(free)) {
            return (index, channel);
        }
    }
    machine.controllers.push(Controller { kind: ControllerKind::Ide, ports: None });
    (machine.controllers.len() - 1, wanted.unwrap_or(0))
}

fn adapter(item: &Item<'_>) -> Nic {
    let kind = match item.subtype().as_str() {
        "vmxnet3" => NicKind::Vmxnet3,
        "e1000e" => NicKind::E1000e,
        "pcnet32" | "vlance" | "flexible" => NicKind::Pcnet3,
        "virtionet" | "virtio-net" | "virtio" | "3" => NicKind::Virtio,
        _ => NicKind::E1000,
    };
    let mac = item.field("Address").and_then(parse_mac);
    Nic { kind, network: item.field("Connection").unwrap_or_default().to_owned(), mac }
}

/// Reads a hardware address: 12 hexadecimal digits, with or without `:` or `-` between them.
pub(crate) fn parse_mac(text: &str) -> Option<[u8; 6]> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
    if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut mac = [0; 6];
    for (byte, index) in mac.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&digits[index..index + 2], 16).ok()?;
    }
    Some(mac)
}

fn drive(item: &Item<'_>, hardware: &mut Hardware, parents: &Parents) -> Result<(), Error> {
    let kind = if item.resource_type == 17 { DriveKind::Disk } else { DriveKind::Optical };
    let parent = item.field("Parent").and_then(|parent| parents.get(parent));
    let Some(&(controller, channel)) = parent else {
        if kind == DriveKind::Optical {
            return Ok(());
        }
        return Err(item.element.error("the disk's Parent is not a disk controller"));
    };
    let address: u32 = item.number("AddressOnParent")?.unwrap_or(0);
    let ide = hardware.machine.controllers[controller].kind == ControllerKind::Ide;
    if ide && address > 1 {
        return Err(item.element.error(&format!("an IDE channel has no device {address}")));
    }
    if address > 255 {
        return Err(item.element.error(&format!("a disk controller has no port {address}")));
    }
    let (port, device) = if ide { (channel, address) } else { (address, 0) };
    let resource = item.field("HostResource").unwrap_or_default();
    let disk = match kind {
        DriveKind::Disk => Some(disk_id(resource).ok_or_else(|| {
            item.element.error(&format!("the disk's HostResource is '{resource}', not 'ovf:/disk/ID'"))
        })?),
        DriveKind::Optical => None,
    };
    hardware.machine.drives.push(Drive { controller, port, device, kind, medium: None });
    hardware.disks.push(disk);
    Ok(())
}

/// Gives the disk id of `ovf:/disk/ID`, `ovf://disk/ID` or `/disk/ID`.
fn disk_id(resource: &str) -> Option<String> {
    let path = resource.strip_prefix("ovf:").unwrap_or(resource);
    let id = path.strip_prefix("//disk/").or_else(|| path.strip_prefix("/disk/"))?;
    (!id.is_empty()).then(|| id.to_owned())
}
