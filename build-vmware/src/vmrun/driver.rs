//! The machine: what [`Driver`] asks of it.

use super::{Installation, leases, netmap, run};
use crate::vmx::{self, Vmx, Vnc};
use hypervisor::driver::{Driver, Screen};
use hypervisor::keyboard::Keyboard;
use hypervisor::orphans;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one try to reach a guest may take, where it may have several addresses.
const TRY: Duration = Duration::from_secs(2);
/// How long VMware may keep its locks when a machine is off (packer-plugin-vmware, `step_shutdown.go`).
const LOCKS: Duration = Duration::from_secs(120);

/// A machine under `vmrun`.
#[derive(Debug, Clone)]
pub struct Vmrun {
    installation: Option<Installation>,
    vmx: PathBuf,
    headless: bool,
}

impl Vmrun {
    /// The machine whose configuration is this file, there or not.
    pub fn new(installation: Option<Installation>, vmx: PathBuf, headless: bool) -> Self {
        Self { installation, vmx, headless }
    }

    fn installation(&self) -> Result<&Installation, Failure> {
        self.installation.as_ref().ok_or_else(missing)
    }

    /// Runs one of vmrun's commands on the machine.
    async fn command(&self, command: &str, more: &[&str], build: &Build) -> Result<String, Failure> {
        let vmx = self.vmx.to_string_lossy();
        self.vmrun(&[&[command, &vmx], more].concat(), build).await
    }

    async fn vmrun(&self, words: &[&str], build: &Build) -> Result<String, Failure> {
        let installation = self.installation()?;
        let words = [&["-T", installation.kind], words].concat();
        let said = run(&installation.vmrun, &words, build).await?;
        said.or_fail(&format!("vmrun {} failed", words[2]))
    }

    /// Waits until VMware has let go of the machine's files. A lock of the .vmx alone may stay: another window shows it.
    ///
    /// # Errors
    /// When it does not.
    pub async fn wait_for_locks(&self, build: &Build) -> Result<(), Failure> {
        let folder = self.vmx.parent().unwrap_or(Path::new("/")).to_owned();
        Wait::new("VMware to let go of the machine's files", LOCKS)
            .every(Duration::from_millis(50), Duration::from_secs(1))
            .hint("is the machine open in VMware's window?")
            .until(build, async || {
                let locks = locks(&folder);
                Ok(if locks.is_empty() { Seen::Ready(()) } else { Seen::NotYet(locks.join(", ")) })
            })
            .await
    }

    /// The addresses that the guest may have.
    async fn addresses(&self, vmx: &Vmx, build: &Build) -> Result<Vec<IpAddr>, Failure> {
        let installation = self.installation()?;
        let mac = vmx
            .get("ethernet0.address")
            .or_else(|| vmx.get("ethernet0.generatedAddress"))
            .unwrap_or_default();
        let is_bridged = vmx
            .get("ethernet0.connectionType")
            .as_deref()
            .unwrap_or("bridged")
            .eq_ignore_ascii_case("bridged");
        let mut found: Vec<IpAddr> = Vec::new();
        if !is_bridged && !mac.is_empty() {
            let device = netmap::device(vmx, installation);
            found.extend(leases::addresses(&device, &mac, installation).into_iter().map(IpAddr::from));
        }
        if found.is_empty() {
            // The guest's tools, where they run.
            let vmx = self.vmx.to_string_lossy();
            let words = ["-T", installation.kind, "getGuestIPAddress", &vmx];
            let said = run(&installation.vmrun, &words, build).await?;
            found.extend(said.text.trim().parse::<IpAddr>().ok().filter(|_| said.good));
        }
        Ok(found)
    }
}

/// What to do where nothing of VMware's is installed.
pub fn missing() -> Failure {
    Failure::new("vmrun is not here: neither Workstation nor Player nor Fusion is installed, or not on PATH")
        .hint("install one, set fusion_app_path, or use driver = \"qemu\", which needs nothing of VMware's")
}

/// The locks in a machine's folder, but for the .vmx's own.
fn locks(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".lck"))
        .collect();
    if found.len() == 1 && found[0].ends_with(".vmx.lck") {
        found.clear();
    }
    found
}

impl Driver for Vmrun {
    fn name(&self) -> &'static str {
        "vmrun"
    }

    async fn start(&self, build: &Build) -> Result<(), Failure> {
        let display = if self.headless { "nogui" } else { "gui" };
        let hint = "vmware.log in the machine's folder says more; 'gui' needs a display: headless = true does without";
        self.command("start", &[display], build).await.map(drop).map_err(|failure| failure.hint(hint))
    }

    /// VMware lists machines by the real paths of their files.
    async fn is_running(&self, build: &Build) -> Result<bool, Failure> {
        let listed = self.vmrun(&["list"], build).await?;
        let own = self.vmx.canonicalize().unwrap_or_else(|_| self.vmx.clone());
        let is_own = |line: &str| {
            let path = Path::new(line.trim());
            path.canonicalize().unwrap_or_else(|_| path.to_owned()) == own
        };
        Ok(listed.lines().skip(1).any(is_own))
    }

    async fn reach(&self, guest_port: u16, build: &Build) -> Result<Option<(String, u16)>, Failure> {
        let vmx = vmx::read(&self.vmx)?;
        let found = self.addresses(&vmx, build).await?;
        if let [only] = found[..] {
            return Ok(Some((only.to_string(), guest_port)));
        }
        // Old leases tell addresses that the guest may still have, or not.
        for address in found {
            let connected = tokio::time::timeout(TRY, tokio::net::TcpStream::connect((address, guest_port)));
            if connected.await.is_ok_and(|connected| connected.is_ok()) {
                return Ok(Some((address.to_string(), guest_port)));
            }
        }
        Ok(None)
    }

    async fn keyboard(&self, _build: &Build) -> Result<Box<dyn Keyboard>, Failure> {
        let vnc = Vnc::of(&vmx::read(&self.vmx)?).ok_or_else(|| {
            Failure::new("the machine has no VNC server, over which boot_command is typed")
                .hint("leave out disable_vnc")
        })?;
        Ok(Box::new(crate::vnc::connect(&vnc).await?))
    }

    async fn screen(&self, _build: &Build) -> Result<Screen, Failure> {
        let Some(vnc) = Vnc::of(&vmx::read(&self.vmx)?) else { return Ok(Screen::default()) };
        let picture = crate::vnc::connect(&vnc).await?.picture().await?;
        Ok(Screen { png: Some(picture), text: None })
    }

    async fn press_power_button(&self, build: &Build) -> Result<(), Failure> {
        self.command("stop", &["soft"], build).await.map(drop)
    }

    async fn power_off(&self, build: &Build) -> Result<(), Failure> {
        let stopped = self.command("stop", &["hard"], build).await;
        match stopped {
            Ok(_) => Ok(()),
            // It may have gone off by itself in between.
            Err(_) if !self.is_running(build).await? => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    async fn destroy(&self, build: &Build) -> Result<(), Failure> {
        orphans::outlive("vmrun", "", true, build).await?;
        if !self.vmx.is_file() {
            return Ok(());
        }
        if self.is_running(build).await? {
            self.power_off(build).await?;
        }
        self.wait_for_locks(build).await
    }
}

#[cfg(test)]
mod tests {
    use super::locks;

    #[test]
    fn a_lock_of_the_vmx_alone_may_stay() {
        let folder = tempfile::tempdir().unwrap();
        let lock = |name: &str| std::fs::create_dir(folder.path().join(name)).unwrap();
        assert!(locks(folder.path()).is_empty());
        lock("web.vmx.lck");
        assert!(locks(folder.path()).is_empty());
        lock("disk.vmdk.lck");
        assert_eq!(locks(folder.path()).len(), 2);
    }
}
