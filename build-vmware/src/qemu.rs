//! Machines under QEMU, with the devices that VMware's have; the result is written by Kiln.

use crate::options::{Options, Origin};
use crate::vmx::{self, Vmx};
use crate::{disks, failure, result, source};
use hypervisor::flow::{Media, Site};
use hypervisor::qemu::{self, Qemu, Target};
use image::machine::{Drive, DriveKind, Firmware, Machine};
use record::check::Problem;
use record::{Build, Failure};
use std::path::{Path, PathBuf};
use template::Late;
use template::options::builder::vmware::Hardware;

/// The machine's .vmx in the work folder.
const VMX: &str = "machine.vmx";

/// Looks whether QEMU is here, and says what means nothing to it.
pub async fn look(options: &Options, build: &Build) -> Vec<Problem> {
    if options.vm.driver == "auto" && !qemu::is_installed() {
        let neither = Failure::new("neither vmrun nor qemu-system-x86_64 is here").hint(
            "install QEMU: 'apt install qemu-system-x86 qemu-utils' (Debian, Ubuntu), 'dnf install qemu-kvm qemu-img' (Fedora, Alma, Rocky)",
        );
        return vec![Problem::new("driver", neither)];
    }
    let mut firmware = Firmware::Bios;
    if let Origin::New(hardware) = &options.origin {
        warn(hardware, build);
        firmware = match hardware.firmware.as_str() {
            "efi" => Firmware::Efi,
            "efi-secure" => Firmware::EfiSecure,
            _ => Firmware::Bios,
        };
    }
    if !options.vm.snapshot_name.is_empty() {
        build.warn("snapshot_name: QEMU makes no snapshots of VMware's, so the result has none");
    }
    qemu::look(None, firmware, ("driver", "firmware"), build).await
}

/// Says which options mean nothing while QEMU runs the machine.
fn warn(hardware: &Hardware, build: &Build) {
    let without: Vec<&str> = [
        ("network (QEMU's user network is used while it is built)", hardware.network != "nat"),
        ("serial", !matches!(hardware.serial.to_uppercase().as_str(), "" | "NONE")),
        ("parallel", !matches!(hardware.parallel.to_uppercase().as_str(), "" | "NONE")),
        ("sound", hardware.sound),
        ("usb", hardware.usb),
        ("vhv_enabled", hardware.vhv_enabled),
    ]
    .into_iter()
    .filter_map(|(name, given)| given.then_some(name))
    .collect();
    if !without.is_empty() {
        let names = without.join(", ");
        build.warn(format!(
            "the machine is built without what these options say, and the result has it: {names}"
        ));
    }
}

/// Makes the machine.
///
/// # Errors
/// When a source cannot be read, or the machine is not one that QEMU can be.
pub async fn create(
    options: &Options,
    site: &Site,
    media: &Media,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let folder = site.folder();
    let mut vmx = match &options.origin {
        Origin::New(hardware) => {
            vmx::make(options, hardware, &media.image.clone().unwrap_or_default(), late)?
        }
        Origin::Other(from) => {
            let mut vmx = source::read(Path::new(&from.source_path), &folder, options, build).await?;
            if from.linked {
                build.warn("linked: QEMU's result has disks of its own");
            }
            if !from.attach_snapshot.is_empty() {
                return Err(Failure::new(
                    "attach_snapshot needs vmrun: snapshots of VMware's are not read here",
                )
                .hint("leave it out to begin with the machine's present state"));
            }
            for number in 1..=options.disks.disk_additional_size.len() {
                let unit = vmx::free_unit(&vmx, options.disks.bus())?;
                vmx::disk_keys(&mut vmx, options.disks.bus(), unit, &options.disk_file(number));
            }
            vmx
        }
    };
    let tools = match options.vm.tools_mode.as_str() {
        "attach" => Some(crate::vmrun::tools(options, None)?),
        _ => None,
    };
    vmx::configure(&mut vmx, options, media, tools.as_deref(), None);
    let temporary: Vec<String> =
        media.cd.iter().chain(&tools).map(|path| path.display().to_string()).collect();
    site.note(crate::platform::TEMPORARY, temporary)?;
    vmx::write(&vmx, &site.file(VMX))?;
    let mut machine = image::vmx::to_machine(&vmx).map_err(failure)?;
    new_disks(&mut machine, options, &folder)?;
    let settings =
        qemu::Options { target: Target::VMware, headless: options.vm.headless, ..qemu::Options::default() };
    Qemu::create(&machine, &settings, &folder, build).await.map(drop)
}

/// Makes the disks that do not exist yet: those that are named without a folder.
fn new_disks(machine: &mut Machine, options: &Options, folder: &Path) -> Result<(), Failure> {
    let sizes: Vec<(String, u64)> = std::iter::once(options.disks.disk_size)
        .chain(options.disks.disk_additional_size.iter().copied())
        .enumerate()
        .map(|(number, size)| (options.disk_file(number), size))
        .collect();
    for Drive { medium, kind, .. } in &mut machine.drives {
        let Some(name) = medium.as_mut().filter(|name| *kind == DriveKind::Disk && name.is_relative()) else {
            continue;
        };
        let found = sizes.iter().find(|(file, size)| Path::new(file) == name.as_path() && *size > 0);
        let Some((_, megabytes)) = found else {
            return Err(Failure::new(format!(
                "the .vmx names the disk {}, which nobody makes",
                name.display()
            ))
            .hint("vmdk_name and disk_additional_size say which disks are made"));
        };
        let path = folder.join(name.with_extension("raw"));
        qemu::disk::create(&path, megabytes << 20)?;
        *name = path;
    }
    Ok(())
}

/// Writes the result into `into`: a .vmx with its disks, or an OVF or OVA.
///
/// # Errors
/// When a file cannot be read or written.
pub async fn export(options: &Options, site: &Site, into: &Path, build: &Build) -> Result<(), Failure> {
    let mut vmx = vmx::read(&site.file(VMX))?;
    let temporary = crate::platform::temporary(site);
    let temporary: Vec<&Path> = temporary.iter().map(Path::new).collect();
    vmx::clean(&mut vmx, options, &temporary);
    let files = Qemu::at(&site.folder(), build).disks()?;
    let named = named(&vmx)?;
    if files.len() != named.len() {
        return Err(
            Failure::new("the machine's disks are not those of its .vmx").hint("report this as a bug")
        );
    }
    if !options.keeps_files() {
        for ((name, _), file) in named.iter().zip(&files) {
            source::rename(&mut vmx, &name.to_string_lossy(), &file.to_string_lossy());
        }
        vmx::finish(&mut vmx, options);
        return result::appliance(&vmx, &site.file(VMX), into, options, build).await;
    }
    for (number, ((name, kind), file)) in named.iter().zip(&files).enumerate() {
        let new = options.disk_file(number);
        let layout = disks::layout(&options.disks.disk_type_id);
        disks::write(file, &into.join(&new), layout, disks::adapter(*kind), build).await?;
        source::rename(&mut vmx, &name.to_string_lossy(), &new);
    }
    vmx.set("nvram", &format!("{}.nvram", options.vm.vm_name));
    vmx::finish(&mut vmx, options);
    vmx.write(&into.join(format!("{}.vmx", options.vm.vm_name))).map_err(failure)
}

/// The disks that a .vmx names, in the order in which [`image::vmx::to_machine`] gives them, and what they hang on.
fn named(vmx: &Vmx) -> Result<Vec<(PathBuf, image::machine::ControllerKind)>, Failure> {
    let machine = image::vmx::to_machine(vmx).map_err(failure)?;
    let disks = machine.drives.iter().filter(|drive| drive.kind == DriveKind::Disk);
    Ok(disks
        .filter_map(|drive| Some((drive.medium.clone()?, machine.controllers.get(drive.controller)?.kind)))
        .collect())
}
