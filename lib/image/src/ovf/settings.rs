//! What a `vbox:Machine` says: VirtualBox's own settings, which win over the items.

use super::Forwarding;
use super::hardware::parse_mac;
use super::read::DiskFile;
use super::tree::Element;
use crate::Error;
use crate::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};

/// Changes `machine` to what the settings say; `disks` are the drives' disks by id. Gives the NAT rules.
pub(super) fn apply(
    settings: &Element,
    machine: &mut Machine,
    disks: &mut Vec<Option<String>>,
    files: &[DiskFile],
) -> Result<Vec<Forwarding>, Error> {
    let empty = Element::default();
    let hardware = settings.child("Hardware").unwrap_or(&empty);
    processors_and_memory(hardware, machine)?;
    firmware(hardware, machine);
    if hardware.child("Chipset").and_then(|chipset| chipset.attribute("type")) == Some("ICH9") {
        machine.chipset = Chipset::Ich9;
    }
    // Beside the hardware up to settings version 1.18, in it since.
    if let Some(storage) =
        hardware.child("StorageControllers").or_else(|| settings.child("StorageControllers"))
    {
        controllers(storage, machine, disks, files)?;
    }
    let Some(network) = hardware.child("Network") else { return Ok(Vec::new()) };
    adapters(network, machine)
}

fn processors_and_memory(hardware: &Element, machine: &mut Machine) -> Result<(), Error> {
    let number = |element: &Element, name: &str| {
        element
            .attribute(name)
            .map(|text| text.parse().map_err(|_| element.error(&format!("{name} is '{text}', not a number"))))
            .transpose()
    };
    if let Some(cpu) = hardware.child("CPU")
        && let Some(count) = number(cpu, "count")?
    {
        machine.cpus = u32::try_from(count)
            .ok()
            .filter(|count| (1..=4096).contains(count))
            .ok_or_else(|| cpu.error(&format!("{count} processors make no sense")))?;
    }
    if let Some(memory) = hardware.child("Memory")
        && let Some(size) = number(memory, "RAMSize")?
    {
        machine.memory = size;
    }
    Ok(())
}

fn firmware(hardware: &Element, machine: &mut Machine) {
    let firmware = hardware.child("Firmware").and_then(|firmware| firmware.attribute("type"));
    machine.firmware = match firmware {
        Some(name) if name.starts_with("EFI") => Firmware::Efi,
        _ => Firmware::Bios,
    };
}

fn controllers(
    storage: &Element,
    machine: &mut Machine,
    disks: &mut Vec<Option<String>>,
    files: &[DiskFile],
) -> Result<(), Error> {
    let mut list = Vec::new();
    let mut hard_disks = Vec::new();
    let mut optical = Vec::new();
    for element in storage.all("StorageController") {
        let Some(kind) = controller_kind(element)? else { continue };
        let ports = element.attribute("PortCount").and_then(|count| count.parse().ok());
        let ports = ports.filter(|_| {
            matches!(kind, ControllerKind::Ahci | ControllerKind::Nvme | ControllerKind::VirtioScsi)
        });
        let controller = list.len();
        list.push(Controller { kind, ports });
        for device in element.all("AttachedDevice") {
            match device.attribute("type") {
                Some("HardDisk") => hard_disks.push(attached(device, controller, DriveKind::Disk, files)?),
                Some("DVD") => optical.push(attached(device, controller, DriveKind::Optical, files)?),
                _ => {}
            }
        }
    }
    machine.controllers = list;
    (machine.drives, *disks) = hard_disks.into_iter().chain(optical).unzip();
    Ok(())
}

fn controller_kind(element: &Element) -> Result<Option<ControllerKind>, Error> {
    Ok(Some(match element.attribute("type").unwrap_or_default() {
        "PIIX3" | "PIIX4" | "ICH6" => ControllerKind::Ide,
        "AHCI" => ControllerKind::Ahci,
        "LsiLogic" => ControllerKind::LsiLogic,
        "LsiLogicSas" => ControllerKind::LsiLogicSas,
        "BusLogic" => ControllerKind::BusLogic,
        "VirtioSCSI" => ControllerKind::VirtioScsi,
        "NVMe" => ControllerKind::Nvme,
        // Floppies and USB disks: nothing that a machine boots from here.
        "I82078" | "USB" => return Ok(None),
        other => return Err(element.error(&format!("unknown disk controller '{other}'"))),
    }))
}

fn attached(
    device: &Element,
    controller: usize,
    kind: DriveKind,
    files: &[DiskFile],
) -> Result<(Drive, Option<String>), Error> {
    let number = |name: &str| -> Result<u32, Error> {
        let text = device.attribute(name).unwrap_or("0");
        text.parse()
            .ok()
            .filter(|&number| number < 256)
            .ok_or_else(|| device.error(&format!("{name} of a drive is '{text}', not a possible number")))
    };
    let drive = Drive { controller, port: number("port")?, device: number("device")?, kind, medium: None };
    if kind == DriveKind::Optical {
        return Ok((drive, None));
    }
    let uuid = device.child("Image").and_then(|image| image.attribute("uuid")).unwrap_or_default();
    let plain = uuid.trim_matches(['{', '}']);
    let file = files
        .iter()
        .find(|file| file.disk.uuid.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(plain)));
    match file {
        Some(file) => Ok((drive, Some(file.id.clone()))),
        None => Err(device.error(&format!("disk {uuid} of vbox:Machine is none of the <DiskSection>"))),
    }
}

/// Reads the adapters that are on, in the order of their slots.
fn adapters(network: &Element, machine: &mut Machine) -> Result<Vec<Forwarding>, Error> {
    let mut elements: Vec<(u32, &Element)> = network
        .all("Adapter")
        .filter(|adapter| adapter.attribute("enabled") == Some("true"))
        .map(|adapter| (adapter.attribute("slot").and_then(|slot| slot.parse().ok()).unwrap_or(0), adapter))
        .collect();
    elements.sort_by_key(|(slot, _)| *slot);
    if elements.is_empty() {
        return Ok(Vec::new());
    }
    machine.nics.clear();
    let mut rules = Vec::new();
    for (index, (_, element)) in elements.into_iter().enumerate() {
        machine.nics.push(adapter(element));
        for rule in element.child("NAT").into_iter().flat_map(|nat| nat.all("Forwarding")) {
            rules.push(forwarding(rule, index)?);
        }
    }
    Ok(rules)
}

fn adapter(element: &Element) -> Nic {
    let kind = match element.attribute("type").unwrap_or_default() {
        "82540EM" => NicKind::E1000,
        "82543GC" => NicKind::E1000Gc,
        "82545EM" => NicKind::E1000Em,
        "Am79C970A" => NicKind::Pcnet2,
        "virtio" => NicKind::Virtio,
        // What VirtualBox leaves out is its default, PCNet FAST III.
        _ => NicKind::Pcnet3,
    };
    let network = [
        ("NAT", "NAT"),
        ("BridgedInterface", "Bridged"),
        ("HostOnlyInterface", "HostOnly"),
        ("HostOnlyNetwork", "HostOnly"),
        ("InternalNetwork", "Internal"),
        ("NATNetwork", "NATNetwork"),
        ("GenericInterface", "Generic"),
    ];
    let network = network.iter().find(|(name, _)| element.child(name).is_some());
    Nic {
        kind,
        network: network.map_or("Null", |(_, name)| name).to_owned(),
        mac: element.attribute("MACAddress").and_then(parse_mac),
    }
}

fn forwarding(element: &Element, nic: usize) -> Result<Forwarding, Error> {
    let text = |name: &str| element.attribute(name).unwrap_or_default().to_owned();
    let port = |name: &str| -> Result<u16, Error> {
        let text = element.attribute(name).unwrap_or("0");
        text.parse().map_err(|_| element.error(&format!("{name} of a NAT rule is '{text}', not a port")))
    };
    Ok(Forwarding {
        nic,
        name: text("name"),
        udp: element.attribute("proto") == Some("0"),
        host_address: text("hostip"),
        host_port: port("hostport")?,
        guest_address: text("guestip"),
        guest_port: port("guestport")?,
    })
}
