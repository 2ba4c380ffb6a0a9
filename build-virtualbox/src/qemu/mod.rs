//! The machine under QEMU: nothing of VirtualBox's is needed.
//!
//! The guest finds itself on VirtualBox's devices, and the appliance is written by [`image::appliance`].

mod apply;
mod export;
mod hardware;
mod source;

pub use export::export;

use crate::additions;
use crate::options::{Options, Origin};
use hypervisor::flow::{Media, Site};
use hypervisor::qemu::{self, Qemu, Target};
use image::machine::{Drive, DriveKind, Firmware, Machine};
use record::check::Problem;
use record::{Build, Failure};
use std::path::{Path, PathBuf};
use template::Late;

/// Looks whether QEMU is there, and what the machine needs of it.
pub async fn look(options: &Options, build: &Build) -> Vec<Problem> {
    if options.driver == "auto" && !qemu::is_installed() {
        let neither = Failure::new("neither VirtualBox nor QEMU is installed, or on PATH")
            .hint("install QEMU (Debian: qemu-system-x86, qemu-utils), or VirtualBox");
        return vec![Problem::new("driver", neither)];
    }
    let firmware = match &options.origin {
        Origin::New(parts) => hardware::firmware(&parts.0.firmware).unwrap_or_default(),
        _ => Firmware::Bios,
    };
    qemu::look(None, firmware, ("driver", "firmware"), build).await
}

/// Makes the machine in the work folder, switched off.
///
/// # Errors
/// When the appliance is none, or the machine not one that QEMU can be.
pub async fn create(
    options: &Options,
    site: &Site,
    media: &Media,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let mut machine = match &options.origin {
        Origin::New(parts) => hardware::new_machine(&options.settings.name, parts, site)?,
        Origin::Appliance(_) => source::unpack(options, site, media.image.as_deref(), build).await?,
        Origin::Existing(_) => {
            return Err(Failure::new("a machine of VirtualBox's own can only be run by VirtualBox"));
        }
    };
    let left = apply::lists(&mut machine, &[&options.common.vboxmanage, &options.common.vboxmanage_post])?;
    if !left.is_empty() {
        build.warn(format!("without VirtualBox these of vboxmanage are left out: {}", left.join("; ")));
    }
    if let (Origin::New(parts), Some(image)) = (&options.origin, &media.image) {
        hardware::insert(&mut machine, &parts.1.iso_interface, image, (13, (0, 1)));
    }
    let wanted = &options.additions;
    if wanted.guest_additions_mode == "attach"
        && let Some(image) = additions::fetch(None, options, late, build).await?
    {
        hardware::insert(&mut machine, &wanted.guest_additions_interface, &image, (14, (1, 0)));
    }
    if let Some(image) = &media.cd {
        let interface = match &options.origin {
            Origin::New(parts) => parts.1.iso_interface.as_str(),
            _ => "ide",
        };
        hardware::insert(&mut machine, interface, image, (15, (1, 1)));
    }
    machine.floppy.clone_from(&media.floppy);
    let ports = &options.ports;
    let wishes = qemu::Options {
        target: Target::VirtualBox,
        headless: options.common.headless,
        host_ports: Some((ports.host_port_min, ports.host_port_max)),
        ..qemu::Options::default()
    };
    Qemu::create(&machine, &wishes, &site.folder(), build).await?;
    Ok(())
}

/// The machine in a site's work folder.
pub fn driver(site: &Site, build: &Build) -> Qemu {
    Qemu::at(&site.folder(), build)
}

/// The disks among a machine's drives, with their indices.
fn disks(machine: &Machine) -> impl Iterator<Item = (usize, &Drive)> {
    machine.drives.iter().enumerate().filter(|(_, drive)| drive.kind == DriveKind::Disk)
}

/// The file of a new machine's disk.
fn disk_file(site: &Site, number: usize) -> PathBuf {
    site.file(&format!("disk-{number}.img"))
}

fn image_failure(what: &str, path: &Path, error: &image::Error) -> Failure {
    Failure::from_error(format!("{what} {}", path.display()), error)
}
