//! UEFI firmware for the guest: found by the descriptors that QEMU's packages install
//! (<https://www.qemu.org/docs/master/interop/firmware-json.html>).

use image::machine::Firmware;
use record::Failure;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Where descriptors lie; an earlier folder's file hides a later one's of the same name.
const DESCRIPTORS: [&str; 4] = [
    "/etc/qemu/firmware",
    "/usr/local/share/qemu/firmware",
    "/opt/homebrew/share/qemu/firmware",
    "/usr/share/qemu/firmware",
];

/// Images where no descriptor names them: code and empty variables.
const KNOWN: [(&str, &str); 4] = [
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
];

/// A UEFI firmware: its code, and what its variables are at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Efi {
    /// The code, which guests share.
    pub code: PathBuf,
    /// The variables; every machine has its own copy.
    pub variables: PathBuf,
}

/// Finds the firmware for a machine; `None` for a BIOS, which QEMU brings along.
///
/// # Errors
/// When none is installed.
pub fn find(firmware: Firmware) -> Result<Option<Efi>, Failure> {
    let secure = match firmware {
        Firmware::Bios => return Ok(None),
        Firmware::Efi => false,
        Firmware::EfiSecure => true,
    };
    let described =
        descriptors(&DESCRIPTORS.map(Path::new)).into_iter().find_map(|text| described(&text, secure));
    let known = || {
        let pairs = KNOWN.map(|(code, variables)| Efi { code: code.into(), variables: variables.into() });
        pairs.into_iter().find(|efi| !secure && efi.is_there())
    };
    let found = described.filter(Efi::is_there).or_else(known);
    found.map(Some).ok_or_else(|| {
        let which = if secure { "UEFI firmware with secure boot" } else { "UEFI firmware" };
        Failure::new(format!("there is no {which} for virtual machines here")).hint(
            "install it: 'apt install ovmf' (Debian, Ubuntu), 'dnf install edk2-ovmf' (Fedora, Alma, Rocky)",
        )
    })
}

impl Efi {
    fn is_there(&self) -> bool {
        self.code.is_file() && self.variables.is_file()
    }
}

/// The descriptors' texts, in the order of their names, as the specification wants it.
fn descriptors(folders: &[&Path]) -> Vec<String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if !paths.iter().any(|path| path.file_name() == Some(&entry.file_name())) {
                paths.push(entry.path());
            }
        }
    }
    paths.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// The images of a descriptor, if it is of a UEFI firmware in flash memory for PCs of 64 bits, and secure as wanted.
fn described(text: &str, secure: bool) -> Option<Efi> {
    let value: Value = serde_json::from_str(text).ok()?;
    let holds =
        |list: &Value, word: &str| list.as_array().is_some_and(|list| list.iter().any(|item| item == word));
    let features = &value["features"];
    let for_pc = value["targets"].as_array()?.iter().any(|target| {
        let machines = target["machines"].as_array();
        target["architecture"] == "x86_64"
            && machines.is_some_and(|list| {
                list.iter().any(|name| name.as_str().is_some_and(|name| name.contains("q35")))
            })
    });
    let fits = holds(&value["interface-types"], "uefi")
        && for_pc
        && (holds(features, "enrolled-keys"), holds(features, "requires-smm")) == (secure, secure)
        && !holds(features, "amd-sev-es");
    let mapping = &value["mapping"];
    let path = |part: &str| {
        (mapping[part]["format"] == "raw")
            .then(|| mapping[part]["filename"].as_str().map(PathBuf::from))
            .flatten()
    };
    (fits && mapping["device"] == "flash")
        .then(|| Some(Efi { code: path("executable")?, variables: path("nvram-template")? }))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{Efi, described, descriptors};

    fn descriptor(name: &str, features: &str) -> String {
        format!(
            r#"{{"interface-types": ["uefi"], "features": [{features}],
                "mapping": {{"device": "flash", "executable": {{"filename": "/f/{name}.code", "format": "raw"}},
                             "nvram-template": {{"filename": "/f/{name}.vars", "format": "raw"}}}},
                "targets": [{{"architecture": "x86_64", "machines": ["pc-q35-*"]}}]}}"#
        )
    }

    #[test]
    fn the_descriptor_that_fits_is_taken() {
        let plain = descriptor("plain", "\"acpi-s3\"");
        let secure = descriptor("secure", "\"secure-boot\", \"requires-smm\", \"enrolled-keys\"");
        let expected = Efi { code: "/f/plain.code".into(), variables: "/f/plain.vars".into() };
        assert_eq!(described(&plain, false), Some(expected));
        assert_eq!(described(&plain, true), None);
        assert_eq!(described(&secure, false), None);
        assert!(described(&secure, true).is_some());
        for other in ["", "{}", &plain.replace("x86_64", "aarch64"), &plain.replace("raw", "qcow2")] {
            assert_eq!(described(other, false), None, "{other}");
        }
    }

    #[test]
    fn descriptors_come_in_the_order_of_their_names_and_hide_each_other() {
        let (near, far) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(near.path().join("50-b.json"), "near b").unwrap();
        std::fs::write(far.path().join("50-b.json"), "far b").unwrap();
        std::fs::write(far.path().join("40-a.json"), "far a").unwrap();
        assert_eq!(descriptors(&[near.path(), far.path()]), ["far a", "near b"]);
    }
}
