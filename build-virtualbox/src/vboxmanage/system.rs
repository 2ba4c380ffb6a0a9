//! What is asked of VirtualBox itself.

use super::Program;
use record::{Build, Failure};
use std::path::PathBuf;

/// VirtualBox's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// As people write it: `7.2.22`.
    pub(crate) text: String,
    number: (u32, u32),
}

impl Version {
    /// Whether it is at least this one.
    pub(crate) fn at_least(&self, major: u32, minor: u32) -> bool {
        self.number >= (major, minor)
    }

    /// Reads `7.2.22_Debianr175245`; warnings may stand before it.
    fn parse(output: &str) -> Option<Self> {
        let line =
            output.lines().rev().find(|line| line.starts_with(|first: char| first.is_ascii_digit()))?;
        let end = line.find(|character: char| !character.is_ascii_digit() && character != '.');
        let text = line.get(..end.unwrap_or(line.len()))?.to_owned();
        let mut parts = text.split('.').map(str::parse);
        let number = (parts.next()?.ok()?, parts.next()?.ok()?);
        Some(Self { text, number })
    }
}

/// Asks for VirtualBox's version.
///
/// # Errors
/// When VBoxManage does not run, or says none.
pub(crate) async fn version(program: &Program, build: &Build) -> Result<Version, Failure> {
    let said = program.call(&["--version"], build).await?;
    Version::parse(&said).ok_or_else(|| {
        Failure::new(format!("VBoxManage --version said no version: {}", said.trim()))
            .hint("VirtualBox seems to be broken")
    })
}

/// Checks that VirtualBox knows an operating system (`guest_os_type`).
///
/// # Errors
/// When it does not; when VBoxManage does not run.
pub(super) async fn knows(program: &Program, os: &str, build: &Build) -> Result<(), Failure> {
    let said = program.call(&["list", "ostypes"], build).await?;
    if os_types(&said).any(|known| known == os) {
        return Ok(());
    }
    Err(Failure::new(format!("VirtualBox knows no operating system '{os}'"))
        .hint("'VBoxManage list ostypes' prints the values of guest_os_type"))
}

/// The names of operating systems in `list ostypes`: `ID: Debian_64`, since 7.1 `ID / Description: Debian_64 -- Debian (64-bit)`.
fn os_types(said: &str) -> impl Iterator<Item = &str> {
    said.lines().filter_map(|line| {
        let (key, value) = line.split_once(':')?;
        let is_id = matches!(key.trim(), "ID" | "ID / Description");
        is_id.then(|| value.split(" -- ").next().unwrap_or(value).trim())
    })
}

/// VirtualBox's own file of guest additions, where it is installed.
///
/// # Errors
/// When VBoxManage does not run.
pub(crate) async fn additions_file(program: &Program, build: &Build) -> Result<Option<PathBuf>, Failure> {
    let said = program.call(&["list", "systemproperties"], build).await?;
    let line = said.lines().find_map(|line| line.strip_prefix("Default Guest Additions ISO:"));
    Ok(line.map(|path| PathBuf::from(path.trim())).filter(|path| path.is_file()))
}

/// Whether an extension pack that shows machines' screens is installed.
///
/// # Errors
/// When VBoxManage does not run.
pub(super) async fn has_remote_display(program: &Program, build: &Build) -> Result<bool, Failure> {
    let said = program.call(&["list", "extpacks"], build).await?;
    Ok(said
        .lines()
        .any(|line| line.strip_prefix("VRDE Module:").is_some_and(|module| !module.trim().is_empty())))
}

#[cfg(test)]
mod tests {
    use super::{Version, os_types};

    #[test]
    fn operating_systems_are_read() {
        let old = "ID:          Debian_64\nDescription: Debian (64-bit)\nFamily ID:   Linux\n";
        let new = "ID / Description: Debian_64 -- Debian (64-bit)\nFamily:           Linux (Linux)\n";
        for said in [old, new] {
            assert_eq!(os_types(said).collect::<Vec<_>>(), ["Debian_64"]);
        }
    }

    #[test]
    fn versions_are_read() {
        for (said, text, seven) in [
            ("7.2.22_Debianr175245\n", "7.2.22", true),
            ("WARNING: The character device /dev/vboxdrv does not exist.\n6.1.50r161033\n", "6.1.50", false),
        ] {
            let version = Version::parse(said).unwrap();
            assert_eq!((version.text.as_str(), version.at_least(7, 0)), (text, seven));
        }
        assert_eq!(Version::parse("nothing\n"), None);
    }
}
