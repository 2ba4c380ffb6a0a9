//! From the options of `virtualbox-iso` to the machine's hardware.

use super::disk_file;
use hypervisor::flow::Site;
use hypervisor::qemu::disk;
use image::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use record::Failure;
use std::path::Path;
use template::options::builder::virtualbox::{Devices, Disks, Hardware};

/// Bytes of what VBoxManage calls a MB.
const MB: u64 = 1 << 20;

/// A new machine with empty disks, which are made in the work folder.
pub(super) fn new_machine(
    name: &str,
    (hardware, disks, devices): &(Hardware, Disks, Devices),
    site: &Site,
) -> Result<Machine, Failure> {
    let sizes = [&[disks.disk_size][..], &disks.disk_additional_size].concat();
    let mut machine = describe(name, hardware, disks, devices, sizes.len());
    for (number, (drive, size)) in machine.drives.iter_mut().zip(sizes).enumerate() {
        let file = disk_file(site, number);
        disk::create(&file, size.saturating_mul(MB))?;
        drive.medium = Some(file);
    }
    Ok(machine)
}

/// The hardware, with disks that have no files yet.
pub(super) fn describe(
    name: &str,
    hardware: &Hardware,
    disks: &Disks,
    devices: &Devices,
    count: usize,
) -> Machine {
    let mut machine = Machine {
        name: name.to_owned(),
        os: hardware.guest_os_type.clone(),
        cpus: hardware.cpus,
        cores_per_socket: None,
        memory: hardware.memory,
        firmware: firmware(&hardware.firmware).unwrap_or_default(),
        chipset: chipset(&hardware.chipset).unwrap_or_default(),
        controllers: vec![Controller { kind: ControllerKind::Ide, ports: None }],
        drives: Vec::new(),
        floppy: None,
        nics: vec![Nic {
            kind: nic(&devices.nic_type).unwrap_or(NicKind::E1000),
            network: "NAT".to_owned(),
            mac: Some(mac(name)),
        }],
    };
    let kind = controller_kind(&disks.hard_drive_interface);
    let controller = controller(&mut machine, kind);
    let ports = u32::try_from(count).unwrap_or(u32::MAX);
    machine.controllers[controller].ports = match kind {
        ControllerKind::Ahci => Some(disks.sata_port_count.max(ports)),
        ControllerKind::Nvme => Some(disks.nvme_port_count.max(ports)),
        _ => None,
    };
    for port in 0..ports {
        machine.drives.push(Drive { controller, port, device: 0, kind: DriveKind::Disk, medium: None });
    }
    machine
}

/// Puts a CD into a drive: at a port of its own on SATA and virtio, at (channel, device) on IDE; elsewhere where that is taken.
pub(super) fn insert(machine: &mut Machine, interface: &str, image: &Path, (port, ide): (u32, (u32, u32))) {
    let kind = controller_kind(interface);
    let controller = controller(machine, kind);
    let places: Vec<(u32, u32)> = match kind {
        ControllerKind::Ide => vec![ide, (0, 1), (1, 0), (1, 1), (0, 0)],
        _ => std::iter::once(port).chain(1..30).map(|port| (port, 0)).collect(),
    };
    let is_free = |(port, device): &(u32, u32)| {
        !machine
            .drives
            .iter()
            .any(|drive| drive.controller == controller && (drive.port, drive.device) == (*port, *device))
    };
    let (port, device) = places.into_iter().find(is_free).unwrap_or((port, 0));
    if let Some(ports) = &mut machine.controllers[controller].ports {
        *ports = (*ports).max(port + 1);
    }
    let medium = Some(image.to_owned());
    machine.drives.push(Drive { controller, port, device, kind: DriveKind::Optical, medium });
}

/// The index of the machine's first controller of a kind, which is added where there is none.
fn controller(machine: &mut Machine, kind: ControllerKind) -> usize {
    let found = machine.controllers.iter().position(|controller| controller.kind == kind);
    found.unwrap_or_else(|| {
        machine.controllers.push(Controller { kind, ports: None });
        machine.controllers.len() - 1
    })
}

fn controller_kind(interface: &str) -> ControllerKind {
    match interface {
        "sata" => ControllerKind::Ahci,
        "scsi" => ControllerKind::LsiLogic,
        "pcie" => ControllerKind::Nvme,
        "virtio" => ControllerKind::VirtioScsi,
        _ => ControllerKind::Ide,
    }
}

/// VirtualBox's names of firmwares, as the options and `modifyvm` have them.
pub(super) fn firmware(name: &str) -> Option<Firmware> {
    match name.to_lowercase().as_str() {
        "bios" => Some(Firmware::Bios),
        "efi" | "efi32" | "efi64" => Some(Firmware::Efi),
        _ => None,
    }
}

/// VirtualBox's names of chipsets.
pub(super) fn chipset(name: &str) -> Option<Chipset> {
    match name.to_lowercase().as_str() {
        "piix3" => Some(Chipset::Piix3),
        "ich9" => Some(Chipset::Ich9),
        _ => None,
    }
}

/// VirtualBox's names of network adapters.
pub(super) fn nic(name: &str) -> Option<NicKind> {
    match name.to_lowercase().as_str() {
        "82540em" => Some(NicKind::E1000),
        "82543gc" => Some(NicKind::E1000Gc),
        "82545em" => Some(NicKind::E1000Em),
        "am79c970a" => Some(NicKind::Pcnet2),
        "am79c973" => Some(NicKind::Pcnet3),
        "virtio" => Some(NicKind::Virtio),
        _ => None,
    }
}

/// An address of VirtualBox's (08:00:27), the same for the same name, so that the same build gives the same appliance.
fn mac(name: &str) -> [u8; 6] {
    // FNV-1a.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let [.., a, b, c] = hash.to_be_bytes();
    [0x08, 0x00, 0x27, a, b, c]
}
