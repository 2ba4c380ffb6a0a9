//! The `vbox:Machine` of a descriptor: VirtualBox's own settings, which win over the items when VirtualBox imports.
//!
//! It holds what the items cannot say and what people need: firmware, chipset, MAC addresses (which Vagrant looks for),
//! NAT rules, and the ports of the disks. The settings version is 1.16 (VirtualBox 5.1) so that old and new
//! VirtualBoxes read it; its storage controllers stand beside the hardware, not in it.

use super::Envelope;
use super::items::connection;
use super::xml::Xml;
use super::{Dialect, os};
use crate::machine::{Chipset, ControllerKind, Drive, DriveKind, Firmware, Nic, NicKind};
use std::io;

/// Gives the controller's name in VirtualBox's settings (`StorageController type=`).
fn controller_type(kind: ControllerKind) -> &'static str {
    match kind {
        ControllerKind::Ide => "PIIX4",
        ControllerKind::Ahci => "AHCI",
        ControllerKind::LsiLogic | ControllerKind::PvScsi => "LsiLogic",
        ControllerKind::LsiLogicSas => "LsiLogicSas",
        ControllerKind::BusLogic => "BusLogic",
        ControllerKind::VirtioScsi | ControllerKind::VirtioBlock => "VirtioSCSI",
        ControllerKind::Nvme => "NVMe",
    }
}

/// Gives the name under which people see the controller, and VBoxManage's own bus names for it.
fn controller_name(kind: ControllerKind) -> &'static str {
    match kind {
        ControllerKind::Ide => "IDE",
        ControllerKind::Ahci => "SATA",
        ControllerKind::LsiLogicSas => "SAS",
        ControllerKind::LsiLogic | ControllerKind::BusLogic | ControllerKind::PvScsi => "SCSI",
        ControllerKind::VirtioScsi | ControllerKind::VirtioBlock => "VirtioSCSI",
        ControllerKind::Nvme => "NVMe",
    }
}

/// Gives the adapter's name in VirtualBox's settings (`Adapter type=`).
fn adapter_type(kind: NicKind) -> &'static str {
    match kind {
        NicKind::E1000 => "82540EM",
        NicKind::E1000Gc => "82543GC",
        NicKind::E1000Em | NicKind::E1000e => "82545EM",
        NicKind::Pcnet2 => "Am79C970A",
        NicKind::Pcnet3 => "Am79C973",
        NicKind::Virtio | NicKind::Vmxnet3 => "virtio",
    }
}

/// Writes the element. Everything in it was checked when the items were made.
pub(super) fn machine(xml: &mut Xml, envelope: &Envelope) -> io::Result<()> {
    let machine = &envelope.machine;
    let mut identity = vec!["machine", machine.name.as_str()];
    identity.extend(envelope.disks.iter().filter_map(|disk| disk.uuid.as_deref()));
    let uuid = format!("{{{}}}", crate::uuid::derived(&identity));
    let os = os::virtualbox_name(&machine.os);
    xml.open(
        "vbox:Machine",
        &[
            ("ovf:required", "false"),
            ("version", "1.16-linux"),
            ("uuid", &uuid),
            ("name", &machine.name),
            ("OSType", &os),
            ("snapshotFolder", "Snapshots"),
        ],
    )?;
    // VMware's importers refuse the element without it.
    xml.text("ovf:Info", "Complete VirtualBox machine configuration in VirtualBox format")?;
    hardware(xml, envelope)?;
    storage(xml, envelope)?;
    xml.close("vbox:Machine")
}

fn hardware(xml: &mut Xml, envelope: &Envelope) -> io::Result<()> {
    let machine = &envelope.machine;
    let wide = if os::virtualbox_name(&machine.os).ends_with("_64") { "true" } else { "false" };
    xml.open("Hardware", &[])?;
    xml.open("CPU", &[("count", &machine.cpus.to_string())])?;
    xml.empty("PAE", &[("enabled", "true")])?;
    xml.empty("LongMode", &[("enabled", wide)])?;
    xml.empty("X2APIC", &[("enabled", "true")])?;
    xml.empty("HardwareVirtExLargePages", &[("enabled", "false")])?;
    xml.close("CPU")?;
    xml.empty("Memory", &[("RAMSize", &machine.memory.to_string())])?;
    if machine.firmware != Firmware::Bios {
        xml.empty("Firmware", &[("type", "EFI")])?;
    }
    xml.open("Boot", &[])?;
    for (position, device) in [("1", "HardDisk"), ("2", "DVD"), ("3", "None"), ("4", "None")] {
        xml.empty("Order", &[("position", position), ("device", device)])?;
    }
    xml.close("Boot")?;
    xml.open("BIOS", &[])?;
    xml.empty("IOAPIC", &[("enabled", "true")])?;
    xml.close("BIOS")?;
    xml.open("Network", &[])?;
    for (slot, nic) in machine.nics.iter().enumerate() {
        adapter(xml, envelope, slot, nic)?;
    }
    xml.close("Network")?;
    xml.empty("AudioAdapter", &[("driver", "Null"), ("enabled", "false")])?;
    xml.empty("RTC", &[("localOrUTC", "UTC")])?;
    if machine.chipset == Chipset::Ich9 {
        xml.empty("Chipset", &[("type", "ICH9")])?;
    }
    xml.close("Hardware")
}

/// Writes an adapter: `slot` first and the MAC address on the same line, for Vagrant's text pattern.
fn adapter(xml: &mut Xml, envelope: &Envelope, slot: usize, nic: &Nic) -> io::Result<()> {
    let number = slot.to_string();
    let mac = nic.mac.map_or_else(
        || {
            // VirtualBox's own vendor prefix.
            let digits = crate::uuid::derived(&["mac", &envelope.machine.name, &number]).to_ascii_uppercase();
            format!("080027{}", &digits[..6])
        },
        |mac| mac.iter().map(|byte| format!("{byte:02X}")).collect(),
    );
    let kind = adapter_type(nic.kind);
    xml.open("Adapter", &[("slot", &number), ("enabled", "true"), ("MACAddress", &mac), ("type", kind)])?;
    match connection(nic, Dialect::VirtualBox).as_str() {
        "NAT" => nat(xml, envelope, slot)?,
        "HostOnly" => xml.empty("HostOnlyInterface", &[])?,
        "Internal" => xml.empty("InternalNetwork", &[("name", "intnet")])?,
        "NATNetwork" | "natnetwork" => xml.empty("NATNetwork", &[("name", "NatNetwork")])?,
        "Null" => {}
        _ => xml.empty("BridgedInterface", &[])?,
    }
    xml.close("Adapter")
}

fn nat(xml: &mut Xml, envelope: &Envelope, slot: usize) -> io::Result<()> {
    let rules: Vec<_> = envelope.forwardings.iter().filter(|rule| rule.nic == slot).collect();
    if rules.is_empty() {
        return xml.empty("NAT", &[]);
    }
    xml.open("NAT", &[])?;
    for rule in rules {
        let (host_port, guest_port) = (rule.host_port.to_string(), rule.guest_port.to_string());
        let mut attributes = vec![("name", rule.name.as_str()), ("proto", if rule.udp { "0" } else { "1" })];
        if !rule.host_address.is_empty() {
            attributes.push(("hostip", &rule.host_address));
        }
        attributes.push(("hostport", &host_port));
        if !rule.guest_address.is_empty() {
            attributes.push(("guestip", &rule.guest_address));
        }
        attributes.push(("guestport", &guest_port));
        xml.empty("Forwarding", &attributes)?;
    }
    xml.close("NAT")
}

fn storage(xml: &mut Xml, envelope: &Envelope) -> io::Result<()> {
    let machine = &envelope.machine;
    if machine.controllers.is_empty() {
        return Ok(());
    }
    xml.open("StorageControllers", &[])?;
    let mut names = Vec::new();
    for (index, controller) in machine.controllers.iter().enumerate() {
        let mut name = controller_name(controller.kind).to_owned();
        // VirtualBox wants each name once.
        if names.contains(&name) {
            name = format!("{name} {}", index + 1);
        }
        let drives = || machine.drives.iter().enumerate().filter(move |(_, drive)| drive.controller == index);
        let needed = drives().map(|(_, drive)| drive.port.saturating_add(1)).max().unwrap_or(1);
        let ports = match controller.kind {
            ControllerKind::Ide => 2,
            ControllerKind::LsiLogic | ControllerKind::BusLogic | ControllerKind::PvScsi => 16,
            ControllerKind::LsiLogicSas => 8,
            _ => controller.ports.unwrap_or(1).max(needed),
        };
        xml.open(
            "StorageController",
            &[
                ("name", name.as_str()),
                ("type", controller_type(controller.kind)),
                ("PortCount", &ports.to_string()),
                ("useHostIOCache", if controller.kind == ControllerKind::Ide { "true" } else { "false" }),
                ("Bootable", "true"),
            ],
        )?;
        for (number, drive) in drives() {
            attached(xml, envelope, number, drive)?;
        }
        xml.close("StorageController")?;
        names.push(name);
    }
    xml.close("StorageControllers")
}

fn attached(xml: &mut Xml, envelope: &Envelope, number: usize, drive: &Drive) -> io::Result<()> {
    let (port, device) = (drive.port.to_string(), drive.device.to_string());
    let place = [("port", port.as_str()), ("device", &device)];
    match drive.kind {
        DriveKind::Optical => {
            let mut attributes = vec![("passthrough", "false"), ("type", "DVD")];
            attributes.extend(place);
            xml.empty("AttachedDevice", &attributes)
        }
        DriveKind::Disk => {
            let uuid =
                envelope.disks.iter().find(|disk| disk.drive == number).and_then(|disk| disk.uuid.as_deref());
            let Some(uuid) = uuid else { return Ok(()) };
            let mut attributes = vec![("type", "HardDisk")];
            attributes.extend(place);
            xml.open("AttachedDevice", &attributes)?;
            xml.empty("Image", &[("uuid", &format!("{{{uuid}}}"))])?;
            xml.close("AttachedDevice")
        }
    }
}
