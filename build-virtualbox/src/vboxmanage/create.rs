//! Makes the machine, of whatever it comes from, with its media.

use super::attach::{self, Slot};
use super::hardware::{self, Call, call};
use super::info::Info;
use super::system::{self, Version};
use super::{MACHINE, Program, existing, forward, import, lists};
use crate::additions;
use crate::options::{Options, Origin};
use hypervisor::flow::{Media, Site};
use record::{Build, Failure};
use std::path::{Path, PathBuf};
use template::Late;
use template::options::builder::virtualbox::{Devices, Disks, Hardware};

/// What the steps of making a machine share.
pub(super) struct Maker<'a> {
    pub(super) program: &'a Program,
    pub(super) options: &'a Options,
    pub(super) site: &'a Site,
    pub(super) build: &'a Build,
    pub(super) version: Version,
}

/// Makes the machine, switched off.
///
/// # Errors
/// What VirtualBox refuses.
pub async fn create(
    program: &Program,
    options: &Options,
    site: &Site,
    media: &Media,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let version = system::version(program, build).await?;
    let maker = Maker { program, options, site, build, version };
    if !options.common.headless {
        maker.silence().await?;
    }
    match &options.origin {
        Origin::New(parts) => maker.new_machine(parts).await?,
        Origin::Appliance(source) => import::import(&maker, source, media).await?,
        Origin::Existing(snapshots) => existing::prepare(&maker, snapshots).await?,
    }
    maker.media(media, late).await?;
    maker.remote_display().await?;
    forward::forward(&maker).await?;
    lists::run(program, &options.common.vboxmanage, late, build).await
}

impl Maker<'_> {
    /// The machine's UUID or name.
    pub(super) fn machine(&self) -> String {
        self.site.noted_text(MACHINE)
    }

    pub(super) async fn run(&self, calls: &[Call]) -> Result<(), Failure> {
        for call in calls {
            self.program.call(call, self.build).await?;
        }
        Ok(())
    }

    /// What VirtualBox says of the machine.
    pub(super) async fn info(&self) -> Result<Info, Failure> {
        let machine = self.machine();
        Info::of(self.program, &machine, self.build)
            .await?
            .ok_or_else(|| Failure::new(format!("VirtualBox has no machine '{machine}' any more")))
    }

    /// The folder in which the machine is made: the user's own where it is to stay.
    pub(super) fn base_folder(&self) -> Vec<String> {
        if self.options.common.keep_registered {
            return Vec::new();
        }
        vec!["--basefolder".to_owned(), self.site.folder().display().to_string()]
    }

    /// Keeps windows from asking (Packer's step).
    async fn silence(&self) -> Result<(), Failure> {
        for (key, value) in [
            ("GUI/RegistrationData", "triesLeft=0"),
            (
                "GUI/SuppressMessages",
                "confirmInputCapture,remindAboutAutoCapture,remindAboutMouseIntegrationOff,remindAboutMouseIntegrationOn,remindAboutWrongColorDepth",
            ),
            ("GUI/UpdateDate", "never"),
            ("GUI/UpdateCheckCount", "60"),
        ] {
            self.program.call(&["setextradata", "global", key, value], self.build).await?;
        }
        Ok(())
    }

    async fn new_machine(&self, parts: &(Hardware, Disks, Devices)) -> Result<(), Failure> {
        let (hardware, disks, devices) = parts;
        let uuid = uuid_of(self.build.id())?;
        self.site.note(MACHINE, uuid.as_str())?;
        let name = self.options.settings.name.as_str();
        let mut create = call(&["createvm", "--name", name, "--ostype", &hardware.guest_os_type]);
        create.extend(call(&["--register", "--uuid", &uuid]));
        create.extend(self.base_folder());
        self.run(&[create]).await?;
        self.run(&hardware::modify(&uuid, hardware, devices, &self.version)).await?;
        let folder = self.info().await?.folder();
        self.site.note("folder", folder.display().to_string())?;
        self.run(&hardware::disks(&uuid, name, &folder, disks)).await
    }

    /// Puts floppy disk and CDs into drives.
    async fn media(&self, media: &Media, late: &Late) -> Result<(), Failure> {
        let mut discs: Vec<(Slot, &str, PathBuf)> = Vec::new();
        if let (Origin::New(parts), Some(image)) = (&self.options.origin, &media.image) {
            discs.push((Slot::Boot, &parts.1.iso_interface, image.clone()));
        }
        let additions = &self.options.additions;
        if additions.guest_additions_mode == "attach" {
            let image = additions::fetch(Some(self.program), self.options, late, self.build).await?;
            discs.extend(
                image.map(|image| (Slot::Additions, additions.guest_additions_interface.as_str(), image)),
            );
        }
        if let Some(cd) = &media.cd {
            let interface = match &self.options.origin {
                Origin::New(parts) => parts.1.iso_interface.as_str(),
                _ => "ide",
            };
            discs.push((Slot::Cd, interface, cd.clone()));
        }
        for (slot, interface, image) in discs {
            attach::disc(self, slot, interface, &image).await?;
        }
        match &media.floppy {
            Some(image) => attach::floppy(self, image).await,
            None => Ok(()),
        }
    }

    /// Offers the machine's screen where VirtualBox has what it takes (Packer's step).
    async fn remote_display(&self) -> Result<(), Failure> {
        if !system::has_remote_display(self.program, self.build).await? {
            return Ok(());
        }
        let vrdp = &self.options.vrdp;
        let port =
            forward::free_port(self.build, (vrdp.vrdp_port_min, vrdp.vrdp_port_max), "vrdp_port", |port| {
                self.site.note("vrdp_port", port)
            })?;
        let (machine, port) = (self.machine(), port.to_string());
        let words =
            ["modifyvm", &machine, "--vrdeaddress", &vrdp.vrdp_bind_address, "--vrdeauthtype", "null"];
        let mut modify = call(&words);
        modify.extend(call(&["--vrde", "on", "--vrdeport", &port]));
        self.run(&[modify]).await?;
        self.build.say(format!("the machine's screen: {}:{port}", vrdp.vrdp_bind_address));
        Ok(())
    }
}

/// The build's id as a UUID: both are 128 bits.
pub(super) fn uuid_of(id: &str) -> Result<String, Failure> {
    let number: ulid::Ulid = id.parse().map_err(|_| Failure::new(format!("the id '{id}' is not a ULID")))?;
    let hex = format!("{:032x}", u128::from(number));
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Ok(parts.join("-"))
}

/// Whether a file lies in a folder.
pub(super) fn lies_in(file: &Path, folder: &Path) -> bool {
    !folder.as_os_str().is_empty() && file.starts_with(folder)
}
