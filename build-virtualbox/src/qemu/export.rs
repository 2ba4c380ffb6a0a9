//! From the machine's disks to its appliance.

use super::{apply, disks, hardware, image_failure, source};
use crate::options::{Options, Origin};
use hypervisor::flow::Site;
use hypervisor::qemu::Qemu;
use image::appliance::Appliance;
use image::disk::Opener;
use image::machine::{DriveKind, Machine};
use image::manifest::Algorithm;
use image::ovf::{Dialect, Product, Style, Version};
use record::{Build, Failure};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Writes the appliance into the folder `into`, as VirtualBox would.
///
/// # Errors
/// When a disk cannot be read, or the appliance not be written.
pub async fn export(options: &Options, site: &Site, into: &Path, build: &Build) -> Result<(), Failure> {
    let mut machine = match &options.origin {
        Origin::New(parts) => {
            let (hardware, disks, devices) = &**parts;
            let count = disks.disk_additional_size.len() + 1;
            hardware::describe(&options.settings.name, hardware, disks, devices, count)
        }
        _ => source::described(options, site)?,
    };
    apply::lists(&mut machine, &[&options.common.vboxmanage, &options.common.vboxmanage_post])?;
    machine.drives.retain(|drive| drive.kind == DriveKind::Disk);
    machine.floppy = None;
    if options.export.bundle_iso {
        build.warn("bundle_iso: without VirtualBox the boot CD does not go into the result");
    }
    if options.common.keep_registered {
        build.warn("keep_registered: without VirtualBox there is nothing in which the machine could stay");
    }
    let wishes = Wishes::read(&options.export.export_opts)?;
    if !wishes.left.is_empty() {
        let left = wishes.left.join(" ");
        build.warn(format!("without VirtualBox these of export_opts are left out: {left}"));
    }
    let files = Qemu::at(&site.folder(), build).disks()?;
    let export = &options.export;
    let path = into.join(format!("{}.{}", export.output_filename, export.format));
    let (build, base) = (build.clone(), export.output_filename.clone());
    let work = tokio::task::spawn_blocking(move || write(machine, wishes, &files, &base, &path, &build));
    work.await.map_err(|error| Failure::from_error("the appliance was not written", &error))?
}

fn write(
    machine: Machine,
    wishes: Wishes,
    files: &[PathBuf],
    base: &str,
    path: &Path,
    build: &Build,
) -> Result<(), Failure> {
    let mut sources = Vec::new();
    for ((index, _), file) in disks(&machine).zip(files) {
        let disk = Opener::new().files_anywhere().open(file);
        sources.push((index, disk.map_err(|error| image_failure("cannot read the disk", file, &error))?));
    }
    let style = Style { version: wishes.version, dialect: Dialect::VirtualBox };
    let mut appliance = Appliance::new(machine, base, sources, style);
    appliance.manifest = wishes.manifest.then_some(Algorithm::Sha256);
    appliance.envelope.product = wishes.product;
    let mut progress = |done, total| {
        build.progress(done, Some(total), "bytes");
        if build.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let written = if path.extension().is_some_and(|extension| extension == "ova") {
        appliance.write_ova(path, &mut progress).map(drop)
    } else {
        appliance.write_ovf(path, &mut progress).map(drop)
    };
    if build.is_cancelled() {
        return Err(Failure::interrupted());
    }
    written.map_err(|error| image_failure("cannot write", path, &error))
}

/// What `export_opts` asks for (`VBoxManage export`).
#[derive(Debug, Default, PartialEq, Eq)]
struct Wishes {
    manifest: bool,
    version: Version,
    product: Product,
    /// What is not understood here.
    left: Vec<String>,
}

impl Wishes {
    fn read(words: &[String]) -> Result<Self, Failure> {
        let mut wishes = Self::default();
        // A list of one text with several words is accepted by Packer as well as one word each.
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            match name {
                "--manifest" => wishes.manifest = true,
                "--ovf20" => wishes.version = Version::V2,
                "--ovf10" => {}
                _ => {
                    let product = &mut wishes.product;
                    let field = match name {
                        "--product" => Some(&mut product.product),
                        "--producturl" => Some(&mut product.product_url),
                        "--vendor" => Some(&mut product.vendor),
                        "--vendorurl" => Some(&mut product.vendor_url),
                        "--version" => Some(&mut product.version),
                        "--description" => Some(&mut product.description),
                        "--eula" => Some(&mut product.eula),
                        _ => None,
                    };
                    let takes_value = field.is_some() || matches!(name, "--vsys" | "--eulafile");
                    let value = match given {
                        Some(value) => value,
                        None if takes_value => words.next().unwrap_or_default(),
                        None => "",
                    };
                    match (field, name) {
                        (Some(field), _) => *field = Some(value.to_owned()),
                        (None, "--vsys") => {}
                        (None, "--eulafile") => {
                            let path = Path::new(value);
                            let text = std::fs::read_to_string(path).map_err(|error| {
                                record::file::io(path, "export_opts: cannot read", &error)
                            })?;
                            wishes.product.eula = Some(text);
                        }
                        (None, _) => wishes.left.push(word.to_owned()),
                    }
                }
            }
        }
        Ok(wishes)
    }
}

#[cfg(test)]
mod tests {
    use super::Wishes;
    use image::ovf::Version;

    fn read(words: &[&str]) -> Wishes {
        Wishes::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn export_options_are_read() {
        let wishes =
            read(&["--manifest", "--vsys", "0", "--product", "Web", "--version=1.2", "--iso", "--ovf20"]);
        assert!(wishes.manifest);
        assert_eq!(wishes.version, Version::V2);
        assert_eq!(wishes.product.product.as_deref(), Some("Web"));
        assert_eq!(wishes.product.version.as_deref(), Some("1.2"));
        assert_eq!(wishes.left, ["--iso"]);
        assert_eq!(read(&[]), Wishes::default());
    }

    #[test]
    fn a_licence_that_is_not_there_is_an_error() {
        let words = ["--eulafile".to_owned(), "/nowhere/licence.txt".to_owned()];
        let failure = Wishes::read(&words).unwrap_err();
        assert!(failure.message.starts_with("export_opts: cannot read /nowhere/licence.txt"));
    }
}
