//! From a machine's description to the QEMU that it will be.

use super::board::{Board, Target};
use super::controllers::{self, DiskOptions, Medium};
use super::{disk, firmware};
use image::machine::{ControllerKind, Drive, DriveKind, Firmware, Machine};
use record::{Failure, file};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// The plan's file in the work folder.
const FILE: &str = "qemu.json";
/// The machine's UEFI variables in the work folder.
const VARIABLES: &str = "efi-variables.fd";

/// How the driver is to run a machine.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whose machine the guest is to find itself on.
    pub target: Target,
    /// QEMU's program; without it, `qemu-system-x86_64` on `PATH`.
    pub program: Option<PathBuf>,
    /// QEMU's machine type; without it, what fits the chipset.
    pub machine_type: Option<String>,
    /// QEMU's processor model; without it, this computer's own, or all that the emulator can.
    pub processor: Option<String>,
    /// What runs the guest's instructions (`kvm`, `tcg`, …); without it, what is found to work.
    pub accelerator: Option<String>,
    /// Whether no window opens.
    pub headless: bool,
    /// Serve the screen by VNC on the Unix socket `vnc.sock` in the state folder, also without a window.
    pub vnc_socket: bool,
    /// Ports of this host, first and last, of which one leads to the guest; without it, any free one.
    pub host_ports: Option<(u16, u16)>,
    /// How disks are written.
    pub disks: DiskOptions,
    /// More arguments of QEMU, at the end.
    pub more: Vec<String>,
}

/// A machine that is described by QEMU's own arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// All but what the driver adds: the accelerator and the processor, where they are not given, QMP, the display.
    pub arguments: Vec<String>,
    /// The id of the user-mode network through which the guest is reached.
    pub network: String,
    /// The files of the disks, which lie in the work folder.
    pub disks: Vec<PathBuf>,
}

/// What any later process needs to start the machine. Kept in the work folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) processor: Option<String>,
    pub(super) accelerator: Option<String>,
    pub(super) headless: bool,
    pub(super) vnc_socket: bool,
    pub(super) host_ports: Option<(u16, u16)>,
    /// The network, by its QEMU id, whose ports are forwarded.
    pub(super) network: String,
    /// The files of the machine's disks, in the order of its drives.
    pub(super) disks: Vec<PathBuf>,
}

impl Plan {
    /// Makes a machine's own files in the work folder and plans its QEMU; `id` is the build's. Gives the plan and what is to be said about it.
    ///
    /// # Errors
    /// When a program or a firmware is missing, a disk cannot be read, or the machine is not one that QEMU can be.
    pub(super) fn make(
        machine: &Machine,
        options: &Options,
        work: &Path,
        id: &str,
    ) -> Result<(Self, Vec<String>), Failure> {
        let program = program(options.program.as_deref())?;
        let media = media(machine, work, id)?;
        let mut board = Board::new(machine, options.target, options.machine_type.as_deref());
        if let Some(efi) = firmware::find(machine.firmware)? {
            let variables = work.join(VARIABLES);
            fs::copy(&efi.variables, &variables)
                .map_err(|error| file::io(&efi.variables, "cannot copy the firmware's variables", &error))?;
            writable(&variables)?;
            board.firmware(&efi, &variables, machine.firmware == Firmware::EfiSecure);
        }
        if let Some(text) = not_for_efi(machine) {
            board.warn(text);
        }
        board.screen();
        board.network(&machine.nics);
        controllers::add(&mut board, &machine.controllers, &machine.drives, &media, &options.disks)?;
        if let Some(floppy) = &machine.floppy {
            board.floppy(floppy);
        }
        board.argument("-boot", "menu=off,strict=on");
        let (mut arguments, warnings) = board.finish();
        arguments.extend(options.more.iter().cloned());
        let is_disk = |drive: &Drive| drive.kind == DriveKind::Disk;
        let disks = machine.drives.iter().zip(media).filter(|(drive, _)| is_disk(drive));
        let disks = disks.filter_map(|(_, medium)| Some(medium?.path)).collect();
        Ok((Self::of(program, arguments, disks, "net0", options), warnings))
    }

    /// A plan whose command line somebody else has written.
    ///
    /// # Errors
    /// When the program is missing.
    pub(super) fn of_command_line(line: CommandLine, options: &Options) -> Result<Self, Failure> {
        let program = program(options.program.as_deref())?;
        Ok(Self::of(program, line.arguments, line.disks, &line.network, options))
    }

    fn of(
        program: PathBuf,
        arguments: Vec<String>,
        disks: Vec<PathBuf>,
        network: &str,
        options: &Options,
    ) -> Self {
        Self {
            program,
            arguments,
            processor: options.processor.clone(),
            accelerator: options.accelerator.clone(),
            headless: options.headless,
            vnc_socket: options.vnc_socket,
            host_ports: options.host_ports,
            network: network.to_owned(),
            disks,
        }
    }

    /// Keeps the plan in the work folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn save(&self, work: &Path) -> Result<(), Failure> {
        let text =
            serde_json::to_vec(self).map_err(|error| Failure::from_error("cannot write the plan", &error))?;
        file::write(&work.join(FILE), &text, 0o600, true)
    }

    /// The plan of the machine in a work folder.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(super) fn load(work: &Path) -> Result<Self, Failure> {
        let path = work.join(FILE);
        let text = fs::read(&path).map_err(|error| file::io(&path, "cannot read", &error))?;
        serde_json::from_slice(&text)
            .map_err(|error| Failure::from_error(format!("{} is damaged", path.display()), &error))
    }

    /// Removes the machine's own files from the work folder, the plan last.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub(super) fn remove(&self, work: &Path) -> Result<(), Failure> {
        let own = self.disks.iter().filter(|disk| disk.starts_with(work)).cloned();
        for path in own.chain([work.join(VARIABLES), work.join(FILE)]) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(file::io(&path, "cannot remove", &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The program, as an absolute path where it is one of `PATH`.
///
/// # Errors
/// When it is not here.
pub(super) fn program(wanted: Option<&Path>) -> Result<PathBuf, Failure> {
    let name = wanted.unwrap_or(Path::new("qemu-system-x86_64"));
    find(name).ok_or_else(|| {
        Failure::new(format!("there is no {} here", name.display())).hint(
            "install QEMU: 'apt install qemu-system-x86 qemu-utils' (Debian, Ubuntu), 'dnf install qemu-kvm qemu-img' (Fedora, Alma, Rocky)",
        )
    })
}

/// Whether QEMU is installed here: what `auto` asks.
pub fn is_installed() -> bool {
    find(Path::new("qemu-system-x86_64")).is_some()
}

fn find(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return name.is_file().then(|| std::path::absolute(name).ok()).flatten();
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// The drives' images as QEMU opens them. Only what lies in the work folder is ever written: over any other disk goes an
/// overlay.
fn media(machine: &Machine, work: &Path, id: &str) -> Result<Vec<Option<Medium>>, Failure> {
    let mut media = Vec::new();
    for (number, drive) in machine.drives.iter().enumerate() {
        let Some(path) = &drive.medium else {
            if drive.kind == DriveKind::Disk {
                return Err(Failure::new(format!("disk {number} has no image")));
            }
            media.push(None);
            continue;
        };
        let path = std::path::absolute(path).map_err(|error| file::io(path, "cannot find", &error))?;
        media.push(Some(match drive.kind {
            DriveKind::Optical => Medium { path, format: "raw" },
            DriveKind::Disk if path.starts_with(work) => Medium { format: disk::format(&path)?, path },
            DriveKind::Disk => {
                let overlay = work.join(format!("overlay{number}.qcow2"));
                disk::create_overlay(&path, &overlay, id)?;
                Medium { path: overlay, format: "qcow2" }
            }
        }));
    }
    Ok(media)
}

/// What is to be said of disks from which many distributions' UEFI firmware does not start: OVMF has drivers for these controllers, which
/// are left out by default.
fn not_for_efi(machine: &Machine) -> Option<String> {
    use ControllerKind::{BusLogic, LsiLogic, LsiLogicSas, PvScsi};
    let disks = machine.drives.iter().filter(|drive| drive.kind == DriveKind::Disk);
    let kinds = disks.filter_map(|drive| machine.controllers.get(drive.controller)).map(|own| own.kind);
    let is_left_out = |kind| matches!(kind, PvScsi | LsiLogic | LsiLogicSas | BusLogic);
    (machine.firmware != Firmware::Bios && kinds.into_iter().any(is_left_out)).then(|| {
        "UEFI firmware for QEMU often has no driver for SCSI disks such as PVSCSI's, and then the machine does not start from \
         its disk: SATA and NVMe always work"
            .to_owned()
    })
}

fn writable(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .map_err(|error| file::io(path, "cannot set the mode of", &error))
}
