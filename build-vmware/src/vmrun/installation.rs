//! Where VMware's programs and files are (packer-plugin-vmware 2.1 and 1.2, `driver_*.go`).
//!
//! On Linux, everything is found from where `vmrun` is: a `PREFIX/bin/vmrun` has `PREFIX/lib/vmware` beside it and its networks in
//! `PREFIX/etc/vmware`, or, as the installer puts them, in `/etc/vmware`.

use super::run;
use record::{Build, Failure};
use std::path::{Path, PathBuf};

/// Where Fusion is, where nobody says otherwise.
const FUSION: &str = "/Applications/VMware Fusion.app";

/// An installed product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// `vmrun`.
    pub vmrun: PathBuf,
    /// What `vmrun -T` is told: `ws`, `player` or `fusion`.
    pub kind: &'static str,
    /// `vmware-vdiskmanager`; Player has none.
    pub disk_manager: Option<PathBuf>,
    /// `vmware-vmx`, which tells the version.
    vmx: PathBuf,
    /// Folder of the tools' images.
    images: PathBuf,
    /// Folder of the networks' configuration.
    pub networks: PathBuf,
    /// Folder of the networks' leases.
    pub leases: PathBuf,
}

impl Installation {
    /// Finds the product that is installed here; `fusion` is where Fusion is, where the template says. `None`: there is none.
    pub fn find(fusion: &str) -> Option<Self> {
        let given = Some(fusion.to_owned()).filter(|path| !path.is_empty());
        let fusion =
            given.clone().or_else(|| std::env::var("FUSION_APP_PATH").ok()).filter(|path| !path.is_empty());
        let application = PathBuf::from(fusion.clone().unwrap_or_else(|| FUSION.to_owned()));
        if cfg!(target_os = "macos") || fusion.is_some() {
            return Self::fusion(&application);
        }
        let path = std::env::var_os("PATH")?;
        let vmrun =
            std::env::split_paths(&path).map(|folder| folder.join("vmrun")).find(|file| file.is_file())?;
        Some(Self::linux(&vmrun))
    }

    fn fusion(application: &Path) -> Option<Self> {
        let library = application.join("Contents/Library");
        let vmrun = library.join("vmrun");
        vmrun.is_file().then(|| Self {
            kind: "fusion",
            disk_manager: Some(library.join("vmware-vdiskmanager")),
            vmx: library.join("vmware-vmx"),
            images: library.join("isoimages").join(if cfg!(target_arch = "aarch64") {
                "arm64"
            } else {
                "x86_x64"
            }),
            networks: PathBuf::from("/Library/Preferences/VMware Fusion"),
            leases: PathBuf::from("/var/db/vmware"),
            vmrun,
        })
    }

    fn linux(vmrun: &Path) -> Self {
        let bin = vmrun.parent().unwrap_or(Path::new("/usr/bin"));
        let prefix = bin.parent().unwrap_or(Path::new("/usr"));
        let library = prefix.join("lib/vmware");
        let own = prefix.join("etc/vmware");
        let networks = if own.is_dir() { own } else { PathBuf::from("/etc/vmware") };
        let disk_manager = Some(bin.join("vmware-vdiskmanager")).filter(|file| file.is_file());
        Self {
            vmrun: vmrun.to_owned(),
            kind: if disk_manager.is_some() { "ws" } else { "player" },
            disk_manager,
            vmx: library.join("bin/vmware-vmx"),
            images: library.join("isoimages"),
            leases: networks.clone(),
            networks,
        }
    }

    /// The product's name and version, as it says them: `VMware Workstation 17.6.3`.
    ///
    /// # Errors
    /// When it does not say so.
    pub async fn version(&self, build: &Build) -> Result<String, Failure> {
        let said = run(&self.vmx, &["-v"], build).await?;
        version_of(&said.text).ok_or_else(|| {
            Failure::new(format!("{} -v does not say its version: {}", self.vmx.display(), said.text.trim()))
                .hint("is VMware installed completely? driver = \"qemu\" needs nothing of VMware's")
        })
    }

    /// The image of the tools for a sort of guest: `linux`, `windows`, `darwin`.
    ///
    /// # Errors
    /// When there is none.
    pub fn tools(&self, flavor: &str) -> Result<PathBuf, Failure> {
        let path = self.images.join(format!("{flavor}.iso"));
        if path.is_file() {
            return Ok(path);
        }
        Err(Failure::new(format!("the tools' image {} is not there", path.display())).hint(
            "newer products come without it: install open-vm-tools in the guest, or set tools_source_path to an image",
        ))
    }
}

/// `VMware <word> N.N.N` in a text.
fn version_of(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_version =
        |word: &str| word.split('.').count() == 3 && word.split('.').all(|part| part.parse::<u32>().is_ok());
    let found = words.windows(3).find(|words| words[0] == "VMware" && is_version(words[2]))?;
    Some(found.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{Installation, version_of};
    use std::path::Path;

    #[test]
    fn versions() {
        let said = "\nVMware Workstation 17.6.3 build-24583834 Release\n";
        assert_eq!(version_of(said).as_deref(), Some("VMware Workstation 17.6.3"));
        assert_eq!(version_of("VMware Fusion 13.6.0 build-1").as_deref(), Some("VMware Fusion 13.6.0"));
        assert_eq!(version_of("VMware Workstation e.x.p"), None);
    }

    #[test]
    fn everything_is_found_from_vmrun() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path();
        std::fs::create_dir_all(prefix.join("bin")).unwrap();
        let found = Installation::linux(&prefix.join("bin/vmrun"));
        assert_eq!((found.kind, found.disk_manager.clone()), ("player", None));
        assert_eq!(found.networks, Path::new("/etc/vmware"));
        assert_eq!(found.vmx, prefix.join("lib/vmware/bin/vmware-vmx"));
        std::fs::write(prefix.join("bin/vmware-vdiskmanager"), "").unwrap();
        std::fs::create_dir_all(prefix.join("etc/vmware")).unwrap();
        let found = Installation::linux(&prefix.join("bin/vmrun"));
        assert_eq!((found.kind, found.networks), ("ws", prefix.join("etc/vmware")));
        assert!(found.disk_manager.is_some());
        let application = prefix.join("VMware Fusion.app");
        assert_eq!(Installation::fusion(&application), None);
        std::fs::create_dir_all(application.join("Contents/Library")).unwrap();
        std::fs::write(application.join("Contents/Library/vmrun"), "").unwrap();
        assert_eq!(Installation::fusion(&application).unwrap().kind, "fusion");
    }
}
