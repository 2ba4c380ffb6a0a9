//! Makes the machine: disks, the .vmx, or a clone.

use super::{Installation, run};
use crate::options::{Options, Origin};
use crate::vmx::{self, Vmx};
use crate::{disks, source};
use hypervisor::flow::{Media, Site};
use image::convert::Layout;
use record::check::Problem;
use record::{Build, Failure, file};
use std::fs;
use std::path::{Path, PathBuf};
use template::Late;

/// Makes the machine in the folder `folder`; gives the path of its .vmx.
///
/// # Errors
/// When VMware refuses, or a file cannot be written.
pub async fn create(
    options: &Options,
    installation: &Installation,
    site: &Site,
    media: &Media,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let path = crate::platform::vmx_path(site, options);
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    fs::create_dir_all(&folder).map_err(|error| file::io(&folder, "cannot make the folder", &error))?;
    let vmx = match &options.origin {
        Origin::New(hardware) => {
            let sizes = std::iter::once(&options.disks.disk_size).chain(&options.disks.disk_additional_size);
            for (number, size) in sizes.enumerate() {
                let disk = folder.join(options.disk_file(number));
                make_disk(options, installation, &disk, *size, build).await?;
            }
            let image = media.image.clone().unwrap_or_default();
            vmx::make(options, hardware, &image, late)?
        }
        Origin::Other(source) => {
            copy(options, installation, source, &path, build).await?;
            let mut vmx = vmx::read(&path)?;
            for (number, size) in (1..).zip(&options.disks.disk_additional_size) {
                let disk = folder.join(options.disk_file(number));
                make_disk(options, installation, &disk, *size, build).await?;
                let unit = vmx::free_unit(&vmx, options.disks.bus())?;
                vmx::disk_keys(&mut vmx, options.disks.bus(), unit, &options.disk_file(number));
            }
            vmx
        }
    };
    write(vmx, options, installation, site, media, &path, build)
}

/// Looks whether VMware's programs are here, and the tools that are asked for; says the product's version.
pub async fn look(options: &Options, installation: Option<&Installation>, build: &Build) -> Vec<Problem> {
    let Some(installation) = installation else { return vec![Problem::new("driver", super::missing())] };
    let mut problems = Vec::new();
    match installation.version(build).await {
        Ok(version) => build.say(format!("{version} runs the machine")),
        Err(failure) => problems.push(Problem::new("driver", failure)),
    }
    if options.vm.wants_tools() {
        problems.extend(Problem::of("tools_mode", tools(options, Some(installation))));
    }
    problems
}

/// Sets what the build needs, and writes the .vmx.
fn write(
    mut vmx: Vmx,
    options: &Options,
    installation: &Installation,
    site: &Site,
    media: &Media,
    path: &Path,
    build: &Build,
) -> Result<(), Failure> {
    let tools = match options.vm.tools_mode.as_str() {
        "attach" => Some(tools(options, Some(installation))?),
        _ => None,
    };
    let vnc = if options.vnc.disable_vnc { None } else { Some(crate::vnc::choose(options, build)?) };
    vmx::configure(&mut vmx, options, media, tools.as_deref(), vnc.as_ref());
    let temporary: Vec<String> =
        media.cd.iter().chain(&tools).map(|path| path.display().to_string()).collect();
    site.note(crate::platform::TEMPORARY, temporary)?;
    vmx::write(&vmx, path)
}

/// The tools' image.
///
/// # Errors
/// When there is none.
pub fn tools(options: &Options, installation: Option<&Installation>) -> Result<PathBuf, Failure> {
    let own = &options.vm.tools_source_path;
    match installation {
        _ if !own.is_empty() => {
            let path = std::path::absolute(own).unwrap_or_else(|_| PathBuf::from(own));
            path.is_file()
                .then_some(path)
                .ok_or_else(|| Failure::new(format!("tools_source_path: there is no file '{own}'")))
        }
        Some(installation) => installation.tools(&options.vm.tools_upload_flavor),
        None => Err(Failure::new("VMware's tools come with its products")
            .hint("set tools_source_path to their image")),
    }
}

/// Makes an empty disk. Player has no program for that; then Kiln writes it.
async fn make_disk(
    options: &Options,
    installation: &Installation,
    path: &Path,
    megabytes: u64,
    build: &Build,
) -> Result<(), Failure> {
    let Some(manager) = &installation.disk_manager else {
        return disks::empty(path, megabytes, options, build).await;
    };
    let adapter = match options.disks.disk_adapter_type.as_str() {
        known @ ("ide" | "buslogic") => known,
        // "Pass lsilogic for other adapter types", its usage says.
        _ => "lsilogic",
    };
    let (size, name) = (format!("{megabytes}M"), path.to_string_lossy());
    let words = ["-c", "-s", &size, "-a", adapter, "-t", &options.disks.disk_type_id, &name];
    let said = run(manager, &words, build).await?;
    said.or_fail(&format!("cannot make the disk {}", path.display())).map(drop)
}

/// Makes the machine's files of those of another one.
async fn copy(
    options: &Options,
    installation: &Installation,
    source: &template::options::builder::vmware::Source,
    path: &Path,
    build: &Build,
) -> Result<(), Failure> {
    let from = fs::canonicalize(&source.source_path)
        .map_err(|error| file::io(Path::new(&source.source_path), "cannot read", &error))?;
    if from.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("vmx")) {
        return source::unpack(&from, path, Layout::MonolithicSparse, options, build).await;
    }
    let how = if source.linked { "linked" } else { "full" };
    let (from, to) = (from.to_string_lossy(), path.to_string_lossy());
    let snapshot = format!("-snapshot={}", source.attach_snapshot);
    let mut words = vec!["-T", installation.kind, "clone", &*from, &*to, how];
    if !source.attach_snapshot.is_empty() {
        words.push(&snapshot);
    }
    let said = run(&installation.vmrun, &words, build).await?;
    said.or_fail("cannot clone the source").map(drop).map_err(|failure| {
        failure
            .hint("the source must be off; a linked clone needs a snapshot and a licence that allows cloning")
    })
}
