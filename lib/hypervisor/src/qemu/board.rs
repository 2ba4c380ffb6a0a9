//! The main board: chipset, firmware, PCI slots, network adapters, as QEMU's command line.

use super::accelerator::comma;
use super::firmware::Efi;
use image::machine::{Chipset, Firmware, Machine, Nic, NicKind};
use std::path::Path;

/// Whose machine the guest is to find itself on: where devices sit, and so what Linux names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// VirtualBox: the first network adapter is `enp0s3`.
    VirtualBox,
    /// VMware: the first network adapter is `ens33` (e1000), or `ens192` (e1000e, vmxnet3).
    VMware,
    /// QEMU's own places.
    #[default]
    Qemu,
}

/// Slots of VirtualBox's network adapters on the PCI bus (its `PCIRawDev` and DevPciMap: 3, 8, 9, …).
const VIRTUALBOX_NIC_SLOTS: [u32; 8] = [3, 8, 9, 10, 16, 17, 18, 19];

/// A command line that grows.
#[derive(Debug)]
pub(super) struct Board {
    target: Target,
    q35: bool,
    arguments: Vec<String>,
    warnings: Vec<String>,
}

/// The physical slot number that VMware gives a network adapter (`ethernetN.pciSlotNumber` in a VMX file), after which
/// Linux names it (`ens33`). `number` counts the machine's adapters from 0.
pub fn vmware_slot(kind: NicKind, number: usize) -> u32 {
    let number = u32::try_from(number).unwrap_or_default();
    match kind {
        NicKind::E1000e | NicKind::Vmxnet3 | NicKind::Virtio => 192 + 32 * number,
        // 34 and 35 are taken by sound and USB.
        _ => [33, 36, 37, 38, 39, 40, 41, 42, 43, 44][number.min(9) as usize],
    }
}

impl Board {
    /// Begins with the machine without drives and network.
    pub(super) fn new(machine: &Machine, target: Target, machine_type: Option<&str>) -> Self {
        // Only PCI Express has slot numbers beyond 31, and only Q35 keeps secure boot's variables from the guest.
        let q35 = machine.chipset == Chipset::Ich9
            || target == Target::VMware
            || machine.firmware == Firmware::EfiSecure;
        let mut board = Self { target, q35, arguments: Vec::new(), warnings: Vec::new() };
        let kind = machine_type.unwrap_or(if q35 { "q35" } else { "pc" });
        board.q35 = kind.contains("q35");
        let smm = if machine.firmware == Firmware::EfiSecure { ",smm=on" } else { "" };
        board.argument("-name", comma(Path::new(&machine.name)));
        board.argument("-machine", format!("{kind}{smm}"));
        board.arguments.extend(["-nodefaults", "-no-user-config"].map(str::to_owned));
        // Without ACPI's hot-plugging Linux names adapters by bus and slot (enp0s3), or by the slot's own number (ens33).
        if target != Target::Qemu {
            let global = match board.q35 {
                true => "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                false => "PIIX4_PM.acpi-root-pci-hotplug=off",
            };
            board.argument("-global", global);
        }
        board.argument("-m", machine.memory.to_string());
        board.argument("-smp", processors(machine));
        board
    }

    pub(super) fn target(&self) -> Target {
        self.target
    }

    pub(super) fn is_q35(&self) -> bool {
        self.q35
    }

    pub(super) fn argument(&mut self, name: &str, value: impl Into<String>) {
        self.arguments.extend([name.to_owned(), value.into()]);
    }

    pub(super) fn warn(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// Where a PCI device goes, as `-device` takes it: the slot given, if any, else where QEMU puts it.
    pub(super) fn pci_place(&self, slot: Option<u32>) -> String {
        let bus = if self.q35 { "pcie.0" } else { "pci.0" };
        slot.map_or_else(String::new, |slot| format!(",bus={bus},addr={slot:#x}"))
    }

    /// Adds a PCI device; to this slot, unless another device has it already.
    pub(super) fn pci_device(&mut self, device: &str, slot: Option<u32>) {
        let place = self.pci_place(slot);
        let taken = !place.is_empty() && self.arguments.iter().any(|argument| argument.ends_with(&place));
        let place = if taken { String::new() } else { place };
        self.argument("-device", format!("{device}{place}"));
    }

    /// Adds the screen's adapter.
    pub(super) fn screen(&mut self) {
        self.argument("-vga", "none");
        let slot = (self.target != Target::Qemu).then_some(2);
        self.pci_device("VGA,id=screen", slot);
    }

    /// Adds UEFI firmware, whose variables the machine keeps in a file of its own.
    pub(super) fn firmware(&mut self, efi: &Efi, variables: &Path, secure: bool) {
        if secure {
            self.argument("-global", "driver=cfi.pflash01,property=secure,value=on");
        }
        let code = format!("if=pflash,unit=0,format=raw,readonly=on,file={}", comma(&efi.code));
        self.argument("-drive", code);
        self.argument("-drive", format!("if=pflash,unit=1,format=raw,file={}", comma(variables)));
    }

    /// Adds a floppy disk in drive A.
    pub(super) fn floppy(&mut self, floppy: &Path) {
        self.argument("-drive", format!("if=floppy,index=0,format=raw,file={}", comma(floppy)));
    }

    /// Adds the network adapters. The first reaches the world through this host's user-mode network; the others have a
    /// network of their own that leads nowhere.
    pub(super) fn network(&mut self, nics: &[Nic]) {
        for (number, nic) in nics.iter().enumerate() {
            let restrict = if number == 0 { "" } else { ",restrict=on" };
            // As VirtualBox numbers its NAT networks: 10.0.2.0, 10.0.3.0, …
            self.argument(
                "-netdev",
                format!("user,id=net{number},net=10.0.{}.0/24{restrict}", 2 + number % 250),
            );
            let mac = nic.mac.map_or_else(String::new, |mac| {
                let bytes: Vec<String> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
                format!(",mac={}", bytes.join(":"))
            });
            let device = format!("{},netdev=net{number}{mac}", self.nic_device(nic.kind));
            match self.target {
                Target::VirtualBox => {
                    self.pci_device(&device, VIRTUALBOX_NIC_SLOTS.get(number).copied());
                }
                Target::VMware if self.q35 => {
                    let (chassis, slot) = (number + 1, vmware_slot(nic.kind, number));
                    self.argument(
                        "-device",
                        format!("pcie-root-port,id=port{number},chassis={chassis},slot={slot}"),
                    );
                    self.argument("-device", format!("{device},bus=port{number}"));
                }
                Target::VMware | Target::Qemu => self.argument("-device", device),
            }
        }
    }

    fn nic_device(&mut self, kind: NicKind) -> &'static str {
        match kind {
            NicKind::E1000 => "e1000",
            NicKind::E1000Em => "e1000-82545em",
            NicKind::E1000e => "e1000e",
            NicKind::Vmxnet3 => "vmxnet3",
            NicKind::Virtio => "virtio-net-pci",
            NicKind::E1000Gc => {
                self.warn(
                    "QEMU has no Intel 82543GC adapter: the guest sees an 82544GC, which has the same driver"
                        .to_owned(),
                );
                "e1000-82544gc"
            }
            NicKind::Pcnet2 | NicKind::Pcnet3 => "pcnet",
        }
    }

    /// The command line so far, and what is to be said about it.
    pub(super) fn finish(self) -> (Vec<String>, Vec<String>) {
        (self.arguments, self.warnings)
    }
}

fn processors(machine: &Machine) -> String {
    match machine.cores_per_socket {
        Some(cores) if cores > 0 && machine.cpus.is_multiple_of(cores) => {
            format!("{},sockets={},cores={cores},threads=1", machine.cpus, machine.cpus / cores)
        }
        _ => machine.cpus.to_string(),
    }
}
