//! The machine: what [`Driver`] asks of it.

use super::keyboard::QmpKeyboard;
use super::link::Link;
use super::plan::{CommandLine, Options, Plan};
use super::process::{self, Notes};
use super::qmp::Qmp;
use super::screen;
use crate::driver::{Driver, Screen};
use crate::keyboard::Keyboard;
use image::machine::Machine;
use record::process::Process;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long QEMU may take to write what it holds when it is told to leave.
const LEAVE: Duration = Duration::from_secs(60);

/// A machine under QEMU.
#[derive(Debug, Clone)]
pub struct Qemu {
    work: PathBuf,
    link: Link,
}

impl Qemu {
    /// Makes what the machine needs in the work folder `work` (absolute, and there already) and leaves it switched off. Disks
    /// that lie in the work folder are written to; any other disk stays as it is, below an overlay.
    ///
    /// # Errors
    /// When QEMU or a firmware is missing, a disk cannot be read, or the machine is not one that QEMU can be.
    pub async fn create(
        machine: &Machine,
        options: &Options,
        work: &Path,
        build: &Build,
    ) -> Result<Self, Failure> {
        let (machine, options, folder) = (machine.clone(), options.clone(), work.to_owned());
        let id = build.id().to_owned();
        let planned = tokio::task::spawn_blocking(move || {
            let (plan, warnings) = Plan::make(&machine, &options, &folder, &id)?;
            plan.save(&folder)?;
            Ok::<_, Failure>(warnings)
        });
        let warnings =
            planned.await.map_err(|error| Failure::from_error("the machine cannot be planned", &error))??;
        for warning in warnings {
            build.warn(warning);
        }
        Ok(Self::at(work, build))
    }

    /// Keeps a machine whose command line somebody else has written, and leaves it switched off. Of the options, those count that
    /// say how it is run, not what it is.
    ///
    /// # Errors
    /// When QEMU is missing, or the work folder cannot be written.
    pub fn create_from(
        line: CommandLine,
        options: &Options,
        work: &Path,
        build: &Build,
    ) -> Result<Self, Failure> {
        Plan::of_command_line(line, options)?.save(work)?;
        Ok(Self::at(work, build))
    }

    /// The machine in a work folder, whatever state it is in.
    pub fn at(work: &Path, build: &Build) -> Self {
        Self { work: work.to_owned(), link: Link::new(build.folder().file(process::SOCKET)) }
    }

    /// The files of the machine's disks, in the order of its drives: what to export when it is off.
    ///
    /// # Errors
    /// When the machine was not created.
    pub fn disks(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(Plan::load(&self.work)?.disks)
    }

    /// Makes a port of this host lead to the guest's; QEMU itself binds it, so no other process can take it in between.
    async fn forward(&self, guest_port: u16) -> Result<u16, Failure> {
        let plan = Plan::load(&self.work)?;
        let mut qmp = self.link.open().await?;
        // One that the command line has asked for.
        if let Some(port) = forwarded(&qmp.monitor("info usernet").await?, guest_port) {
            return Ok(port);
        }
        let network = &plan.network;
        let Some((first, last)) = plan.host_ports else {
            add_forward(&mut qmp, network, 0, guest_port).await?;
            return forwarded(&qmp.monitor("info usernet").await?, guest_port)
                .ok_or_else(|| Failure::new("QEMU does not say which port it forwards"));
        };
        let ports = last.saturating_sub(first) + 1;
        // Builds that start together look in different places first.
        let offset = u16::try_from(std::process::id() % u32::from(ports)).unwrap_or_default();
        let mut refused = None;
        for number in 0..ports {
            let port = first + (number + offset) % ports;
            match add_forward(&mut qmp, network, port, guest_port).await {
                Ok(()) => return Ok(port),
                Err(failure) => refused = Some(failure),
            }
        }
        let why = refused.map(|failure| failure.message).unwrap_or_default();
        Err(Failure::new(format!("no port from {first} to {last} is free on 127.0.0.1: {why}"))
            .hint("widen host_port_min and host_port_max, or see with 'ss -ltn' who has them"))
    }

    /// Ends the machine: QEMU writes what it holds and leaves, or is killed.
    async fn leave(&self, build: &Build) -> Result<(), Failure> {
        if let Some(living) = process::living(build.folder()).and_then(|pid| Process::of(pid, build.id())) {
            if let Ok(mut qmp) = self.link.open().await {
                // The answer may be lost as QEMU leaves.
                let _ = qmp.execute("quit", json!({})).await;
            }
            // Until it is gone it has locks on the disks, which are read next.
            let left = Wait::new("QEMU to leave", LEAVE)
                .every(Duration::from_millis(10), Duration::from_millis(500))
                .until(build, async || {
                    let ended = living.has_ended();
                    Ok(if ended { Seen::Ready(()) } else { Seen::NotYet("it lives".to_owned()) })
                });
            let _ = left.await;
        }
        self.link.close().await;
        process::kill(build.folder()).await
    }
}

impl Driver for Qemu {
    fn name(&self) -> &'static str {
        "qemu"
    }

    async fn start(&self, build: &Build) -> Result<(), Failure> {
        if process::living(build.folder()).is_some() {
            return Ok(());
        }
        let plan = Plan::load(&self.work)?;
        process::start(&plan, &self.link, build).await
    }

    async fn is_running(&self, build: &Build) -> Result<bool, Failure> {
        if process::living(build.folder()).is_none() {
            return match Notes::load(build.folder()) {
                Some(_) => Err(process::crashed(build.folder())),
                None => Ok(false),
            };
        }
        let status = async { self.link.open().await?.execute("query-status", json!({})).await };
        let status = match status.await {
            Ok(status) => status,
            Err(_) if process::living(build.folder()).is_none() => {
                return Err(process::crashed(build.folder()));
            }
            Err(failure) => return Err(failure),
        };
        match status.get("status").and_then(Value::as_str).unwrap_or_default() {
            "shutdown" => {
                self.leave(build).await?;
                Ok(false)
            }
            "io-error" => {
                Err(Failure::new("the machine stands still: one of its disks cannot be read or written")
                    .hint("is the disk full that holds the output folder? see 'df'"))
            }
            "guest-panicked" => Err(Failure::new("the guest's kernel has panicked")),
            "internal-error" => Err(Failure::new("QEMU has stopped the machine after an internal error")
                .hint(
                    "see qemu.log in the state folder; another accelerator may help: accelerator = \"tcg\"",
                )),
            _ => Ok(true),
        }
    }

    async fn reach(&self, guest_port: u16, build: &Build) -> Result<Option<(String, u16)>, Failure> {
        let Some(mut notes) = Notes::load(build.folder()) else {
            return Err(Failure::new("the machine is off"));
        };
        if process::living(build.folder()).is_none() {
            return Err(process::crashed(build.folder()));
        }
        let port = match notes.forwards.get(&guest_port) {
            Some(port) => *port,
            None => {
                let port = self.forward(guest_port).await?;
                notes.forwards.insert(guest_port, port);
                notes.save(build.folder())?;
                port
            }
        };
        Ok(Some(("127.0.0.1".to_owned(), port)))
    }

    async fn keyboard(&self, _build: &Build) -> Result<Box<dyn Keyboard>, Failure> {
        Ok(Box::new(QmpKeyboard { link: self.link.clone() }))
    }

    async fn screen(&self, build: &Build) -> Result<Screen, Failure> {
        let mut qmp = self.link.open().await?;
        screen::look(&mut qmp, build.folder().path()).await
    }

    async fn press_power_button(&self, _build: &Build) -> Result<(), Failure> {
        self.link.open().await?.execute("system_powerdown", json!({})).await.map(drop)
    }

    async fn power_off(&self, build: &Build) -> Result<(), Failure> {
        self.leave(build).await
    }

    async fn destroy(&self, build: &Build) -> Result<(), Failure> {
        self.link.close().await;
        process::kill(build.folder()).await?;
        let Ok(plan) = Plan::load(&self.work) else { return Ok(()) };
        plan.remove(&self.work)
    }
}

async fn add_forward(qmp: &mut Qmp, network: &str, port: u16, guest_port: u16) -> Result<(), Failure> {
    let said = qmp.monitor(&format!("hostfwd_add {network} tcp:127.0.0.1:{port}-:{guest_port}")).await?;
    match said.trim() {
        "" => Ok(()),
        said => Err(Failure::new(said.to_owned())),
    }
}

/// The port of this host that leads to the guest's, as `info usernet` lists it:
/// `TCP[HOST_FORWARD]  12  127.0.0.1 42475  10.0.2.15  22  0  0`.
fn forwarded(listed: &str, guest_port: u16) -> Option<u16> {
    let wanted = guest_port.to_string();
    listed.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["TCP[HOST_FORWARD]", _, _, port, _, guest, ..] if guest == wanted => port.parse().ok(),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::forwarded;

    #[test]
    fn the_forwarded_port_is_read_from_the_list() {
        let listed = "Hub -1 (net0):\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\n  \
                      TCP[ESTABLISHED]   14       10.0.2.15    22       127.0.0.1 40000     0     0\n  \
                      TCP[HOST_FORWARD]  13       127.0.0.1  5985       10.0.2.15  5985     0     0\n  \
                      TCP[HOST_FORWARD]  12       127.0.0.1 42475       10.0.2.15    22     0     0\n";
        assert_eq!(forwarded(listed, 22), Some(42_475));
        assert_eq!(forwarded(listed, 5985), Some(5985));
        assert_eq!(forwarded(listed, 23), None);
        assert_eq!(forwarded("", 22), None);
    }
}
