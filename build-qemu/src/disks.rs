//! The machine's disks, in the work folder: new ones, or an overlay over the image.

use crate::qemu_img;
use crate::words;
use hypervisor::flow::Site;
use hypervisor::qemu::disk;
use record::{Build, Failure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use template::options::builder::qemu::Qemu;

/// A disk of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// Its file in the work folder.
    pub path: PathBuf,
    /// Its name in the result: the machine's, as with Packer, `-1` and so on after it for more disks.
    pub name: String,
    /// Its format while the machine runs.
    pub format: &'static str,
}

/// The disks that the options ask for.
pub fn of(options: &Qemu, site: &Site) -> Vec<Disk> {
    let result = if options.disks.format == "raw" { "raw" } else { "qcow2" };
    let count = options.disks.disk_additional_size.len() + 1;
    let disk = |number: usize| {
        let name = match number {
            0 => options.run.vm_name.clone(),
            _ => format!("{}-{number}", options.run.vm_name),
        };
        // An image stays as it is, below an overlay.
        let format = if number == 0 && options.disks.disk_image { "qcow2" } else { result };
        Disk { path: site.file(&name), name, format }
    };
    (0..count).map(disk).collect()
}

/// Makes the disks.
///
/// # Errors
/// When the image cannot be read, is larger than the disk is to be, or a disk cannot be written.
pub async fn make(
    options: &Qemu,
    disks: &[Disk],
    image: Option<&Path>,
    build: &Build,
) -> Result<(), Failure> {
    let sizes = std::iter::once(&options.disks.disk_size).chain(&options.disks.disk_additional_size);
    for (number, (disk, size)) in disks.iter().zip(sizes).enumerate() {
        match image.filter(|_| number == 0 && options.disks.disk_image) {
            Some(image) => overlay(options, disk, image, size, build).await?,
            None => {
                let mut arguments = words!["create", "-q", "-f", disk.format];
                arguments.extend(options.run.qemu_img_args.create.iter().map(OsString::from));
                arguments.extend(words![&disk.path, size]);
                qemu_img::run(arguments, build).await?;
            }
        }
    }
    Ok(())
}

async fn overlay(
    options: &Qemu,
    disk: &Disk,
    image: &Path,
    size: &str,
    build: &Build,
) -> Result<(), Failure> {
    let mut arguments = words!["create", "-q", "-f", disk.format, "-F", disk::format(image)?, "-b", image];
    arguments.extend(options.run.qemu_img_args.create.iter().map(OsString::from));
    arguments.push(disk.path.clone().into());
    qemu_img::run(arguments, build).await?;
    if options.disks.skip_resize_disk {
        return Ok(());
    }
    let mut arguments = words!["resize", "-q", "-f", disk.format];
    arguments.extend(options.run.qemu_img_args.resize.iter().map(OsString::from));
    arguments.extend(words![&disk.path, size]);
    qemu_img::run(arguments, build).await.map_err(|failure| {
        failure.hint("is disk_size smaller than the image? raise it, or set skip_resize_disk")
    })
}
