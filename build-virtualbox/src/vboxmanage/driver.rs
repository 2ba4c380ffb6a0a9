//! The machine: what [`Driver`] asks of it.

use super::create::lies_in;
use super::info::Info;
use super::keyboard::ScanCodes;
use super::{MACHINE, Program, attach, existing, forward};
use hypervisor::driver::{Driver, Screen};
use hypervisor::flow::Site;
use hypervisor::keyboard::Keyboard;
use hypervisor::orphans;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long VirtualBox may take to stop a machine that it was told to switch off.
const OFF: Duration = Duration::from_secs(120);

/// A machine under VirtualBox.
#[derive(Debug)]
pub struct VboxManage {
    program: Program,
    site: Site,
    machine: String,
    /// Whether the machine is the user's own: it is never deleted.
    existing: bool,
    headless: bool,
}

impl VboxManage {
    /// The machine that the site's notes name.
    pub fn new(program: &Program, site: &Site, existing: bool, headless: bool) -> Self {
        let machine = site.noted_text(MACHINE);
        Self { program: program.clone(), site: site.clone(), machine, existing, headless }
    }

    async fn info(&self, build: &Build) -> Result<Option<Info>, Failure> {
        if self.machine.is_empty() {
            return Ok(None);
        }
        Info::of(&self.program, &self.machine, build).await
    }

    async fn control(&self, command: &[&str], build: &Build) -> Result<(), Failure> {
        let words = [&["controlvm", self.machine.as_str()], command].concat();
        self.program.call(&words, build).await.map(drop)
    }

    /// Removes disks that VirtualBox knows, but that are in no machine: made, and not yet attached.
    async fn close_disks(&self, folders: &[PathBuf], build: &Build) -> Result<(), Failure> {
        let said = self.program.call(&["list", "hdds"], build).await?;
        let files = said.lines().filter_map(|line| line.strip_prefix("Location:")).map(str::trim);
        for file in files.filter(|file| folders.iter().any(|folder| lies_in(Path::new(file), folder))) {
            self.program.try_call(&["closemedium", "disk", file, "--delete"], build).await?;
        }
        Ok(())
    }
}

impl Driver for VboxManage {
    fn name(&self) -> &'static str {
        "vboxmanage"
    }

    async fn start(&self, build: &Build) -> Result<(), Failure> {
        let kind = if self.headless { "headless" } else { "gui" };
        self.program.call(&["startvm", &self.machine, "--type", kind], build).await.map(drop)
    }

    async fn is_running(&self, build: &Build) -> Result<bool, Failure> {
        let info = self.info(build).await?;
        info.map(|info| info.is_running()).ok_or_else(|| {
            Failure::new(format!("VirtualBox has no machine '{}' any more", self.machine))
                .hint("was it removed, or is VBOX_USER_HOME another one than when it was made?")
        })
    }

    async fn reach(&self, guest_port: u16, _build: &Build) -> Result<Option<(String, u16)>, Failure> {
        let port = self.site.noted(forward::PORT).and_then(|port| port.as_u64());
        let port = port.and_then(|port| u16::try_from(port).ok()).unwrap_or(guest_port);
        Ok(Some(("127.0.0.1".to_owned(), port)))
    }

    async fn keyboard(&self, build: &Build) -> Result<Box<dyn Keyboard>, Failure> {
        let (program, machine, build) = (self.program.clone(), self.machine.clone(), build.clone());
        Ok(Box::new(ScanCodes { program, machine, build }))
    }

    /// VirtualBox gives a picture only.
    async fn screen(&self, build: &Build) -> Result<Screen, Failure> {
        let path = build.folder().file("screenshot.png");
        self.control(&["screenshotpng", &path.display().to_string()], build).await?;
        let png = std::fs::read(&path).map_err(|error| record::file::io(&path, "cannot read", &error))?;
        let _ = std::fs::remove_file(&path);
        Ok(Screen { png: Some(png), text: None })
    }

    async fn press_power_button(&self, build: &Build) -> Result<(), Failure> {
        self.control(&["acpipowerbutton"], build).await
    }

    async fn power_off(&self, build: &Build) -> Result<(), Failure> {
        if let Err(failure) = self.control(&["poweroff"], build).await
            && self.info(build).await?.is_some_and(|info| info.is_running())
        {
            return Err(failure);
        }
        Wait::new("the machine to be off", OFF)
            .every(Duration::from_millis(100), Duration::from_secs(1))
            .until(build, async || match self.info(build).await? {
                Some(info) if info.is_running() => {
                    Ok(Seen::NotYet(info.get("VMState").unwrap_or_default().to_owned()))
                }
                _ => Ok(Seen::Ready(())),
            })
            .await
    }

    async fn destroy(&self, build: &Build) -> Result<(), Failure> {
        // A call that hangs is ended, unless the machine is the user's own, and the call may be.
        orphans::outlive("VBoxManage", &self.machine, !self.existing, build).await?;
        let Some(info) = self.info(build).await? else {
            return self.close_disks(&[self.site.folder()], build).await;
        };
        if self.existing {
            if info.is_running() {
                self.power_off(build).await?;
            }
            attach::remove(&self.program, &self.site, &self.machine, true, build).await?;
            return existing::restore(&self.program, &self.site, &self.machine, build).await;
        }
        if info.is_running() {
            self.power_off(build).await?;
        }
        self.program.call(&["unregistervm", &self.machine, "--delete"], build).await?;
        let folder = PathBuf::from(self.site.noted_text("folder"));
        self.close_disks(&[self.site.folder(), folder], build).await
    }
}
