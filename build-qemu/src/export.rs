//! From the machine's disks to the result.

use crate::disks::{self, Disk};
use crate::platform::VARIABLES;
use crate::qemu_img;
use crate::words;
use hypervisor::flow::Site;
use record::{Build, Failure, file};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use template::options::builder::qemu::Qemu;

/// Writes the disks into the folder `into`, under the names and in the format that the template asks for.
///
/// # Errors
/// When one cannot be written.
pub async fn export(options: &Qemu, site: &Site, into: &Path, build: &Build) -> Result<(), Failure> {
    for disk in disks::of(options, site) {
        let target = into.join(&disk.name);
        if is_copied(options, &disk) {
            convert(options, &disk, &target, build).await?;
        } else {
            fs::rename(&disk.path, &target).map_err(|error| file::io(&disk.path, "cannot move", &error))?;
        }
    }
    let variables = site.file(VARIABLES);
    if variables.exists() && !options.firmware.efi_drop_efivars {
        let target = into.join("efivars.fd");
        fs::rename(&variables, target).map_err(|error| file::io(&variables, "cannot move", &error))?;
    }
    Ok(())
}

/// Whether a disk is written anew: without what was deleted in it, compressed, without its backing file, or in another format.
fn is_copied(options: &Qemu, disk: &Disk) -> bool {
    let wanted = &options.disks;
    let overlay = wanted.disk_image && disk.name == options.run.vm_name;
    !wanted.skip_compaction
        || wanted.disk_compression
        || disk.format != wanted.format
        || (overlay && !wanted.use_backing_file)
}

async fn convert(options: &Qemu, disk: &Disk, target: &Path, build: &Build) -> Result<(), Failure> {
    let mut arguments = words!["convert", "-p", "-f", disk.format, "-O", &options.disks.format];
    if options.disks.disk_compression {
        arguments.push("-c".into());
    }
    arguments.extend(options.run.qemu_img_args.convert.iter().map(OsString::from));
    arguments.extend(words![&disk.path, target]);
    qemu_img::run(arguments, build).await
}
