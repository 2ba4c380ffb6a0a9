//! Disk controllers and drives, as QEMU's devices.

use super::board::{Board, Target};
use image::machine::{Controller, ControllerKind, Drive, DriveKind};
use record::Failure;
use serde_json::json;
use std::path::PathBuf;

/// A drive's image, as QEMU is to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Medium {
    /// The file.
    pub(super) path: PathBuf,
    /// Its format, by QEMU's name.
    pub(super) format: &'static str,
}

/// How disks are written, by QEMU's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskOptions {
    /// `writeback`, `unsafe`, `none`, … as in `-drive cache=`. `unsafe` never waits for the disk: what a crash of this
    /// computer loses is only a build.
    pub cache: String,
    /// `unmap`: what the guest discards becomes a hole; `ignore`.
    pub discard: String,
    /// `unmap`: zeros that the guest writes become a hole; `on`, `off`.
    pub detect_zeroes: String,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self { cache: "unsafe".to_owned(), discard: "unmap".to_owned(), detect_zeroes: "unmap".to_owned() }
    }
}

/// Ports of QEMU's AHCI controller.
const AHCI_PORTS: u32 = 6;

/// Adds the controllers and their drives. `media` belong to `drives`, one to one; an empty CD drive has none.
///
/// # Errors
/// When a drive has no place.
pub(super) fn add(
    board: &mut Board,
    controllers: &[Controller],
    drives: &[Drive],
    media: &[Option<Medium>],
    options: &DiskOptions,
) -> Result<(), Failure> {
    let mut built_in_ide = !board.is_q35();
    for (number, controller) in controllers.iter().enumerate() {
        let own: Vec<usize> = (0..drives.len()).filter(|index| drives[*index].controller == number).collect();
        let name = controller_device(board, controller.kind, number, &mut built_in_ide);
        // More ports than QEMU's controller has: the drives move together, which keeps their order.
        let crowded = controller.kind == ControllerKind::Ahci
            && own.iter().any(|index| drives[*index].port >= AHCI_PORTS);
        let mut sorted = own.clone();
        sorted.sort_by_key(|index| drives[*index].port);
        for index in own {
            let drive = &drives[index];
            let rank = sorted.iter().position(|other| *other == index).unwrap_or_default();
            let port = if crowded { u32::try_from(rank).unwrap_or_default() } else { drive.port };
            add_medium(board, index, drive, media[index].as_ref(), options);
            let place = place(board, controller.kind, &name, port, drive)?;
            add_drive(board, index, drives, &media[index], &place);
        }
    }
    if let Some(lost) = drives.iter().find(|drive| drive.controller >= controllers.len()) {
        return Err(Failure::new(format!(
            "a drive is attached to controller {}, which there is not",
            lost.controller
        )));
    }
    Ok(())
}

/// Adds a controller's device; gives the name that its buses begin with.
fn controller_device(
    board: &mut Board,
    kind: ControllerKind,
    number: usize,
    built_in_ide: &mut bool,
) -> String {
    let id = format!("controller{number}");
    let device = match kind {
        ControllerKind::Ide if *built_in_ide => {
            *built_in_ide = false;
            return "ide".to_owned();
        }
        // Every disk is its own controller.
        ControllerKind::Nvme | ControllerKind::VirtioBlock => return id,
        ControllerKind::Ide => "piix3-ide",
        ControllerKind::Ahci => "ich9-ahci",
        ControllerKind::PvScsi => "pvscsi",
        ControllerKind::VirtioScsi => "virtio-scsi-pci",
        ControllerKind::LsiLogic | ControllerKind::LsiLogicSas | ControllerKind::BusLogic => {
            let wanted = match kind {
                ControllerKind::LsiLogic => "LSI Logic 53C1030",
                ControllerKind::LsiLogicSas => "LSI Logic SAS1068",
                _ => "BusLogic BT-958",
            };
            board.warn(format!(
                "QEMU has no {wanted} controller: the guest sees an LSI 53C895A, for which some systems have no driver \
                 (Alma, Rocky, Windows); choose another adapter for them"
            ));
            "lsi53c895a"
        }
    };
    let slot = match (board.target(), kind) {
        (Target::VirtualBox, ControllerKind::Ahci) => Some(0x0d),
        (Target::VirtualBox, ControllerKind::VirtioScsi) => Some(0x0f),
        (Target::VirtualBox, ControllerKind::LsiLogic) => Some(0x14),
        (Target::VirtualBox, ControllerKind::BusLogic) => Some(0x15),
        (Target::VirtualBox, ControllerKind::LsiLogicSas) => Some(0x16),
        (Target::VMware, ControllerKind::LsiLogic | ControllerKind::BusLogic) => Some(0x10),
        _ => None,
    };
    board.pci_device(&format!("{device},id={id}"), slot);
    id
}

/// The device and the place of a drive on its controller, as `-device` takes them.
fn place(
    board: &Board,
    kind: ControllerKind,
    name: &str,
    port: u32,
    drive: &Drive,
) -> Result<String, Failure> {
    let disk = drive.kind == DriveKind::Disk;
    let no_place = |why: String| Err(Failure::new(why).hint("choose another port or another controller"));
    match kind {
        ControllerKind::Ide => {
            if port > 1 || drive.device > 1 {
                return no_place(format!("an IDE controller has no place {port}:{}", drive.device));
            }
            let device = if disk { "ide-hd" } else { "ide-cd" };
            Ok(format!("{device},bus={name}.{port},unit={}", drive.device))
        }
        ControllerKind::Ahci => {
            if port >= AHCI_PORTS {
                return no_place(format!(
                    "QEMU's SATA controller has {AHCI_PORTS} ports, and more are in use"
                ));
            }
            Ok(format!("{},bus={name}.{port}", if disk { "ide-hd" } else { "ide-cd" }))
        }
        ControllerKind::LsiLogic
        | ControllerKind::LsiLogicSas
        | ControllerKind::BusLogic
        | ControllerKind::PvScsi
        | ControllerKind::VirtioScsi => {
            Ok(format!("{},bus={name}.0,scsi-id={port}", if disk { "scsi-hd" } else { "scsi-cd" }))
        }
        ControllerKind::VirtioBlock | ControllerKind::Nvme if !disk => {
            no_place("a CD needs an IDE, SATA or SCSI controller".to_owned())
        }
        ControllerKind::VirtioBlock => Ok(format!("virtio-blk-pci{}", board.pci_place(None))),
        ControllerKind::Nvme => {
            let slot = (board.target() == Target::VirtualBox && port == 0).then_some(0x0e);
            Ok(format!("nvme,serial={name}-{port}{}", board.pci_place(slot)))
        }
    }
}

/// Adds what reads and writes a drive's image.
fn add_medium(
    board: &mut Board,
    index: usize,
    drive: &Drive,
    medium: Option<&Medium>,
    options: &DiskOptions,
) {
    let Some(Medium { path, format }) = medium else { return };
    let node = format!("drive{index}");
    let file = path.display().to_string();
    if drive.kind == DriveKind::Optical {
        let file = json!({ "driver": "file", "filename": file, "read-only": true });
        let node = json!({ "node-name": node, "driver": format, "read-only": true, "file": file });
        return board.argument("-blockdev", node.to_string());
    }
    let direct = matches!(options.cache.as_str(), "none" | "directsync");
    let cache = json!({ "direct": direct, "no-flush": options.cache == "unsafe" });
    let file = json!({ "driver": "file", "filename": file, "discard": options.discard, "cache": cache });
    let node = json!({
        "node-name": node, "driver": format, "file": file, "cache": cache,
        "discard": options.discard, "detect-zeroes": options.detect_zeroes,
    });
    board.argument("-blockdev", node.to_string());
}

/// Adds a drive. Disks come before CDs in the boot order: an empty disk is passed over, and once a system is installed
/// there, it wins over the CD that has installed it.
fn add_drive(board: &mut Board, index: usize, drives: &[Drive], medium: &Option<Medium>, place: &str) {
    let drive = &drives[index];
    let before = drives.iter().enumerate().filter(|(other, candidate)| match (candidate.kind, drive.kind) {
        (DriveKind::Disk, DriveKind::Optical) => true,
        (DriveKind::Optical, DriveKind::Disk) => false,
        _ => *other < index,
    });
    let boot_index = before.count() + 1;
    let medium = if medium.is_some() { format!(",drive=drive{index}") } else { String::new() };
    board.argument("-device", format!("{place}{medium},id=device{index},bootindex={boot_index}"));
}
