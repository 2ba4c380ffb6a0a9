//! The calls that give a new machine its hardware, as arguments of VBoxManage (Packer's virtualbox plugin 1.1).

use super::system::Version;
use template::options::builder::virtualbox::{Devices, Disks, Hardware};

/// One call's arguments.
pub(super) type Call = Vec<String>;

/// Makes a call of words.
pub(super) fn call(words: &[&str]) -> Call {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn on(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

/// Board, processors, memory and devices.
pub(super) fn modify(machine: &str, hardware: &Hardware, devices: &Devices, version: &Version) -> Vec<Call> {
    let modify = |words: &[&str]| call(&[&["modifyvm", machine], words].concat());
    let (cpus, memory) = (hardware.cpus.to_string(), hardware.memory.to_string());
    let mut calls = vec![
        modify(&["--boot1", "disk", "--boot2", "dvd", "--boot3", "none", "--boot4", "none"]),
        modify(&["--cpus", &cpus, "--memory", &memory]),
    ];
    if hardware.cpus > 1 {
        calls.push(modify(&["--ioapic", "on"]));
    }
    calls.push(modify(&["--usb", on(devices.usb)]));
    if devices.usb {
        calls.push(modify(&["--usbohci", "off", "--usbehci", "off", "--usbxhci", "off"]));
        if devices.usb_controller != "none" {
            calls.push(modify(&[&format!("--usb{}", devices.usb_controller), "on"]));
        }
    }
    calls.extend(
        audio(devices, version)
            .iter()
            .map(|words| modify(&words.iter().map(String::as_str).collect::<Vec<_>>())),
    );
    calls.push(modify(&["--mouse", &devices.mouse, "--keyboard", &devices.keyboard]));
    calls.push(modify(&["--chipset", &hardware.chipset, "--firmware", &hardware.firmware]));
    let adapters = (1..=8).flat_map(|number| [format!("--nictype{number}"), devices.nic_type.clone()]);
    calls.push(call(&["modifyvm", machine]).into_iter().chain(adapters).collect());
    let (graphics, vram) = (graphics(hardware, devices), devices.gfx_vram_size.to_string());
    calls.push(modify(&["--graphicscontroller", graphics, "--vram", &vram]));
    calls.push(modify(&["--accelerate3d", on(devices.gfx_accelerate_3d)]));
    if !hardware.rtc_time_base.is_empty() {
        calls.push(modify(&["--rtcuseutc", on(hardware.rtc_time_base == "UTC")]));
    }
    if let Some(nested) = hardware.nested_virt {
        calls.push(modify(&["--nested-hw-virt", on(nested)]));
    }
    if !devices.gfx_efi_resolution.is_empty() {
        let key = "VBoxInternal2/EfiGraphicsResolution";
        calls.push(call(&["setextradata", machine, key, &devices.gfx_efi_resolution]));
    }
    calls
}

fn audio(devices: &Devices, version: &Version) -> Vec<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let driver = if version.at_least(7, 0) { "--audio-driver" } else { "--audio" };
    if devices.audio_controller == "none" {
        return vec![if version.at_least(7, 0) {
            words(&["--audio-enabled", "off"])
        } else {
            words(&["--audio", "none"])
        }];
    }
    let mut calls = vec![words(&[driver, &devices.sound])];
    if devices.sound != "none" {
        calls.push(words(&["--audioin", "on", "--audioout", "on"]));
    }
    calls.push(words(&["--audiocontroller", &devices.audio_controller]));
    calls
}

/// The graphics that VirtualBox recommends for the guest's operating system, where the template does not say. Packer makes
/// a machine and removes it to find out.
fn graphics<'a>(hardware: &Hardware, devices: &'a Devices) -> &'a str {
    const LINUX: [&str; 16] = [
        "Linux",
        "Debian",
        "Ubuntu",
        "RedHat",
        "Fedora",
        "openSUSE",
        "OpenSUSE",
        "SUSE",
        "ArchLinux",
        "Gentoo",
        "Mandriva",
        "Mageia",
        "Oracle",
        "Turbolinux",
        "Xandros",
        "Xubuntu",
    ];
    const OLD: [&str; 6] = ["Windows31", "Windows9", "WindowsMe", "WindowsNT", "Windows2000", "WindowsXP"];
    let os = hardware.guest_os_type.as_str();
    match devices.gfx_controller.as_str() {
        "" if LINUX.iter().any(|name| os.starts_with(name)) => "vmsvga",
        "" if OLD.iter().any(|name| os.starts_with(name)) => "vboxvga",
        "" if os.starts_with("Windows") => "vboxsvga",
        "" => "vboxvga",
        given => given,
    }
}

/// Disks and controllers of a new machine. `folder` is the machine's.
pub(super) fn disks(machine: &str, name: &str, folder: &std::path::Path, disks: &Disks) -> Vec<Call> {
    let mut calls = Vec::new();
    let sizes = disk_files(name, folder, disks);
    for (file, size) in &sizes {
        let size = size.to_string();
        calls.push(call(&[
            "createhd",
            "--filename",
            file,
            "--size",
            &size,
            "--format",
            "VDI",
            "--variant",
            "Standard",
        ]));
    }
    calls.extend(controllers(machine, disks));
    let (turning, discard) = (on(disks.hard_drive_nonrotational), on(disks.hard_drive_discard));
    for (index, (file, _)) in sizes.iter().enumerate() {
        let index = index.to_string();
        calls.push(call(&[
            "storageattach",
            machine,
            "--storagectl",
            controller_name(&disks.hard_drive_interface),
            "--port",
            &index,
            "--device",
            "0",
            "--type",
            "hdd",
            "--medium",
            file,
            "--nonrotational",
            turning,
            "--discard",
            discard,
        ]));
    }
    calls
}

/// The files of a new machine's disks with their sizes in MB: `N.vdi`, or `N-0.vdi`, `N-1.vdi` …
pub(super) fn disk_files(name: &str, folder: &std::path::Path, disks: &Disks) -> Vec<(String, u64)> {
    let sizes = [&[disks.disk_size][..], &disks.disk_additional_size].concat();
    let several = sizes.len() > 1;
    let file = |index: usize| if several { format!("{name}-{index}.vdi") } else { format!("{name}.vdi") };
    let path = |index| folder.join(file(index)).display().to_string();
    sizes.iter().enumerate().map(|(index, size)| (path(index), *size)).collect()
}

/// Controllers: IDE always, the others where a disk or the boot CD wants them. Ports that are asked for are made.
fn controllers(machine: &str, disks: &Disks) -> Vec<Call> {
    let count = u32::try_from(disks.disk_additional_size.len()).unwrap_or(u32::MAX).saturating_add(1);
    let wants = |kind: &str| disks.hard_drive_interface == kind || disks.iso_interface == kind;
    let add = |words: &[&str]| call(&[&["storagectl", machine], words].concat());
    let mut calls = vec![add(&["--name", "IDE", "--add", "ide"])];
    if wants("sata") {
        // CD drives stand at the ports 13 to 15.
        let cd = if disks.iso_interface == "sata" { 16 } else { 1 };
        let ports = disks.sata_port_count.max(count).max(cd).to_string();
        calls.push(add(&["--name", "SATA", "--add", "sata", "--portcount", &ports]));
    }
    if wants("virtio") {
        calls.push(add(&["--name", "VirtioSCSI", "--add", "VirtIO", "--controller", "VirtIO"]));
    }
    if wants("scsi") {
        calls.push(add(&["--name", "SCSI", "--add", "scsi", "--controller", "LSILogic"]));
    }
    if wants("pcie") {
        let ports = disks.nvme_port_count.max(count).to_string();
        calls.push(add(&["--name", "NVMe", "--add", "pcie", "--controller", "NVMe", "--portcount", &ports]));
    }
    calls
}

/// What a new machine's controller is called.
fn controller_name(interface: &str) -> &'static str {
    match interface {
        "sata" => "SATA",
        "scsi" => "SCSI",
        "pcie" => "NVMe",
        "virtio" => "VirtioSCSI",
        _ => "IDE",
    }
}
