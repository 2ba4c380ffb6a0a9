//! The hardware of a virtual machine, in the terms that OVF, VMX and QEMU's devices are written from and read into.

use std::path::PathBuf;

/// A virtual machine: what stands in its case. No platform's name stands here, but [`Machine::os`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Name that people see.
    pub name: String,
    /// Guest operating system in the platform's own terms: `Debian_64` (VirtualBox), `debian12-64` (VMware).
    pub os: String,
    /// Number of virtual processors.
    pub cpus: u32,
    /// Processors a socket, where the template says.
    pub cores_per_socket: Option<u32>,
    /// Memory in MiB.
    pub memory: u64,
    /// What starts the boot loader.
    pub firmware: Firmware,
    /// The main board's chips.
    pub chipset: Chipset,
    /// Disk controllers, in order; drives name them by index.
    pub controllers: Vec<Controller>,
    /// Disks and CDs, in boot order.
    pub drives: Vec<Drive>,
    /// Floppy disk in drive A: a raw image of 1440 KiB.
    pub floppy: Option<PathBuf>,
    /// Network adapters, in slot order.
    pub nics: Vec<Nic>,
}

/// What starts the boot loader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Firmware {
    /// PC BIOS.
    #[default]
    Bios,
    /// UEFI.
    Efi,
    /// UEFI with secure boot.
    EfiSecure,
}

/// The main board's chips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Chipset {
    /// Intel 440FX with PIIX3: QEMU's `pc`.
    #[default]
    Piix3,
    /// Intel ICH9: QEMU's `q35`.
    Ich9,
}

/// A disk controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    /// What the guest sees.
    pub kind: ControllerKind,
    /// Number of ports, where the platform lets one choose.
    pub ports: Option<u32>,
}

/// What disk controller the guest sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ControllerKind {
    /// PIIX4 IDE: two channels of two devices.
    Ide,
    /// Intel AHCI (SATA).
    Ahci,
    /// LSI Logic 53C1030 parallel SCSI.
    LsiLogic,
    /// LSI Logic SAS1068.
    LsiLogicSas,
    /// BusLogic BT-958 parallel SCSI.
    BusLogic,
    /// VMware's paravirtual SCSI.
    PvScsi,
    /// Virtio SCSI.
    VirtioScsi,
    /// Virtio block device; every disk is its own controller.
    VirtioBlock,
    /// NVM Express.
    Nvme,
}

/// A disk or a CD in a controller's port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// Index in [`Machine::controllers`].
    pub controller: usize,
    /// Port (SATA, NVMe), target (SCSI) or channel (IDE).
    pub port: u32,
    /// Device on an IDE channel: 0 is the master, 1 the slave. 0 elsewhere.
    pub device: u32,
    /// Disk or CD.
    pub kind: DriveKind,
    /// The image file; an empty CD drive has none.
    pub medium: Option<PathBuf>,
}

/// What sort of drive it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriveKind {
    /// A hard disk.
    Disk,
    /// A CD or DVD drive, with a raw image.
    Optical,
}

/// A network adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    /// What the guest sees.
    pub kind: NicKind,
    /// Name of the network in the platform's terms: `NAT`, `nat`, `bridged`, `VM Network`, …
    pub network: String,
    /// Hardware address, where it is fixed.
    pub mac: Option<[u8; 6]>,
}

/// What network adapter the guest sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NicKind {
    /// Intel 82540EM: VirtualBox's default and VMware's `e1000` are of this family.
    E1000,
    /// Intel 82543GC.
    E1000Gc,
    /// Intel 82545EM: VMware's `e1000`.
    E1000Em,
    /// Intel 82574L.
    E1000e,
    /// VMware's paravirtual adapter.
    Vmxnet3,
    /// AMD Am79C970A (PCNet PCI II).
    Pcnet2,
    /// AMD Am79C973 (PCNet FAST III).
    Pcnet3,
    /// Virtio network.
    Virtio,
}
