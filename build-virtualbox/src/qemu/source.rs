//! The appliance that a machine is made of.

use super::{disks, image_failure};
use crate::options::Options;
use hypervisor::flow::Site;
use hypervisor::qemu::disk;
use image::appliance::{self, Opened};
use image::machine::Machine;
use record::{Build, Failure};
use std::ops::ControlFlow;
use std::path::Path;

/// Notes where the appliance's descriptor is.
const DESCRIPTOR: &str = "descriptor";

/// Unpacks the appliance into the work folder, and gives its machine with overlays of its disks: they stay as they are.
pub(super) async fn unpack(
    options: &Options,
    site: &Site,
    image: Option<&Path>,
    build: &Build,
) -> Result<Machine, Failure> {
    let Some(image) = image.map(Path::to_owned) else {
        return Err(Failure::new("the appliance was not fetched").hint("set source_path"));
    };
    let step = build.step("open the appliance");
    let (folder, site, progress) = (site.file("source"), site.clone(), build.clone());
    let name = options.settings.name.clone();
    let work = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder)
            .map_err(|error| record::file::io(&folder, "cannot make the folder", &error))?;
        let opened = appliance::open(&image, &folder, &mut |done, total| {
            progress.progress(done, Some(total), "bytes");
            if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if progress.is_cancelled() {
            return Err(Failure::interrupted());
        }
        let Opened { envelope, descriptor } =
            opened.map_err(|error| image_failure("cannot use the appliance", &image, &error))?;
        site.note(DESCRIPTOR, descriptor.display().to_string())?;
        let mut machine = Machine { name, ..envelope.machine };
        let bases: Vec<_> = disks(&machine).map(|(index, drive)| (index, drive.medium.clone())).collect();
        for (number, (index, base)) in bases.into_iter().enumerate() {
            let Some(base) = base else { continue };
            let overlay = site.file(&format!("disk-{number}.qcow2"));
            disk::create_overlay(&base, &overlay, progress.id())?;
            machine.drives[index].medium = Some(overlay);
        }
        machine.drives.retain(|drive| drive.medium.is_some());
        Ok(machine)
    });
    let machine =
        work.await.map_err(|error| Failure::from_error("the appliance was not opened", &error))??;
    step.done();
    Ok(machine)
}

/// The machine that the appliance described, for a process that exports it.
pub(super) fn described(options: &Options, site: &Site) -> Result<Machine, Failure> {
    let path = site.noted_text(DESCRIPTOR);
    let path = Path::new(&path);
    let text =
        std::fs::read_to_string(path).map_err(|error| record::file::io(path, "cannot read", &error))?;
    let envelope =
        image::ovf::read(&text).map_err(|error| image_failure("cannot use the appliance", path, &error))?;
    let mut machine = Machine { name: options.settings.name.clone(), ..envelope.machine };
    machine.drives.retain(|drive| drive.medium.is_some());
    Ok(machine)
}
