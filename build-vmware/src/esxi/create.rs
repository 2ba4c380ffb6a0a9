//! Makes the machine on the host.

use super::{CACHED, FOLDER, Host};
use crate::options::{Options, Origin};
use crate::vmx::{self, Vmx, Vnc};
use crate::{disks, failure};
use hypervisor::flow::{Media, Site};
use record::check::Problem;
use record::{Build, Failure};
use std::path::{Path, PathBuf};
use template::Late;

/// Looks whether the host answers and tells guests' addresses, and whether there is room for the machine; says what the host is.
pub async fn look(options: &Options, host: &Host, build: &Build) -> Vec<Problem> {
    let version = match host.table(&["system", "version", "get"], build).await {
        Ok(version) => version,
        Err(failure) => return vec![Problem::new("remote_host", failure)],
    };
    let said = |column| version.all(column).first().copied().unwrap_or_default().to_owned();
    build.say(format!("{} {} on {} runs the machine", said("Product"), said("Version"), host.name()));
    let mut problems = Vec::new();
    if options.vm.wants_tools() && options.vm.tools_source_path.is_empty() {
        let none = Failure::new("the tools' image of an ESXi host is not read")
            .hint("install open-vm-tools in the guest, or set tools_source_path");
        problems.push(Problem::new("tools_mode", none));
    }
    problems.extend(Problem::of("remote_host", tells_addresses(host, build).await));
    let datastore = format!("/vmfs/volumes/{}", options.remote.remote_datastore);
    if host.run(&["test", "-d", &datastore], build).await.is_err() {
        let none = Failure::new(format!("{} has no datastore {datastore}", host.name()))
            .hint("'esxcli storage filesystem list' shows them there");
        problems.push(Problem::new("remote_datastore", none));
    }
    problems.extend(Problem::of("remote_output_directory", is_free(options, host, build).await));
    problems
}

/// Checks that the host knows its guests' addresses.
async fn tells_addresses(host: &Host, build: &Build) -> Result<(), Failure> {
    let hack =
        host.table(&["system", "settings", "advanced", "list", "-o", "/Net/GuestIPHack"], build).await?;
    if hack.all("IntValue").first().is_some_and(|value| *value == "1") {
        return Ok(());
    }
    Err(Failure::new(format!("{} does not tell guests' addresses: Net/GuestIPHack is not 1", host.name()))
        .hint("run there: esxcli system settings advanced set -o /Net/GuestIPHack -i 1"))
}

/// The machine's folder on the host, where nothing is yet.
async fn is_free(options: &Options, host: &Host, build: &Build) -> Result<String, Failure> {
    let remote = &options.remote;
    let folder = format!("/vmfs/volumes/{}/{}", remote.remote_datastore, remote.remote_output_directory);
    if host.run(&["test", "!", "-e", &folder], build).await.is_err() {
        return Err(Failure::new(format!("{folder} exists already on {}", host.name()))
            .hint("choose another remote_output_directory or vm_name, or remove it there"));
    }
    Ok(folder)
}

/// Makes and registers the machine.
///
/// # Errors
/// When the host refuses.
pub async fn create(
    options: &Options,
    host: &Host,
    site: &Site,
    media: &Media,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let folder = is_free(options, host, build).await?;
    site.note(FOLDER, folder.as_str())?;
    host.run(&["mkdir", "-p", &folder], build).await?;
    let there = Media {
        image: None,
        floppy: up(host, &folder, &media.floppy, build).await?,
        cd: up(host, &folder, &media.cd, build).await?,
    };
    let vmx = match &options.origin {
        Origin::New(hardware) => {
            let image = installer(options, host, site, media, build).await?;
            let sizes = std::iter::once(&options.disks.disk_size).chain(&options.disks.disk_additional_size);
            for (number, size) in sizes.enumerate() {
                make_disk(options, host, &format!("{folder}/{}", options.disk_file(number)), *size, build)
                    .await?;
            }
            let mut vmx = vmx::make(options, hardware, Path::new(&image), late)?;
            let network = Some(hardware.network_name.as_str()).filter(|name| !name.is_empty());
            vmx.set("ethernet0.networkName", network.unwrap_or("VM Network"));
            vmx.remove("ethernet0.connectionType");
            vmx
        }
        Origin::Other(source) => copy(options, host, &source.source_path, &folder, build).await?,
    };
    register(vmx, options, host, site, (&folder, &there), build).await
}

/// Sets what the build needs, uploads the .vmx, registers the machine.
async fn register(
    mut vmx: Vmx,
    options: &Options,
    host: &Host,
    site: &Site,
    (folder, media): (&str, &Media),
    build: &Build,
) -> Result<(), Failure> {
    let vnc = if options.vnc.disable_vnc { None } else { Some(vnc(options, host, build).await?) };
    vmx::configure(&mut vmx, options, media, None, vnc.as_ref());
    let temporary: Vec<String> = media.cd.iter().map(|path| path.display().to_string()).collect();
    site.note(crate::platform::TEMPORARY, temporary)?;
    let path = format!("{folder}/{}.vmx", options.vm.vm_name);
    host.write(vmx.to_string(), &path, build).await?;
    host.run(&["vim-cmd", "solo/registervm", &path], build).await.map(drop)
}

/// Copies a medium into the machine's folder.
async fn up(
    host: &Host,
    folder: &str,
    file: &Option<PathBuf>,
    build: &Build,
) -> Result<Option<PathBuf>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let to = format!("{folder}/{name}");
    host.upload(file, &to, build).await?;
    Ok(Some(PathBuf::from(to)))
}

/// Copies the installer's CD into the host's cache, unless it is there.
async fn installer(
    options: &Options,
    host: &Host,
    site: &Site,
    media: &Media,
    build: &Build,
) -> Result<String, Failure> {
    let Some(image) = &media.image else { return Ok(String::new()) };
    let remote = &options.remote;
    let cache = format!("/vmfs/volumes/{}/{}", remote.remote_cache_datastore, remote.remote_cache_directory);
    let step = build.step("upload the installer's CD");
    let (digest, extension) =
        (digest(image, build).await?, image.extension().unwrap_or_default().to_string_lossy());
    let path = format!("{cache}/{}.{extension}", &digest[..32]);
    if remote.cleanup_remote_cache {
        site.note(CACHED, path.as_str())?;
    }
    let is_there = |said: &Result<String, Failure>| said.as_ref().is_ok_and(|said| said.contains(&digest));
    if !is_there(&host.run(&["sha256sum", &path], build).await) {
        host.run(&["mkdir", "-p", &cache], build).await?;
        host.upload(image, &path, build).await?;
        let said = host.run(&["sha256sum", &path], build).await;
        if !is_there(&said) {
            return Err(Failure::new(format!("the installer's CD came to {} damaged", host.name())));
        }
    }
    step.done();
    Ok(path)
}

/// SHA-256 of a file.
async fn digest(path: &Path, build: &Build) -> Result<String, Failure> {
    let (path, build) = (path.to_owned(), build.clone());
    let work = tokio::task::spawn_blocking(move || {
        let file =
            std::fs::File::open(&path).map_err(|error| record::file::io(&path, "cannot read", &error))?;
        if build.is_cancelled() {
            return Err(Failure::interrupted());
        }
        image::manifest::digest(image::manifest::Algorithm::Sha256, file)
            .map_err(|error| record::file::io(&path, "cannot read", &error))
    });
    work.await.map_err(|error| Failure::from_error("a file could not be read", &error))?
}

/// Makes an empty disk.
async fn make_disk(
    options: &Options,
    host: &Host,
    path: &str,
    megabytes: u64,
    build: &Build,
) -> Result<(), Failure> {
    let adapter = match options.disks.disk_adapter_type.as_str() {
        known @ ("ide" | "buslogic" | "pvscsi") => known,
        _ => "lsilogic",
    };
    let size = format!("{megabytes}m");
    host.run(&["vmkfstools", "-c", &size, "-d", &options.disks.disk_type_id, "-a", adapter, path], build)
        .await
        .map(drop)
}

/// Copies the disks of a machine of the host's, and gives the .vmx that goes with the copies.
async fn copy(
    options: &Options,
    host: &Host,
    source: &str,
    folder: &str,
    build: &Build,
) -> Result<Vmx, Failure> {
    let mut vmx = Vmx::parse(&host.run(&["cat", source], build).await?);
    let from = source.rsplit_once('/').map_or("", |(folder, _)| folder);
    let step = build.step("copy disks");
    for disk in disks::of(&vmx, Path::new(from))? {
        let name = disk.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (old, new) = (disk.to_string_lossy(), format!("{folder}/{name}"));
        host.run(&["vmkfstools", "-i", &old, "-d", &options.disks.disk_type_id, &new], build).await?;
        let short = disk.strip_prefix(from).unwrap_or(&disk).to_string_lossy().into_owned();
        crate::source::rename(&mut vmx, &short, &name);
        crate::source::rename(&mut vmx, &old, &name);
    }
    step.done();
    for (number, size) in (1..).zip(&options.disks.disk_additional_size) {
        let file = options.disk_file(number);
        make_disk(options, host, &format!("{folder}/{file}"), *size, build).await?;
        let unit = vmx::free_unit(&vmx, options.disks.bus())?;
        vmx::disk_keys(&mut vmx, options.disks.bus(), unit, &file);
    }
    // A registered machine with the same ids would be taken for the source.
    for keys in ["uuid.", "nvram"] {
        vmx.remove_all(keys);
    }
    image::vmx::to_machine(&vmx).map_err(failure)?;
    Ok(vmx)
}

/// Chooses port and password of the machine's VNC server: a port on which nothing on the host listens.
async fn vnc(options: &Options, host: &Host, build: &Build) -> Result<Vnc, Failure> {
    let listed = host.table(&["network", "ip", "connection", "list"], build).await?;
    let taken: Vec<u16> = listed
        .all("LocalAddress")
        .iter()
        .filter_map(|address| address.rsplit_once(':')?.1.parse().ok())
        .collect();
    crate::vnc::choose_on_host(options, &taken, build)
}
