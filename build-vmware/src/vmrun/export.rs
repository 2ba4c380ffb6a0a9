//! From a machine that is off to the result.

use super::{Installation, Vmrun, run};
use crate::options::Options;
use crate::vmx::{self, Vmx};
use crate::{disks, result};
use hypervisor::flow::Site;
use record::{Build, Failure, file};
use std::fs;
use std::path::{Path, PathBuf};

/// What of a machine's files is part of the result (packer-plugin-vmware, `step_clean_files.go`).
const KEPT: [&str; 6] = ["nvram", "vmdk", "vmsd", "vmx", "vmxf", "vmsn"];

/// Writes the result into `into`: the machine's files, or an OVF or OVA.
///
/// # Errors
/// When VMware refuses, or a file cannot be written.
pub async fn export(
    options: &Options,
    installation: &Installation,
    driver: &Vmrun,
    site: &Site,
    into: &Path,
    build: &Build,
) -> Result<(), Failure> {
    driver.wait_for_locks(build).await?;
    let path = crate::platform::vmx_path(site, options);
    let mut vmx = vmx::read(&path)?;
    let temporary = crate::platform::temporary(site);
    let temporary: Vec<&Path> = temporary.iter().map(Path::new).collect();
    vmx::clean(&mut vmx, options, &temporary);
    vmx::finish(&mut vmx, options);
    vmx::write(&vmx, &path)?;
    if !options.keeps_files() {
        if options.vm.ovftool_options.is_empty() {
            return result::appliance(&vmx, &path, into, options, build).await;
        }
        return result::by_ovftool(&path, into, options, build).await;
    }
    if options.compacts() {
        compact(&vmx, &path, installation, build).await?;
    }
    if !options.vm.snapshot_name.is_empty() {
        let name = path.to_string_lossy();
        let words = ["-T", installation.kind, "snapshot", &name, &options.vm.snapshot_name];
        run(&installation.vmrun, &words, build).await?.or_fail("cannot make the snapshot")?;
    }
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    take(&folder, into)
}

/// Moves the result's files, and makes them readable for others: the password of the VNC server is gone.
fn take(folder: &Path, into: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |error| file::io(folder, "cannot move the machine's files from", &error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let kind = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if path.is_file() && KEPT.contains(&kind.to_ascii_lowercase().as_str()) {
            let to = into.join(path.file_name().unwrap_or_default());
            fs::rename(&path, &to).map_err(failed)?;
            fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).map_err(failed)?;
        }
    }
    Ok(())
}

/// Compacts the machine's own disks. Those of a linked clone cannot be.
async fn compact(vmx: &Vmx, path: &Path, installation: &Installation, build: &Build) -> Result<(), Failure> {
    let Some(manager) = &installation.disk_manager else { return Ok(()) };
    let folder = path.parent().unwrap_or(Path::new("/"));
    let step = build.step("compact disks");
    for disk in own_disks(vmx, folder)? {
        let name = disk.to_string_lossy();
        for operation in ["-d", "-k"] {
            let said = run(manager, &[operation, &name], build).await?;
            said.or_fail(&format!("cannot compact {name}"))?;
        }
    }
    step.done();
    Ok(())
}

/// The machine's disks that lie in its folder and are no children of others.
fn own_disks(vmx: &Vmx, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let disks = disks::of(vmx, folder)?;
    Ok(disks.into_iter().filter(|disk| disk.parent() == Some(folder) && !is_child(disk)).collect())
}

/// Whether a disk only holds what differs from another one: its descriptor names a parent.
fn is_child(disk: &Path) -> bool {
    use std::io::Read;
    let mut start = Vec::new();
    let read = fs::File::open(disk).and_then(|file| file.take(64 << 10).read_to_end(&mut start));
    let text = String::from_utf8_lossy(&start);
    let names = |line: &str| {
        line.trim().to_ascii_lowercase().starts_with("parentcid")
            && !line.to_ascii_lowercase().contains("ffffffff")
    };
    read.is_ok() && text.lines().any(names)
}
