//! VirtualBox's guest additions and its version: where they come from, and their way into the guest.

use crate::options::Options;
use crate::vboxmanage::{self, Program};
use communicator::ssh::{Connection, Settings};
use hypervisor::iso::{self, Request};
use record::{Build, Failure, Machine};
use std::path::PathBuf;
use template::Late;
use template::steps::machine as steps;

/// Where VirtualBox's maker keeps them, a folder a version.
const MAKER: &str = "https://download.virtualbox.org/virtualbox";

/// The guest additions' CD: what the template names, else VirtualBox's own file. `None`, with a warning: there is no VirtualBox whose
/// additions they could be.
///
/// # Errors
/// When it cannot be had.
pub async fn fetch(
    program: Option<&Program>,
    options: &Options,
    late: &Late,
    build: &Build,
) -> Result<Option<PathBuf>, Failure> {
    let additions = &options.additions;
    let version = version(program, build).await?;
    let mut late = late.clone();
    late.set("Version", version.as_deref().unwrap_or_default());
    let url = late.render(&additions.guest_additions_url)?;
    if let (Some(program), true) = (program, url.is_empty())
        && let Some(file) = vboxmanage::additions_file(program, build).await?
    {
        return Ok(Some(file));
    }
    let (urls, checksum) = match (url.is_empty(), version) {
        (false, _) => (vec![url], String::new()),
        (true, Some(version)) => {
            let folder = format!("{MAKER}/{version}");
            (vec![format!("{folder}/VBoxGuestAdditions_{version}.iso")], format!("file:{folder}/SHA256SUMS"))
        }
        (true, None) => {
            build.warn(
                "the guest gets no guest additions: VirtualBox is not installed, and guest_additions_url does not say where they are",
            );
            return Ok(None);
        }
    };
    let checksum = match additions.guest_additions_sha256.as_str() {
        "" if checksum.is_empty() => "none".to_owned(),
        "" => checksum,
        given => format!("sha256:{given}"),
    };
    let request = Request {
        what: "guest additions".to_owned(),
        urls,
        checksum,
        target: None,
        extension: "iso".to_owned(),
        options: ("guest_additions_url", "guest_additions_sha256"),
    };
    iso::fetch(&request, build).await.map(Some)
}

/// VirtualBox's version, where there is VirtualBox: `{{.Version}}`.
async fn version(program: Option<&Program>, build: &Build) -> Result<Option<String>, Failure> {
    match program {
        Some(program) => Ok(Some(vboxmanage::version(program, build).await?.text)),
        None => Ok(None),
    }
}

/// Uploads what the template wants in the guest: VirtualBox's version, and its guest additions.
///
/// # Errors
/// When the guest cannot be logged in to, or does not take the files.
pub async fn upload(
    program: Option<&Program>,
    options: &Options,
    machine: &Machine,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let version_file = options.common.virtualbox_version_file.as_deref().unwrap_or_default();
    let uploads = options.additions.guest_additions_mode == "upload";
    if machine.communicator != "ssh" || (version_file.is_empty() && !uploads) {
        return Ok(());
    }
    if let (Some(virtualbox), false) = (program, version_file.is_empty()) {
        let version = vboxmanage::version(virtualbox, build).await?;
        let step = build.step(steps::UPLOAD_VERSION);
        let connection = connect(options, machine, build).await?;
        connection.write(version.text.into_bytes(), 0o644, version_file, build).await?;
        step.done();
    }
    if uploads { upload_additions(program, options, machine, late, build).await } else { Ok(()) }
}

async fn upload_additions(
    program: Option<&Program>,
    options: &Options,
    machine: &Machine,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let Some(image) = fetch(program, options, late, build).await? else { return Ok(()) };
    let step = build.step(steps::UPLOAD_ADDITIONS);
    let connection = connect(options, machine, build).await?;
    let mut late = late.clone();
    late.set("Version", version(program, build).await?.unwrap_or_default());
    let path = late.render(&options.additions.guest_additions_path)?;
    connection.upload(&image.display().to_string(), &path, build).await?;
    step.done();
    Ok(())
}

async fn connect(options: &Options, machine: &Machine, build: &Build) -> Result<Connection, Failure> {
    Connection::connect(Settings::new(&options.settings.base.communicator, machine)?, build).await
}
