//! The machine that another one is made of: a .vmx, .ovf or .ova file, read by Kiln itself.

use crate::options::Options;
use crate::vmx::{self, Vmx};
use crate::{disks, failure};
use image::convert::Layout;
use image::machine::DriveKind;
use record::{Build, Failure, file};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

/// The .vmx of a source; its disks are named by absolute paths. An .ova is unpacked into `work`.
///
/// # Errors
/// When it cannot be read, or names a file where it must not.
pub async fn read(from: &Path, work: &Path, options: &Options, build: &Build) -> Result<Vmx, Failure> {
    let from = fs::canonicalize(from).map_err(|error| file::io(from, "cannot read", &error))?;
    if is(&from, "vmx") {
        let mut vmx = vmx::read(&from)?;
        absolute(&mut vmx, from.parent().unwrap_or(Path::new("/")))?;
        return Ok(vmx);
    }
    let (into, build) = (work.join("source"), build.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let opened = image::appliance::open(&from, &into, &mut |done, total| {
            build.progress(done, Some(total), "bytes");
            if build.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if build.is_cancelled() { Err(Failure::interrupted()) } else { opened.map_err(failure) }
    });
    let opened =
        opened.await.map_err(|error| Failure::from_error("the source could not be read", &error))??;
    let mut machine = opened.envelope.machine;
    for drive in machine.drives.iter_mut().filter(|drive| drive.kind == DriveKind::Optical) {
        drive.medium = None;
    }
    for nic in &mut machine.nics {
        // The networks of an appliance have names of their own; Workstation puts all on NAT when it imports one.
        "nat".clone_into(&mut nic.network);
    }
    image::vmx::from_machine(&machine, options.vm.version).map_err(failure)
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Names disks by absolute paths.
fn absolute(vmx: &mut Vmx, folder: &Path) -> Result<(), Failure> {
    let machine = image::vmx::to_machine(vmx).map_err(failure)?;
    let disks = machine.drives.into_iter().filter(|drive| drive.kind == DriveKind::Disk);
    for name in disks.filter_map(|drive| drive.medium) {
        rename(vmx, &name.to_string_lossy(), &folder.join(&name).to_string_lossy());
    }
    Ok(())
}

/// Names a disk's file anew.
pub fn rename(vmx: &mut Vmx, old: &str, new: &str) {
    let keys: Vec<String> = vmx
        .iter()
        .filter(|(key, value)| key.to_ascii_lowercase().ends_with(".filename") && value == old)
        .map(|(key, _)| key.to_owned())
        .collect();
    for key in keys {
        vmx.set(&key, new);
    }
}

/// Makes the files of a machine of an appliance: its disks in this layout, and the .vmx.
///
/// # Errors
/// See [`read`]; and when a disk cannot be written.
pub async fn unpack(
    from: &Path,
    path: &Path,
    layout: Layout,
    options: &Options,
    build: &Build,
) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let step = build.step("import the source");
    let mut vmx = read(from, folder, options, build).await?;
    let machine = image::vmx::to_machine(&vmx).map_err(failure)?;
    let found = machine.drives.iter().filter(|drive| drive.kind == DriveKind::Disk);
    for (number, drive) in found.enumerate() {
        let Some(disk) = &drive.medium else { continue };
        let name = match number {
            0 => format!("{}.vmdk", options.vm.vm_name),
            number => format!("{}-{number}.vmdk", options.vm.vm_name),
        };
        let adapter = disks::adapter(machine.controllers[drive.controller].kind);
        disks::write(disk, &folder.join(&name), layout, adapter, build).await?;
        rename(&mut vmx, &disk.to_string_lossy(), &name);
    }
    let _ = fs::remove_dir_all(folder.join("source"));
    vmx.set("nvram", &format!("{}.nvram", options.vm.vm_name));
    vmx::write(&vmx, path)?;
    step.done();
    Ok(())
}
