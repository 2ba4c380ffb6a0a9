//! Names of guest operating systems: VirtualBox's (`Debian12_64`), VMware's in a .vmx (`debian12-64`) and in its API
//! (`debian12_64Guest`), and the numbers of the CIM standard (CIM_OperatingSystem.OsType) that an OVF carries.
//!
//! VirtualBox's names begin with a capital letter, VMware's with a small one. The numbers are those that VirtualBox
//! 7.2 writes for each of its types; for VMware's names those that stand in ovftool's descriptors.

/// A family of operating systems: how names begin, without regard to case; numbers for 32 and 64 bits; the type that
/// VirtualBox and VMware have for any of it.
struct Family {
    names: &'static [&'static str],
    cim: (u16, u16),
    virtualbox: &'static str,
    vmware: &'static str,
}

const fn family(
    names: &'static [&'static str],
    cim: (u16, u16),
    virtualbox: &'static str,
    vmware: &'static str,
) -> Family {
    Family { names, cim, virtualbox, vmware }
}

/// The first family that fits counts.
const FAMILIES: &[Family] = &[
    family(&["debian"], (95, 96), "Debian", "debian12"),
    family(&["ubuntu", "lubuntu", "xubuntu"], (93, 94), "Ubuntu", "ubuntu"),
    family(&["centos"], (106, 107), "RedHat", "centos"),
    family(&["oracle"], (108, 109), "Oracle", "oraclelinux"),
    family(&["rhel", "redhat"], (79, 80), "RedHat", "rhel9"),
    family(&["almalinux"], (36, 101), "RedHat", "almalinux"),
    family(&["rockylinux"], (36, 101), "RedHat", "rockylinux"),
    family(&["fedora"], (99, 100), "Fedora", "fedora"),
    family(&["archlinux"], (99, 100), "ArchLinux", "other6xlinux"),
    family(&["gentoo", "xandros", "linux26", "other26xlinux"], (99, 100), "Linux26", "other26xlinux"),
    family(&["linux24", "other24xlinux"], (97, 98), "Linux24", "other24xlinux"),
    family(&["opensuse"], (82, 83), "OpenSUSE", "opensuse"),
    family(&["sles", "suse"], (84, 85), "SUSE_LE", "sles15"),
    family(&["mandriva", "openmandriva", "pclinuxos", "mageia"], (89, 90), "Mandriva", "mandriva"),
    family(&["turbolinux"], (91, 92), "Turbolinux", "turbolinux"),
    family(&["linux"], (36, 102), "Linux", "otherlinux"),
    family(&["otherlinux", "other3xlinux", "other4xlinux", "other5xlinux"], (36, 101), "Linux", "otherlinux"),
    family(
        &["other6xlinux", "other7xlinux", "amazonlinux", "vmware-photon"],
        (36, 101),
        "Linux",
        "other6xlinux",
    ),
    family(&["windows11", "windows12"], (119, 120), "Windows11", "windows11"),
    family(&["windows10"], (119, 120), "Windows10", "windows9"),
    family(&["windows2016", "windows9srv"], (118, 118), "Windows2016", "windows9srv"),
    family(&["windows2019srvnext", "windows2022"], (118, 118), "Windows2022", "windows2019srvnext"),
    family(&["windows2025", "windows2022srvnext"], (118, 118), "Windows2025", "windows2022srvnext"),
    family(&["windows2019"], (118, 118), "Windows2019", "windows2019srv"),
    family(&["windows9"], (119, 120), "Windows10", "windows9"),
    family(&["windows2012", "windows8srv"], (112, 112), "Windows2012", "windows8srv"),
    family(&["windows81"], (116, 117), "Windows81", "windows8"),
    family(&["windows8"], (113, 114), "Windows8", "windows8"),
    family(&["windows7srv"], (103, 103), "Windows2008", "windows7srv"),
    family(&["windows7"], (105, 105), "Windows7", "windows7"),
    family(&["windows2008", "longhorn"], (76, 77), "Windows2008", "longhorn"),
    family(&["windowsvista", "winvista"], (73, 74), "WindowsVista", "winvista"),
    family(&["windows2003", "winnet"], (69, 70), "Windows2003", "winnetenterprise"),
    family(&["windowsxp", "winxp"], (67, 71), "WindowsXP", "winxppro"),
    family(&["freebsd"], (42, 78), "FreeBSD", "freebsd14"),
    family(&["netbsd"], (43, 102), "NetBSD", "other"),
    family(&["openbsd"], (65, 102), "OpenBSD", "other"),
    family(&["solaris", "opensolaris"], (29, 81), "Solaris", "solaris11"),
    family(&["dos"], (14, 14), "DOS", "dos"),
    family(&["other"], (1, 102), "Other", "other"),
];

/// Gives the CIM number of an operating system; 1 ("other") or 102 ("other 64-bit") where nothing fits better.
/// VirtualBox writes 0 ("unknown") for its `Other`; VMware's tools refuse that.
#[must_use]
pub fn cim_number(name: &str) -> u16 {
    let (narrow, wide) = find(name).map_or((1, 102), |family| family.cim);
    if is_64_bit(name) { wide } else { narrow }
}

/// Gives VirtualBox's name for an operating system: the name itself, where it is VirtualBox's, else its family's.
#[must_use]
pub fn virtualbox_name(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return name.to_owned();
    }
    let family = find(name).map_or("Other", |family| family.virtualbox);
    format!("{family}{}", if is_64_bit(name) { "_64" } else { "" })
}

/// Gives VMware's name for an operating system as it stands in a .vmx: the name itself, where it is VMware's, else its
/// family's.
#[must_use]
pub fn vmware_name(name: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return name.to_owned();
    }
    let family = find(name).map_or("other", |family| family.vmware);
    format!("{family}{}", if is_64_bit(name) { "-64" } else { "" })
}

/// Gives VMware's name in its API (`vim.vm.GuestOsDescriptor.GuestOsIdentifier`), which an OVF carries as
/// `vmw:osType`.
#[must_use]
pub fn vmware_api_name(name: &str) -> String {
    let name = vmware_name(name);
    let (base, wide) = match name.strip_suffix("-64") {
        Some(base) => (base, true),
        None => (name.as_str(), false),
    };
    if base == "other" {
        return format!("otherGuest{}", if wide { "64" } else { "" });
    }
    let base = match base {
        "windows9srv" => "windows9Server".to_owned(),
        "windows8srv" => "windows8Server".to_owned(),
        "windows7srv" => "windows7Server".to_owned(),
        "winnetenterprise" => "winNetEnterprise".to_owned(),
        "winxppro" => "winXPPro".to_owned(),
        "winvista" => "winVista".to_owned(),
        "vmware-photon" => "vmwarePhoton".to_owned(),
        _ => base
            .replace("oraclelinux", "oracleLinux")
            .replace("srvnext", "srvNext")
            .replace("xlinux", "xLinux"),
    };
    let base = base.replace("otherlinux", "otherLinux");
    // A number, and what is newer than 2018, is set off from "64".
    let apart = base.ends_with(|c: char| c.is_ascii_digit())
        || ["almalinux", "rockylinux"].contains(&base.as_str())
        || base.starts_with("windows20");
    match (wide, apart) {
        (false, _) => format!("{base}Guest"),
        (true, false) => format!("{base}64Guest"),
        (true, true) => format!("{base}_64Guest"),
    }
}

/// Gives the name for a .vmx of what `vmw:osType` says: the opposite of [`vmware_api_name`].
#[must_use]
pub fn from_vmware_api_name(name: &str) -> String {
    let base = match name {
        "otherGuest64" => return "other-64".to_owned(),
        "vmwarePhoton64Guest" => return "vmware-photon-64".to_owned(),
        _ => name.strip_suffix("Guest").unwrap_or(name),
    };
    let (base, suffix) = match base.strip_suffix("64") {
        Some(base) => (base.strip_suffix('_').unwrap_or(base), "-64"),
        None => (base, ""),
    };
    format!("{}{suffix}", base.to_ascii_lowercase().replace("server", "srv"))
}

/// Gives VirtualBox's name of the family that a CIM number stands for: for descriptors that say no more.
#[must_use]
pub fn from_cim_number(number: u16) -> Option<String> {
    FAMILIES.iter().find_map(|family| match family.cim {
        (_, wide) if wide == number => Some(format!("{}_64", family.virtualbox)),
        (narrow, _) if narrow == number => Some(family.virtualbox.to_owned()),
        _ => None,
    })
}

fn find(name: &str) -> Option<&'static Family> {
    let name = name.to_ascii_lowercase();
    FAMILIES.iter().find(|family| family.names.iter().any(|start| name.starts_with(start)))
}

fn is_64_bit(name: &str) -> bool {
    name.ends_with("_64") || name.ends_with("-64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_virtualbox_writes() {
        // From exports of VirtualBox 7.2.22, one machine a type.
        let seen = [
            ("Debian12_64", 96),
            ("Debian", 95),
            ("Ubuntu24_LTS_64", 94),
            ("RedHat9_64", 80),
            ("Oracle9_64", 109),
            ("Fedora_64", 100),
            ("ArchLinux_64", 100),
            ("OpenSUSE_Leap_64", 83),
            ("SUSE_LE_64", 85),
            ("Linux26_64", 100),
            ("Linux_64", 102),
            ("Linux", 36),
            ("Windows10_64", 120),
            ("Windows11_64", 120),
            ("Windows2022_64", 118),
            ("Windows7_64", 105),
            ("FreeBSD_64", 78),
            ("NetBSD_64", 102),
            ("Solaris_64", 81),
        ];
        for (name, number) in seen {
            assert_eq!(cim_number(name), number, "{name}");
        }
    }

    #[test]
    fn vmware_names_go_to_the_api_and_back() {
        let names = [
            ("debian12-64", "debian12_64Guest"),
            ("ubuntu-64", "ubuntu64Guest"),
            ("rhel9-64", "rhel9_64Guest"),
            ("centos-64", "centos64Guest"),
            ("almalinux-64", "almalinux_64Guest"),
            ("oraclelinux9-64", "oracleLinux9_64Guest"),
            ("other6xlinux-64", "other6xLinux64Guest"),
            ("otherlinux-64", "otherLinux64Guest"),
            ("other-64", "otherGuest64"),
            ("other", "otherGuest"),
            ("windows9-64", "windows9_64Guest"),
            ("windows9srv-64", "windows9Server64Guest"),
            ("windows2019srvnext-64", "windows2019srvNext_64Guest"),
            ("ubuntu", "ubuntuGuest"),
        ];
        for (vmx, api) in names {
            assert_eq!(vmware_api_name(vmx), api);
            assert_eq!(from_vmware_api_name(api), vmx);
        }
    }

    #[test]
    fn names_cross_from_one_platform_to_the_other_by_family() {
        assert_eq!(virtualbox_name("debian12-64"), "Debian_64");
        assert_eq!(virtualbox_name("Debian12_64"), "Debian12_64");
        assert_eq!(vmware_name("Ubuntu24_LTS_64"), "ubuntu-64");
        assert_eq!(vmware_name("other-64"), "other-64");
        assert_eq!(from_cim_number(96).as_deref(), Some("Debian_64"));
        assert_eq!(from_cim_number(9999), None);
    }
}
