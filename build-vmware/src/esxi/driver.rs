//! The machine: what [`Driver`] asks of it.

use super::Host;
use crate::vmx::{Vmx, Vnc};
use hypervisor::driver::{Driver, Screen};
use hypervisor::keyboard::Keyboard;
use hypervisor::rfb::Client;
use record::{Build, Failure};
use tokio::net::TcpStream;

/// A machine on an ESXi host.
#[derive(Debug, Clone)]
pub struct Esxi {
    host: Host,
    /// Folder on the host; empty where nothing was begun.
    folder: String,
    /// Name of the machine and its .vmx.
    name: String,
    /// The name that the host shows.
    display_name: String,
    /// The installer's CD on the host, where it is to be removed.
    cached: String,
}

impl Esxi {
    /// The machine in a folder of the host, there or not.
    pub fn new(host: Host, folder: String, (name, display_name): (&str, &str), cached: String) -> Self {
        Self { host, folder, name: name.to_owned(), display_name: display_name.to_owned(), cached }
    }

    /// The path of its .vmx on the host.
    pub fn vmx(&self) -> String {
        format!("{}/{}.vmx", self.folder, self.name)
    }

    /// Its number in the host's inventory.
    ///
    /// # Errors
    /// When the host cannot be asked; where it is not registered.
    async fn number(&self, build: &Build) -> Result<String, Failure> {
        self.host.number(&self.vmx(), build).await?.ok_or_else(|| {
            Failure::new(format!(
                "the machine {} is not registered on {} any more",
                self.name,
                self.host.name()
            ))
        })
    }

    async fn power(&self, what: &str, build: &Build) -> Result<String, Failure> {
        let number = self.number(build).await?;
        self.host.run(&["vim-cmd", &format!("vmsvc/power.{what}"), &number], build).await
    }

    async fn vnc(&self, build: &Build) -> Result<Client<TcpStream>, Failure> {
        let text = self.host.run(&["cat", &self.vmx()], build).await?;
        let vnc = Vnc::of(&Vmx::parse(&text)).ok_or_else(|| {
            Failure::new("the machine has no VNC server, over which boot_command is typed")
                .hint("leave out disable_vnc")
        })?;
        let password = Some(vnc.password.as_str()).filter(|password| !password.is_empty());
        Client::connect(self.host.name(), vnc.port, password).await.map_err(|failure| {
            failure.hint("the host's firewall has to let VNC through (gdbserver's rule does); ESXi 7 and later have no VNC at all")
        })
    }
}

impl Driver for Esxi {
    fn name(&self) -> &'static str {
        "esxi"
    }

    async fn start(&self, build: &Build) -> Result<(), Failure> {
        self.power("on", build).await.map(drop)
    }

    async fn is_running(&self, build: &Build) -> Result<bool, Failure> {
        Ok(self.power("getstate", build).await?.contains("Powered on"))
    }

    async fn reach(&self, guest_port: u16, build: &Build) -> Result<Option<(String, u16)>, Failure> {
        let machines = self.host.table(&["network", "vm", "list"], build).await?;
        let Some(world) =
            machines.find("Name", &self.display_name, "WorldID").first().map(|world| (*world).to_owned())
        else {
            return Ok(None);
        };
        let ports = self.host.table(&["network", "vm", "port", "list", "-w", &world], build).await?;
        let found = ports.all("IPAddress").into_iter().find(|address| !matches!(*address, "" | "0.0.0.0"));
        Ok(found.map(|address| (address.to_owned(), guest_port)))
    }

    async fn keyboard(&self, build: &Build) -> Result<Box<dyn Keyboard>, Failure> {
        Ok(Box::new(self.vnc(build).await?))
    }

    async fn screen(&self, build: &Build) -> Result<Screen, Failure> {
        Ok(Screen { png: Some(self.vnc(build).await?.picture().await?), text: None })
    }

    async fn press_power_button(&self, build: &Build) -> Result<(), Failure> {
        self.power("shutdown", build).await.map(drop)
    }

    async fn power_off(&self, build: &Build) -> Result<(), Failure> {
        match self.power("off", build).await {
            Ok(_) => Ok(()),
            // It may have gone off by itself in between.
            Err(_) if !self.is_running(build).await? => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn destroy(&self, build: &Build) -> Result<(), Failure> {
        if self.folder.is_empty() {
            return Ok(());
        }
        if let Some(number) = self.host.number(&self.vmx(), build).await? {
            if self.is_running(build).await? {
                self.power_off(build).await?;
            }
            self.host.run(&["vim-cmd", "vmsvc/destroy", &number], build).await?;
        }
        let mut unwanted = vec!["rm", "-rf", self.folder.as_str()];
        unwanted.extend(Some(self.cached.as_str()).filter(|cached| !cached.is_empty()));
        self.host.run(&unwanted, build).await.map(drop)
    }
}
