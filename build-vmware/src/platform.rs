//! What is this tool's own in the flow.

use crate::esxi::{self, Esxi, Host};
use crate::options::Options;
use crate::qemu;
use crate::vmrun::{self, Installation, Vmrun};
use communicator::ssh::{Connection, Settings as Ssh};
use hypervisor::driver::AnyDriver;
use hypervisor::flow::{Exported, Media, Network, Platform, Settings, Site};
use hypervisor::qemu::Qemu;
use record::check::Problem;
use record::{Build, Failure, Machine, Record};
use serde_json::{Map, Value};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use template::Late;
use template::steps::machine as steps;

/// Where the site's notes keep the images of CDs that only the build has.
pub const TEMPORARY: &str = "temporary_cds";
/// The machine's folder in the work folder.
const FOLDER: &str = "machine";

/// One build for VMware.
#[derive(Debug, Clone)]
pub struct VMware {
    options: Options,
    settings: Settings,
    driver: Driver,
}

/// What runs the machine.
#[derive(Debug, Clone)]
enum Driver {
    /// Workstation, Fusion or Player; nothing where it is gone by now.
    Vmrun(Option<Installation>),
    /// An ESXi host.
    Esxi(Host),
    /// QEMU.
    Qemu,
}

/// The machine's .vmx under vmrun.
pub fn vmx_path(site: &Site, options: &Options) -> PathBuf {
    site.file(FOLDER).join(format!("{}.vmx", options.vm.vm_name))
}

/// Images of CDs that only the build has.
pub fn temporary(site: &Site) -> Vec<String> {
    let noted = site.noted(TEMPORARY).and_then(|noted| serde_json::from_value(noted).ok());
    noted.unwrap_or_default()
}

impl VMware {
    /// Chooses the driver: that of the machine that exists, else what the options say, else VMware's own where it is installed.
    fn choose(options: &Options, machine: Option<&str>, build: &Build) -> Driver {
        let find = || Installation::find(&options.vm.fusion_app_path);
        let driver = match machine.unwrap_or(&options.vm.driver) {
            "qemu" => Driver::Qemu,
            "esxi" => Driver::Esxi(Host::new(&options.remote)),
            "vmrun" => Driver::Vmrun(find()),
            _ => find().map_or(Driver::Qemu, |found| Driver::Vmrun(Some(found))),
        };
        if machine.is_none() && options.vm.driver == "auto" {
            build.say(match driver {
                Driver::Vmrun(_) => "driver: vmrun",
                Driver::Esxi(_) => "driver: esxi",
                Driver::Qemu => "driver: QEMU, since nothing of VMware's is installed",
            });
        }
        driver
    }
}

impl Platform for VMware {
    const TOOL: &'static str = "build-vmware";
    const TYPES: &'static [&'static str] = &["vmware-iso", "vmware-vmx"];

    fn open(record: &Record, driver: Option<&str>, build: &Build) -> Result<Self, Failure> {
        let (options, settings) = Options::read(record)?;
        if !options.remote.remote_password.is_empty() {
            build.hide(&options.remote.remote_password);
        }
        let driver = Self::choose(&options, driver, build);
        Ok(Self { options, settings, driver })
    }

    fn driver_name(&self) -> &'static str {
        match self.driver {
            Driver::Vmrun(_) => "vmrun",
            Driver::Esxi(_) => "esxi",
            Driver::Qemu => "qemu",
        }
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn look(&self, build: &Build) -> Vec<Problem> {
        match &self.driver {
            Driver::Qemu => qemu::look(&self.options, build).await,
            Driver::Esxi(host) => esxi::look(&self.options, host, build).await,
            Driver::Vmrun(installation) => vmrun::look(&self.options, installation.as_ref(), build).await,
        }
    }

    async fn network(&self, _build: &Build) -> Result<Network, Failure> {
        let found = match &self.driver {
            Driver::Qemu => return Ok(Network::NAT),
            // The guest's network leads here as the host's does.
            Driver::Esxi(host) => vmrun::outgoing(host.name())
                .ok_or_else(|| Failure::new(format!("this computer has no route to {}", host.name()))),
            Driver::Vmrun(installation) => {
                let installation = installation.as_ref().ok_or_else(vmrun::missing)?;
                vmrun::host_address(&vmrun::network_of(&self.options)?, installation)
            }
        };
        match found {
            Ok(address) => Ok(Network { bind: address, host: address }),
            Err(_) if !self.settings.base.http.is_wanted() => {
                let none = IpAddr::V4(Ipv4Addr::LOCALHOST);
                Ok(Network { bind: none, host: none })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn create(&self, site: &Site, media: &Media, late: &Late, build: &Build) -> Result<(), Failure> {
        match &self.driver {
            Driver::Qemu => qemu::create(&self.options, site, media, late, build).await,
            Driver::Esxi(host) => esxi::create(&self.options, host, site, media, late, build).await,
            Driver::Vmrun(installation) => {
                let installation = installation.as_ref().ok_or_else(vmrun::missing)?;
                vmrun::create(&self.options, installation, site, media, late, build).await
            }
        }
    }

    fn driver(&self, site: &Site, build: &Build) -> Box<dyn AnyDriver> {
        match &self.driver {
            Driver::Qemu => Box::new(Qemu::at(&site.folder(), build)),
            Driver::Esxi(host) => {
                let vm = &self.options.vm;
                let folder = site.noted_text(esxi::FOLDER);
                let names = (vm.vm_name.as_str(), vm.display_name.as_str());
                Box::new(Esxi::new(host.clone(), folder, names, site.noted_text(esxi::CACHED)))
            }
            Driver::Vmrun(installation) => Box::new(self.vmrun(installation, site)),
        }
    }

    async fn answered(&self, machine: &Machine, late: &Late, build: &Build) -> Result<(), Failure> {
        if self.options.vm.tools_mode != "upload" || machine.communicator != "ssh" {
            return Ok(());
        }
        let installation = match &self.driver {
            Driver::Vmrun(installation) => installation.as_ref(),
            Driver::Esxi(_) | Driver::Qemu => None,
        };
        let tools = vmrun::tools(&self.options, installation)?;
        let mut late = late.clone();
        late.set("Flavor", self.options.vm.tools_upload_flavor.as_str());
        let to = late.render(&self.options.vm.tools_upload_path)?;
        let step = build.step(steps::UPLOAD_TOOLS);
        let connection =
            Connection::connect(Ssh::new(&self.settings.base.communicator, machine)?, build).await?;
        connection.upload(&tools.to_string_lossy(), &to, build).await?;
        step.done();
        Ok(())
    }

    async fn export(&self, site: &Site, into: &Path, _late: &Late, build: &Build) -> Result<(), Failure> {
        match &self.driver {
            Driver::Qemu => qemu::export(&self.options, site, into, build).await,
            Driver::Esxi(host) => esxi::export(&self.options, host, site, into, build).await,
            Driver::Vmrun(found) => {
                let installation = found.as_ref().ok_or_else(vmrun::missing)?;
                let driver = self.vmrun(found, site);
                vmrun::export(&self.options, installation, &driver, site, into, build).await
            }
        }
    }

    async fn exported(&self, site: &Site, _late: &Late, build: &Build) -> Result<bool, Failure> {
        let Driver::Esxi(host) = &self.driver else { return Ok(false) };
        if self.options.remote.keep_registered {
            esxi::keep(&self.options, host, site, build).await?;
        }
        Ok(self.options.remote.keep_registered)
    }

    fn artifact(&self) -> Exported {
        let builder_id = match self.driver {
            Driver::Vmrun(_) | Driver::Qemu => "vmware.desktop",
            Driver::Esxi(_) => "mitchellh.vmware-esx",
        };
        let mut details = Map::new();
        details.insert("artifact.conf.format".to_owned(), Value::from(self.options.vm.format.as_str()));
        details.insert(
            "artifact.conf.skip_export".to_owned(),
            Value::from(self.options.vm.skip_export.to_string()),
        );
        Exported { builder_id: builder_id.to_owned(), id: self.options.vm.vm_name.clone(), details }
    }
}

impl VMware {
    fn vmrun(&self, installation: &Option<Installation>, site: &Site) -> Vmrun {
        let path = vmx_path(site, &self.options);
        Vmrun::new(installation.clone(), path, self.options.vm.headless)
    }
}
