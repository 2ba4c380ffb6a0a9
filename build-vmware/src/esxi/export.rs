//! From a machine on the host that is off to the result here.

use super::{FOLDER, Host};
use crate::options::Options;
use crate::vmx::{self, Vmx};
use crate::{disks, result, source};
use hypervisor::flow::Site;
use image::machine::DriveKind;
use record::{Build, Failure};
use std::path::Path;

/// Downloads the machine's disks and writes the result into `into`.
///
/// # Errors
/// When the host refuses, or a file cannot be written.
pub async fn export(
    options: &Options,
    host: &Host,
    site: &Site,
    into: &Path,
    build: &Build,
) -> Result<(), Failure> {
    let folder = site.noted_text(FOLDER);
    let vmx = cleaned(options, host, site, build).await?;
    let mut vmx = vmx;
    let step = build.step("download disks");
    let machine = image::vmx::to_machine(&vmx).map_err(crate::failure)?;
    let found = machine.drives.iter().filter(|drive| drive.kind == DriveKind::Disk);
    let mut local = Vec::new();
    for (number, drive) in found.enumerate() {
        let Some(name) = &drive.medium else { continue };
        let file = site.file(&format!("disk-{number}.raw"));
        // What vmkfstools makes is a small descriptor and the disk itself beside it.
        let stem = name.with_extension("");
        host.download(&format!("{folder}/{}-flat.vmdk", stem.display()), &file, build).await?;
        local.push((name.clone(), file, machine.controllers[drive.controller].kind));
    }
    step.done();
    if !options.keeps_files() {
        for (name, file, _) in &local {
            source::rename(&mut vmx, &name.to_string_lossy(), &file.to_string_lossy());
        }
        return result::appliance(&vmx, &site.file("machine.vmx"), into, options, build).await;
    }
    for (number, (name, file, kind)) in local.iter().enumerate() {
        let new = options.disk_file(number);
        // Flat disks of ESXi's become what Workstation and Fusion would make by default.
        disks::write(file, &into.join(&new), disks::layout("1"), disks::adapter(*kind), build).await?;
        source::rename(&mut vmx, &name.to_string_lossy(), &new);
    }
    vmx.write(&into.join(format!("{}.vmx", options.vm.vm_name))).map_err(crate::failure)
}

/// The machine's .vmx as the result has it.
async fn cleaned(options: &Options, host: &Host, site: &Site, build: &Build) -> Result<Vmx, Failure> {
    let path = format!("{}/{}.vmx", site.noted_text(FOLDER), options.vm.vm_name);
    let mut vmx = Vmx::parse(&host.run(&["cat", &path], build).await?);
    let temporary = crate::platform::temporary(site);
    let temporary: Vec<&Path> = temporary.iter().map(Path::new).collect();
    vmx::clean(&mut vmx, options, &temporary);
    vmx::finish(&mut vmx, options);
    Ok(vmx)
}

/// Leaves the machine on the host as the result has it: for `keep_registered`.
///
/// # Errors
/// When the host refuses.
pub async fn keep(options: &Options, host: &Host, site: &Site, build: &Build) -> Result<(), Failure> {
    let path = format!("{}/{}.vmx", site.noted_text(FOLDER), options.vm.vm_name);
    let vmx = cleaned(options, host, site, build).await?;
    host.write(vmx.to_string(), &path, build).await?;
    if let Some(number) = host.number(&path, build).await? {
        host.run(&["vim-cmd", "vmsvc/reload", &number], build).await?;
        if !options.vm.snapshot_name.is_empty() {
            let name = &options.vm.snapshot_name;
            host.run(&["vim-cmd", "vmsvc/snapshot.create", &number, name], build).await?;
        }
    }
    Ok(())
}
