//! What is this tool's own in the flow.

use crate::options::{Options, Origin};
use crate::{additions, qemu, vboxmanage};
use hypervisor::driver::AnyDriver;
use hypervisor::flow::{Exported, Media, Network, Platform, Settings, Site};
use record::check::Problem;
use record::{Build, Failure, Machine, Record};
use std::path::Path;
use std::time::Duration;
use template::Late;
use vboxmanage::Program;

/// How long VirtualBox needs after a machine's end until its session is closed (Packer's virtualbox plugin).
const SESSION: Duration = Duration::from_secs(2);

/// One build for VirtualBox.
#[derive(Debug, Clone)]
pub struct VirtualBox {
    options: Options,
    driver: Driver,
}

/// What runs the machine.
#[derive(Debug, Clone)]
enum Driver {
    /// VirtualBox itself.
    VboxManage(Program),
    /// QEMU.
    Qemu,
}

impl VirtualBox {
    /// Chooses the driver: that of the machine that exists, else what the options say, else VirtualBox where it is installed.
    fn choose(options: &Options, machine: Option<&str>, build: &Build) -> Result<Driver, Failure> {
        let wanted = machine.unwrap_or(&options.driver);
        let program = Program::find();
        let driver = match (wanted, program) {
            ("qemu", _) => Driver::Qemu,
            ("vboxmanage", Some(program)) => Driver::VboxManage(program),
            ("vboxmanage", None) => {
                return Err(Failure::new("VBoxManage is not installed, or not on PATH").hint(
                    "install VirtualBox, or set driver to \"qemu\", which needs nothing of it (virtualbox-iso, virtualbox-ovf)",
                ));
            }
            (_, Some(program)) => Driver::VboxManage(program),
            (_, None) => Driver::Qemu,
        };
        if machine.is_none() && options.driver == "auto" {
            build.say(match driver {
                Driver::VboxManage(_) => "driver: VirtualBox",
                Driver::Qemu => "driver: QEMU, since VirtualBox is not installed",
            });
        }
        Ok(driver)
    }
}

impl Platform for VirtualBox {
    const TOOL: &'static str = "build-virtualbox";
    const TYPES: &'static [&'static str] = &["virtualbox-iso", "virtualbox-ovf", "virtualbox-vm"];

    fn open(record: &Record, driver: Option<&str>, build: &Build) -> Result<Self, Failure> {
        let mut options = Options::read(record)?;
        let driver = Self::choose(&options, driver, build)?;
        let delay = &mut options.settings.control.post_shutdown_delay;
        if matches!(driver, Driver::VboxManage(_)) && delay.is_zero() {
            *delay = template::Duration::seconds(SESSION.as_secs().cast_signed());
        }
        Ok(Self { options, driver })
    }

    fn driver_name(&self) -> &'static str {
        match self.driver {
            Driver::VboxManage(_) => "vboxmanage",
            Driver::Qemu => "qemu",
        }
    }

    fn settings(&self) -> &Settings {
        &self.options.settings
    }

    async fn look(&self, build: &Build) -> Vec<Problem> {
        match &self.driver {
            Driver::VboxManage(program) => vboxmanage::look(program, &self.options, build).await,
            Driver::Qemu => qemu::look(&self.options, build).await,
        }
    }

    async fn network(&self, _build: &Build) -> Result<Network, Failure> {
        Ok(Network::NAT)
    }

    async fn create(&self, site: &Site, media: &Media, late: &Late, build: &Build) -> Result<(), Failure> {
        match &self.driver {
            Driver::VboxManage(program) => {
                vboxmanage::create(program, &self.options, site, media, late, build).await
            }
            Driver::Qemu => qemu::create(&self.options, site, media, late, build).await,
        }
    }

    fn driver(&self, site: &Site, build: &Build) -> Box<dyn AnyDriver> {
        match &self.driver {
            Driver::VboxManage(program) => {
                let existing = matches!(self.options.origin, Origin::Existing(_));
                Box::new(vboxmanage::VboxManage::new(program, site, existing, self.options.common.headless))
            }
            Driver::Qemu => Box::new(qemu::driver(site, build)),
        }
    }

    async fn answered(&self, machine: &Machine, late: &Late, build: &Build) -> Result<(), Failure> {
        let program = match &self.driver {
            Driver::VboxManage(program) => Some(program),
            Driver::Qemu => None,
        };
        additions::upload(program, &self.options, machine, late, build).await
    }

    async fn export(&self, site: &Site, into: &Path, late: &Late, build: &Build) -> Result<(), Failure> {
        match &self.driver {
            Driver::VboxManage(program) => {
                vboxmanage::export(program, &self.options, site, into, late, build).await
            }
            Driver::Qemu => qemu::export(&self.options, site, into, build).await,
        }
    }

    async fn exported(&self, site: &Site, late: &Late, build: &Build) -> Result<bool, Failure> {
        match &self.driver {
            Driver::VboxManage(program) => {
                vboxmanage::finished(program, &self.options, site, late, build).await
            }
            Driver::Qemu => Ok(false),
        }
    }

    /// Packer's virtualbox plugin: a constant.
    fn artifact(&self) -> Exported {
        Exported { builder_id: "mitchellh.virtualbox".to_owned(), id: "VM".to_owned(), ..Exported::default() }
    }
}
