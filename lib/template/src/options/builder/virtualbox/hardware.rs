//! The machine that `virtualbox-iso` makes.

use super::one_of;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine's board, processors and memory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hardware {
    /// The guest's operating system, as `VBoxManage list ostypes` names it. Default: `Other`.
    pub guest_os_type: String,
    /// Main board: `piix3`, `ich9`, `armv8` or `armv8virtual`. Default: `piix3`.
    pub chipset: String,
    /// `bios` or `efi`. Default: `bios`.
    pub firmware: String,
    /// Number of processors. Default: 1.
    pub cpus: u32,
    /// Memory in MiB. Default: 512.
    pub memory: u64,
    /// Whether the guest can run virtual machines. Default: VirtualBox's.
    pub nested_virt: Option<bool>,
    /// What the machine's clock shows: `UTC` or `local` time. Default: VirtualBox's.
    pub rtc_time_base: String,
}

/// The machine's disks and drives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Disks {
    /// Size of the first disk in MB. Default: 40000.
    pub disk_size: u64,
    /// Sizes of more disks in MB.
    pub disk_additional_size: Vec<u64>,
    /// Controller of the disks: `ide`, `sata`, `scsi`, `pcie` (NVMe) or `virtio`. Default: `ide`.
    pub hard_drive_interface: String,
    /// Ports of the SATA controller, at most 30. Default: as many as are needed.
    pub sata_port_count: u32,
    /// Ports of the NVMe controller, at most 255. Default: as many as are needed.
    pub nvme_port_count: u32,
    /// Whether the guest sees disks that do not turn (SSD). Default: false.
    pub hard_drive_nonrotational: bool,
    /// Whether what the guest discards is given back to the host. Default: false.
    pub hard_drive_discard: bool,
    /// Controller of the boot CD: `ide`, `sata` or `virtio`. Default: `ide`.
    pub iso_interface: String,
}

/// The machine's other devices.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Devices {
    /// Network adapter: `82540EM`, `82543GC`, `82545EM`, `Am79C970A`, `Am79C973`, `Am79C960`, `virtio` or `usbnet`. Default: `82540EM`.
    pub nic_type: String,
    /// The host's sound system, such as `none`, `pulse`, `alsa`. Default: none.
    pub sound: String,
    /// Sound card: `ac97`, `hda`, `sb16` or `none`. Default: `ac97`.
    pub audio_controller: String,
    /// Whether there is USB. Default: false.
    pub usb: bool,
    /// USB controller: `ehci`, `ohci`, `xhci` or `none`. Default: `none`, and `ohci` with `usb`.
    pub usb_controller: String,
    /// `ps2`, `usb`, `usbtablet` or `usbmultitouch`. Default: `ps2`.
    pub mouse: String,
    /// `ps2` or `usb`. Default: `ps2`.
    pub keyboard: String,
    /// Graphics: `vboxvga`, `vboxsvga`, `vmsvga`, `qemuramfb` or `none`. Default: what VirtualBox gives for `guest_os_type`.
    pub gfx_controller: String,
    /// Memory of the graphics in MiB, 1 to 128. Default: 4.
    pub gfx_vram_size: u32,
    /// Whether graphics are accelerated. Default: false.
    pub gfx_accelerate_3d: bool,
    /// Resolution under EFI: `1024x768`. Default: VirtualBox's.
    pub gfx_efi_resolution: String,
}

impl Hardware {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.guest_os_type.is_empty() {
            "Other".clone_into(&mut self.guest_os_type);
        }
        let chipsets = ["piix3", "ich9", "armv8", "armv8virtual"];
        one_of("chipset", &mut self.chipset, &chipsets, "piix3", check);
        one_of("firmware", &mut self.firmware, &["bios", "efi"], "bios", check);
        if !self.rtc_time_base.is_empty() {
            one_of("rtc_time_base", &mut self.rtc_time_base, &["UTC", "local"], "UTC", check);
        }
        self.cpus = self.cpus.max(1);
        if self.memory == 0 {
            self.memory = 512;
        }
    }
}

impl Disks {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        if self.disk_size == 0 {
            self.disk_size = 40_000;
        }
        let interfaces = ["ide", "sata", "scsi", "pcie", "virtio"];
        one_of("hard_drive_interface", &mut self.hard_drive_interface, &interfaces, "ide", check);
        one_of("iso_interface", &mut self.iso_interface, &["ide", "sata", "virtio"], "ide", check);
        if let Some(index) = self.disk_additional_size.iter().position(|size| *size == 0) {
            check.error(format!("disk_additional_size[{index}]"), "a disk of 0 MB is none").hint("remove it");
        }
        if self.hard_drive_interface == "ide" && self.disk_additional_size.len() > 1 {
            check
                .error(
                    "disk_additional_size",
                    "IDE has a place for one more disk only: the others are the CD drives'",
                )
                .hint("set hard_drive_interface to \"sata\"");
        }
        let disks = self.disk_additional_size.len() + 1;
        for (path, count, most, kind) in [
            ("sata_port_count", self.sata_port_count, 30, "sata"),
            ("nvme_port_count", self.nvme_port_count, 255, "pcie"),
        ] {
            if count > most {
                check.error(path, format!("{count} ports are too many")).hint(format!("at most {most}"));
            } else if self.hard_drive_interface == kind && disks > most as usize {
                check.error("disk_additional_size", format!("{disks} disks do not fit at {most} ports"));
            }
        }
        if self.hard_drive_nonrotational && matches!(self.hard_drive_interface.as_str(), "ide" | "virtio") {
            check.warning(
                "hard_drive_nonrotational",
                "VirtualBox shows this to guests on SATA, SCSI and NVMe only",
            );
        }
    }
}

impl Devices {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        let adapters =
            ["82540EM", "82543GC", "82545EM", "Am79C970A", "Am79C973", "Am79C960", "virtio", "usbnet"];
        one_of("nic_type", &mut self.nic_type, &adapters, "82540EM", check);
        let controllers = ["ac97", "hda", "sb16", "none"];
        one_of("audio_controller", &mut self.audio_controller, &controllers, "ac97", check);
        if self.sound.is_empty() {
            "none".clone_into(&mut self.sound);
        }
        let (controllers, default) =
            (["ehci", "ohci", "xhci", "none"], if self.usb { "ohci" } else { "none" });
        one_of("usb_controller", &mut self.usb_controller, &controllers, default, check);
        self.usb |= self.usb_controller != "none";
        one_of("mouse", &mut self.mouse, &["ps2", "usb", "usbtablet", "usbmultitouch"], "ps2", check);
        one_of("keyboard", &mut self.keyboard, &["ps2", "usb"], "ps2", check);
        if !self.gfx_controller.is_empty() {
            let known = ["vboxvga", "vboxsvga", "vmsvga", "qemuramfb", "none"];
            one_of("gfx_controller", &mut self.gfx_controller, &known, "", check);
        }
        match self.gfx_vram_size {
            0 => self.gfx_vram_size = 4,
            1..=128 => {}
            size => {
                check.error("gfx_vram_size", format!("{size} MiB are too much")).hint("1 to 128");
            }
        }
        let resolution = &self.gfx_efi_resolution;
        let is_size = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !resolution.is_empty()
            && !resolution.split_once('x').is_some_and(|(width, height)| is_size(width) && is_size(height))
        {
            check
                .error("gfx_efi_resolution", format!("'{resolution}' is no resolution"))
                .hint("such as \"1024x768\"");
        }
    }
}
