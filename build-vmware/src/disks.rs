//! Disks of a machine, read and written by Kiln itself.

use crate::failure;
use crate::options::Options;
use crate::vmx::Vmx;
use image::convert::{self, Layout, Written};
use image::disk::{Disk, Format, Opener};
use image::machine::{ControllerKind, DriveKind};
use image::vmdk::Adapter;
use record::{Build, Failure, file};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The disk files that a .vmx names, in the order in which the machine boots them.
///
/// # Errors
/// When the .vmx is not one that can be understood.
pub fn of(vmx: &Vmx, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let machine = image::vmx::to_machine(vmx).map_err(failure)?;
    let disks = machine.drives.into_iter().filter(|drive| drive.kind == DriveKind::Disk);
    Ok(disks.filter_map(|drive| drive.medium).map(|medium| folder.join(medium)).collect())
}

/// How a disk is written for `disk_type_id` (`vmware-vdiskmanager -t`).
pub fn layout(type_id: &str) -> Layout {
    match type_id {
        "0" => Layout::MonolithicSparse,
        "2" | "4" | "zeroedthick" | "eagerzeroedthick" => Layout::MonolithicFlat,
        "3" => Layout::SplitFlat,
        "5" => Layout::StreamOptimized,
        _ => Layout::SplitSparse,
    }
}

/// What a disk says that it hangs on.
pub fn adapter(kind: ControllerKind) -> Adapter {
    match kind {
        ControllerKind::Ide => Adapter::Ide,
        ControllerKind::BusLogic => Adapter::BusLogic,
        _ => Adapter::LsiLogic,
    }
}

/// Writes an empty disk of so many MB.
///
/// # Errors
/// When it cannot be written.
pub async fn empty(path: &Path, megabytes: u64, options: &Options, build: &Build) -> Result<(), Failure> {
    let raw = path.with_extension("raw");
    let made = std::fs::File::create(&raw).and_then(|file| file.set_len(megabytes << 20));
    made.map_err(|error| file::io(&raw, "cannot make a disk", &error))?;
    let adapter = match options.disks.disk_adapter_type.as_str() {
        "ide" => Adapter::Ide,
        "buslogic" => Adapter::BusLogic,
        _ => Adapter::LsiLogic,
    };
    let layout = layout(&options.disks.disk_type_id);
    let written = write(&raw, path, layout, adapter, build).await;
    let _ = std::fs::remove_file(&raw);
    written.map(drop)
}

/// Writes a disk anew, in another layout, without what is empty.
///
/// # Errors
/// When it cannot be read or written, and as an interruption when the build is cancelled.
pub async fn write(
    from: &Path,
    to: &Path,
    layout: Layout,
    adapter: Adapter,
    build: &Build,
) -> Result<Written, Failure> {
    let (from, to, build) = (from.to_owned(), to.to_owned(), build.clone());
    let work = tokio::task::spawn_blocking(move || {
        let disk = open(&from)?;
        let options = convert::Options { adapter, ..convert::Options::default() };
        let written = convert::convert(&disk, &to, layout, &options, &mut |done, total| {
            build.progress(done, Some(total), "bytes");
            if build.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        written.map_err(failure)
    });
    work.await.map_err(|error| Failure::from_error("a disk could not be written", &error))?
}

/// Opens a disk that a machine of ours wrote: the files that it stands upon may lie anywhere. A raw one is known by its name, since its
/// guest could have written another format's header into it.
///
/// # Errors
/// When it cannot be read.
pub fn open(path: &Path) -> Result<Disk, Failure> {
    let mut opener = Opener::new().files_anywhere();
    if path.extension().is_some_and(|extension| extension == "raw") {
        opener = opener.format(Format::Raw);
    }
    opener.open(path).map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::{adapter, layout};
    use image::convert::Layout;
    use image::machine::ControllerKind;
    use image::vmdk::Adapter;

    #[test]
    fn types_and_adapters() {
        let expected = [
            Layout::MonolithicSparse,
            Layout::SplitSparse,
            Layout::MonolithicFlat,
            Layout::SplitFlat,
            Layout::MonolithicFlat,
            Layout::StreamOptimized,
        ];
        let found: Vec<Layout> = (0..=5).map(|id: u32| layout(&id.to_string())).collect();
        assert_eq!(found, expected);
        assert_eq!(adapter(ControllerKind::Nvme), Adapter::LsiLogic);
        assert_eq!(adapter(ControllerKind::Ide), Adapter::Ide);
    }
}
