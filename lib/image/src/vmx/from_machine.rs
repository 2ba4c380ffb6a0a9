//! The least .vmx that starts a [`Machine`] under VMware's products.

use super::Vmx;
use crate::Error;
use crate::machine::{Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind};
use crate::ovf::os;
use std::collections::BTreeMap;

/// What a network's name in [`Nic::network`] means in a .vmx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// The host's address is shared.
    Nat,
    /// The host's network.
    Bridged,
    /// A network between host and guest.
    HostOnly,
    /// A virtual switch by name: `vmnet3`.
    Custom(String),
}

impl Network {
    /// Understands `nat`, `bridged`, `hostonly` in any letters; what else stands there is a virtual switch.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "nat" | "" => Self::Nat,
            "bridged" => Self::Bridged,
            "hostonly" => Self::HostOnly,
            _ => Self::Custom(name.to_owned()),
        }
    }
}

/// Makes the .vmx of a machine. Media are named as the machine's drives have them: VMware takes a relative path from
/// the folder of the .vmx. `hardware_version` is `virtualHW.version`: 21 is Workstation 17's.
///
/// # Errors
/// When the machine has something that VMware's products do not know.
pub fn from_machine(machine: &Machine, hardware_version: u32) -> Result<Vmx, Error> {
    let mut vmx = Vmx::new();
    vmx.set(".encoding", "UTF-8");
    vmx.set("config.version", "8");
    vmx.set_number("virtualHW.version", hardware_version.into());
    vmx.set("displayName", &machine.name);
    vmx.set("guestOS", &os::vmware_name(&machine.os));
    vmx.set_number("numvcpus", machine.cpus.into());
    if let Some(cores) = machine.cores_per_socket {
        vmx.set_number("cpuid.coresPerSocket", cores.into());
    }
    vmx.set_number("memsize", machine.memory);
    if machine.firmware != Firmware::Bios {
        vmx.set("firmware", "efi");
    }
    if machine.firmware == Firmware::EfiSecure {
        vmx.set_flag("uefi.secureBoot.enabled", true);
    }
    bridges(&mut vmx);
    let buses = controllers(&mut vmx, &machine.controllers)?;
    for drive in &machine.drives {
        let bus = buses.get(drive.controller).ok_or_else(|| {
            Error::new(format!(
                "a drive of machine '{}' is on a controller that does not exist",
                machine.name
            ))
        })?;
        attach(&mut vmx, bus, drive);
    }
    match &machine.floppy {
        Some(image) => {
            vmx.set_flag("floppy0.present", true);
            vmx.set("floppy0.fileType", "file");
            vmx.set("floppy0.fileName", &image.to_string_lossy());
        }
        None => vmx.set_flag("floppy0.present", false),
    }
    for (slot, nic) in machine.nics.iter().enumerate() {
        adapter(&mut vmx, slot, nic)?;
    }
    Ok(vmx)
}

/// The PCI slots that vmxnet3, NVMe and PVSCSI sit in.
fn bridges(vmx: &mut Vmx) {
    vmx.set_flag("pciBridge0.present", true);
    for bridge in 4..=7 {
        vmx.set_flag(&format!("pciBridge{bridge}.present"), true);
        vmx.set(&format!("pciBridge{bridge}.virtualDev"), "pcieRootPort");
        vmx.set(&format!("pciBridge{bridge}.functions"), "8");
    }
}

/// Writes the controllers. Gives the name of each: `scsi0`, or `ide` with the number of its first channel.
fn controllers(vmx: &mut Vmx, controllers: &[Controller]) -> Result<Vec<(&'static str, u32)>, Error> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut buses = Vec::new();
    for controller in controllers {
        let (bus, device, channels) = match controller.kind {
            ControllerKind::Ide => ("ide", None, 2),
            ControllerKind::Ahci => ("sata", None, 1),
            ControllerKind::Nvme => ("nvme", None, 1),
            ControllerKind::LsiLogic => ("scsi", Some("lsilogic"), 1),
            ControllerKind::LsiLogicSas => ("scsi", Some("lsisas1068"), 1),
            ControllerKind::BusLogic => ("scsi", Some("buslogic"), 1),
            ControllerKind::PvScsi => ("scsi", Some("pvscsi"), 1),
            ControllerKind::VirtioScsi | ControllerKind::VirtioBlock => {
                return Err(unknown(&format!("disk controller {:?}", controller.kind)));
            }
        };
        let count = counts.entry(bus).or_default();
        buses.push((bus, *count));
        if bus != "ide" {
            vmx.set_flag(&format!("{bus}{count}.present"), true);
        }
        if let Some(device) = device {
            vmx.set(&format!("{bus}{count}.virtualDev"), device);
        }
        *count += channels;
    }
    Ok(buses)
}

fn attach(vmx: &mut Vmx, (bus, number): &(&str, u32), drive: &Drive) {
    let name = if *bus == "ide" {
        format!("ide{}:{}", number.saturating_add(drive.port), drive.device)
    } else {
        format!("{bus}{number}:{}", drive.port)
    };
    let medium = drive.medium.as_ref().map(|path| path.to_string_lossy());
    vmx.set_flag(&format!("{name}.present"), true);
    match (drive.kind, medium) {
        (DriveKind::Disk, medium) => {
            vmx.set(&format!("{name}.fileName"), medium.as_deref().unwrap_or_default());
        }
        (DriveKind::Optical, Some(image)) => {
            vmx.set(&format!("{name}.deviceType"), "cdrom-image");
            vmx.set(&format!("{name}.fileName"), &image);
        }
        (DriveKind::Optical, None) => {
            vmx.set(&format!("{name}.deviceType"), "cdrom-raw");
            vmx.set(&format!("{name}.fileName"), "auto detect");
            vmx.set_flag(&format!("{name}.startConnected"), false);
        }
    }
}

fn adapter(vmx: &mut Vmx, slot: usize, nic: &Nic) -> Result<(), Error> {
    let device = match nic.kind {
        NicKind::E1000 | NicKind::E1000Gc | NicKind::E1000Em => "e1000",
        NicKind::E1000e => "e1000e",
        NicKind::Vmxnet3 => "vmxnet3",
        NicKind::Pcnet2 | NicKind::Pcnet3 => "vlance",
        NicKind::Virtio => return Err(unknown("virtio network adapter")),
    };
    let key = |name: &str| format!("ethernet{slot}.{name}");
    vmx.set_flag(&key("present"), true);
    let connection = match Network::of(&nic.network) {
        Network::Nat => "nat",
        Network::Bridged => "bridged",
        Network::HostOnly => "hostonly",
        Network::Custom(name) => {
            vmx.set(&key("vnet"), &name);
            "custom"
        }
    };
    vmx.set(&key("connectionType"), connection);
    vmx.set(&key("virtualDev"), device);
    match nic.mac {
        Some(mac) => {
            vmx.set(&key("addressType"), "static");
            vmx.set(&key("address"), &mac.map(|byte| format!("{byte:02x}")).join(":"));
        }
        None => vmx.set(&key("addressType"), "generated"),
    }
    Ok(())
}

fn unknown(device: &str) -> Error {
    Error::new(format!("the machine has a {device}, which VMware does not know"))
        .hint("build the machine with a device that VMware has: the guest needs its driver to boot")
}
