//! OVF and OVA: written by Kiln, or by ovftool where the template has options for it.

use crate::options::Options;
use crate::vmrun;
use crate::vmx::Vmx;
use crate::{disks, failure};
use image::appliance::Appliance;
use image::machine::DriveKind;
use image::ovf::{Dialect, Style, Version};
use record::{Build, Failure};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Writes an appliance of a machine that is off. `path` is its .vmx, from which relative names count.
///
/// # Errors
/// When a disk cannot be read or a file not be written.
pub async fn appliance(
    vmx: &Vmx,
    path: &Path,
    into: &Path,
    options: &Options,
    build: &Build,
) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut machine = image::vmx::to_machine(vmx).map_err(failure)?;
    // The result has no floppy disk of ours, and its CD drives are empty.
    machine.floppy = None;
    let mut sources = Vec::new();
    for (number, drive) in machine.drives.iter_mut().enumerate() {
        match drive.kind {
            DriveKind::Optical => drive.medium = None,
            DriveKind::Disk => {
                let Some(disk) = &drive.medium else { continue };
                sources.push((number, disks::open(&folder.join(disk))?));
            }
        }
    }
    let style =
        Style { version: Version::V1, dialect: Dialect::VMware { hardware_version: options.vm.version } };
    let appliance = Appliance::new(machine, &options.vm.vm_name, sources, style);
    let target = into.join(format!("{}.{}", options.vm.vm_name, options.vm.format));
    let (is_ova, build) = (options.vm.format == "ova", build.clone());
    let work = tokio::task::spawn_blocking(move || {
        let mut progress = |done, total| {
            build.progress(done, Some(total), "bytes");
            if build.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let written = match is_ova {
            true => appliance.write_ova(&target, &mut progress).map(drop),
            false => appliance.write_ovf(&target, &mut progress).map(drop),
        };
        if build.is_cancelled() { Err(Failure::interrupted()) } else { written.map_err(failure) }
    });
    work.await.map_err(|error| Failure::from_error("the appliance could not be written", &error))?
}

/// Lets ovftool write the appliance, with the template's options (packer-plugin-vmware, `step_export.go`).
///
/// # Errors
/// When it is not installed, or fails.
pub async fn by_ovftool(vmx: &Path, into: &Path, options: &Options, build: &Build) -> Result<(), Failure> {
    let program = program().ok_or_else(|| {
        Failure::new("ovftool is not here, and ovftool_options need it")
            .hint("install VMware's OVF Tool, or leave out ovftool_options: Kiln writes OVF and OVA itself")
    })?;
    let target = into.join(format!("{}.{}", options.vm.vm_name, options.vm.format));
    let (from, to) = (vmx.to_string_lossy(), target.to_string_lossy());
    let mut words: Vec<&str> = options.vm.ovftool_options.iter().map(String::as_str).collect();
    words.extend([&*from, &*to]);
    let said = vmrun::run(&program, &words, build).await?;
    said.or_fail("ovftool failed").map(drop)
}

/// Where ovftool is: on `PATH`, or where Fusion has it.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("ovftool"));
    let fusion = Path::new("/Applications/VMware Fusion.app/Contents/Library/VMware OVF Tool/ovftool");
    found.find(|file| file.is_file()).or_else(|| Some(fusion.to_owned()).filter(|file| file.is_file()))
}
