//! The hardware that a .vmx describes.

use super::{Vmx, value};
use crate::Error;
use crate::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use std::collections::HashMap;

/// The settings by key in small letters: what stands last counts.
struct Settings(HashMap<String, String>);

impl Settings {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(&key.to_ascii_lowercase()).map(String::as_str)
    }

    fn is(&self, key: &str) -> bool {
        self.get(key).and_then(value::flag).unwrap_or(false)
    }

    fn number(&self, key: &str) -> Result<Option<u64>, Error> {
        self.get(key)
            .map(|text| {
                text.trim()
                    .parse()
                    .map_err(|_| Error::new(format!("{key} of the .vmx is \"{text}\", not a number")))
            })
            .transpose()
    }
}

/// Gives the machine of a .vmx. Media are named as the file has them: a relative path starts at its folder. Disks come
/// before CDs, and of the disks SCSI's before SATA's, NVMe's and IDE's: the order in which VMware's BIOS boots them.
///
/// # Errors
/// When a number is none, or a device is not known.
pub fn to_machine(vmx: &Vmx) -> Result<Machine, Error> {
    let settings = Settings(vmx.iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect());
    let efi = settings.get("firmware").is_some_and(|name| name.eq_ignore_ascii_case("efi"));
    let cpus = settings.number("numvcpus")?.unwrap_or(1);
    let mut machine = Machine {
        name: settings.get("displayName").unwrap_or_default().to_owned(),
        os: settings.get("guestOS").unwrap_or("other").to_owned(),
        cpus: u32::try_from(cpus)
            .ok()
            .filter(|cpus| (1..=4096).contains(cpus))
            .ok_or_else(|| Error::new(format!("numvcpus of the .vmx is {cpus}, which makes no sense")))?,
        cores_per_socket: settings.number("cpuid.coresPerSocket")?.and_then(|cores| cores.try_into().ok()),
        memory: settings.number("memsize")?.unwrap_or(512),
        firmware: match (efi, settings.is("uefi.secureBoot.enabled")) {
            (true, true) => Firmware::EfiSecure,
            (true, false) => Firmware::Efi,
            (false, _) => Firmware::Bios,
        },
        chipset: Chipset::Piix3,
        controllers: Vec::new(),
        drives: Vec::new(),
        floppy: None,
        nics: Vec::new(),
    };
    drives(&settings, &mut machine)?;
    machine.drives.sort_by_key(|drive| drive.kind == DriveKind::Optical);
    if settings.is("floppy0.present") && settings.get("floppy0.fileType") == Some("file") {
        machine.floppy = settings.get("floppy0.fileName").map(Into::into);
    }
    for slot in 0..10 {
        machine.nics.extend(adapter(&settings, slot)?);
    }
    Ok(machine)
}

fn drives(settings: &Settings, machine: &mut Machine) -> Result<(), Error> {
    for bus in ["scsi", "sata", "nvme"] {
        for number in 0..4 {
            let name = format!("{bus}{number}");
            let attached: Vec<_> =
                (0..64).filter_map(|port| drive(settings, &format!("{name}:{port}"), port, 0)).collect();
            if !settings.is(&format!("{name}.present")) {
                continue;
            }
            let kind = match bus {
                "sata" => ControllerKind::Ahci,
                "nvme" => ControllerKind::Nvme,
                _ => scsi(settings, &name)?,
            };
            add(machine, kind, attached);
        }
    }
    let mut attached = Vec::new();
    for channel in 0..2 {
        for device in 0..2 {
            attached.extend(drive(settings, &format!("ide{channel}:{device}"), channel, device));
        }
    }
    if !attached.is_empty() {
        add(machine, ControllerKind::Ide, attached);
    }
    Ok(())
}

fn add(machine: &mut Machine, kind: ControllerKind, drives: Vec<Drive>) {
    let controller = machine.controllers.len();
    machine.controllers.push(Controller { kind, ports: None });
    machine.drives.extend(drives.into_iter().map(|drive| Drive { controller, ..drive }));
}

fn scsi(settings: &Settings, name: &str) -> Result<ControllerKind, Error> {
    // Without the setting, all 64-bit guests get an LSI Logic controller.
    let device = settings.get(&format!("{name}.virtualDev")).unwrap_or("lsilogic");
    match device.to_ascii_lowercase().as_str() {
        "lsilogic" => Ok(ControllerKind::LsiLogic),
        "lsisas1068" => Ok(ControllerKind::LsiLogicSas),
        "buslogic" => Ok(ControllerKind::BusLogic),
        "pvscsi" => Ok(ControllerKind::PvScsi),
        _ => Err(Error::new(format!(
            "{name}.virtualDev of the .vmx is \"{device}\", an unknown disk controller"
        ))
        .hint("lsilogic, lsisas1068, buslogic and pvscsi are known")),
    }
}

fn drive(settings: &Settings, name: &str, port: u32, device: u32) -> Option<Drive> {
    if !settings.is(&format!("{name}.present")) {
        return None;
    }
    let kind = settings.get(&format!("{name}.deviceType")).unwrap_or_default().to_ascii_lowercase();
    let file = settings.get(&format!("{name}.fileName")).filter(|file| !file.is_empty());
    let (kind, file) = match kind.as_str() {
        "cdrom-image" => (DriveKind::Optical, file),
        kind if kind.contains("cdrom") => (DriveKind::Optical, None),
        _ => (DriveKind::Disk, file),
    };
    Some(Drive { controller: 0, port, device, kind, medium: file.map(Into::into) })
}

fn adapter(settings: &Settings, slot: usize) -> Result<Option<Nic>, Error> {
    let get = |name: &str| settings.get(&format!("ethernet{slot}.{name}"));
    if !settings.is(&format!("ethernet{slot}.present")) {
        return Ok(None);
    }
    // Without the setting, 64-bit guests get an e1000.
    let device = get("virtualDev").unwrap_or("e1000");
    let kind = match device.to_ascii_lowercase().as_str() {
        "e1000" => NicKind::E1000Em,
        "e1000e" => NicKind::E1000e,
        "vmxnet3" => NicKind::Vmxnet3,
        "vlance" | "vmxnet" | "flexible" => NicKind::Pcnet2,
        _ => {
            return Err(Error::new(format!(
                "ethernet{slot}.virtualDev of the .vmx is \"{device}\", an unknown network adapter"
            ))
            .hint("e1000, e1000e, vmxnet3 and vlance are known"));
        }
    };
    let network = match get("connectionType").unwrap_or("bridged").to_ascii_lowercase().as_str() {
        "custom" => get("vnet").unwrap_or("custom").to_owned(),
        other => other.to_owned(),
    };
    let mac = get("address").or_else(|| get("generatedAddress")).and_then(crate::ovf::parse_mac);
    Ok(Some(Nic { kind, network, mac }))
}
