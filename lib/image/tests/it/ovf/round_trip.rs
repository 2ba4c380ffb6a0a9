//! What is written is read back as it was.

use crate::machines::{envelope, machine};
use image::machine::{Controller, ControllerKind, Drive, DriveKind, Firmware, NicKind};
use image::ovf::{self, Dialect, Style, Version};
use proptest::prelude::*;

const VMWARE: Dialect = Dialect::VMware { hardware_version: 21 };

#[test]
fn virtualbox_says_everything() {
    for version in [Version::V1, Version::V2] {
        for kind in [
            ControllerKind::Ide,
            ControllerKind::Ahci,
            ControllerKind::LsiLogic,
            ControllerKind::LsiLogicSas,
            ControllerKind::BusLogic,
            ControllerKind::VirtioScsi,
            ControllerKind::Nvme,
        ] {
            for firmware in [Firmware::Bios, Firmware::Efi] {
                let mut given = envelope(machine(kind, firmware, "Debian_64", NicKind::E1000, "NAT"));
                given.machine.nics[0].mac = Some([8, 0, 0x27, 1, 2, 0xff]);
                let text = ovf::write(&given, Style { version, dialect: Dialect::VirtualBox }).unwrap();
                let mut read = ovf::read(&text).unwrap();
                assert!(read.disks[0].uuid.take().is_some());
                read.machine.drives[0].medium = None;
                read.machine.controllers[0].ports = None;
                assert_eq!(read, given, "{text}");
            }
        }
    }
}

#[test]
fn vmware_says_what_its_items_can() {
    for kind in [
        ControllerKind::Ide,
        ControllerKind::Ahci,
        ControllerKind::LsiLogic,
        ControllerKind::LsiLogicSas,
        ControllerKind::BusLogic,
        ControllerKind::PvScsi,
        ControllerKind::Nvme,
    ] {
        for firmware in [Firmware::Bios, Firmware::Efi, Firmware::EfiSecure] {
            let mut given = envelope(machine(kind, firmware, "debian12-64", NicKind::Vmxnet3, "nat"));
            given.machine.cores_per_socket = Some(2);
            given.forwardings.clear();
            let text = ovf::write(&given, Style { version: Version::V1, dialect: VMWARE }).unwrap();
            assert!(text.contains("<vssd:VirtualSystemType>vmx-21<"), "{text}");
            assert!(text.contains("vmw:osType=\"debian12_64Guest\""), "{text}");
            let mut read = ovf::read(&text).unwrap();
            read.machine.drives[0].medium = None;
            assert_eq!(read, given, "{text}");
        }
    }
}

#[test]
fn ide_keeps_channels_and_devices_and_a_cd_is_empty() {
    let mut given =
        envelope(machine(ControllerKind::Ide, Firmware::Bios, "Debian_64", NicKind::E1000, "NAT"));
    given.machine.controllers.push(Controller { kind: ControllerKind::Ahci, ports: Some(3) });
    let drive = |controller, port, device, kind| Drive { controller, port, device, kind, medium: None };
    given.machine.drives = vec![
        drive(0, 1, 1, DriveKind::Disk),
        drive(1, 2, 0, DriveKind::Disk),
        drive(0, 1, 0, DriveKind::Optical),
    ];
    let mut second = given.disks[0].clone();
    second.drive = 1;
    second.file = "web-disk002.vmdk".into();
    given.disks.push(second);
    for dialect in [Dialect::VirtualBox, VMWARE] {
        let text = ovf::write(&given, Style { version: Version::V1, dialect }).unwrap();
        let read = ovf::read(&text).unwrap().machine;
        let places: Vec<_> = read.drives.iter().map(|d| (d.controller, d.port, d.device, d.kind)).collect();
        assert_eq!(
            places,
            [(0, 1, 1, DriveKind::Disk), (1, 2, 0, DriveKind::Disk), (0, 1, 0, DriveKind::Optical)],
            "{text}"
        );
    }
}

#[test]
fn vagrant_finds_the_mac_address() {
    let given = envelope(machine(ControllerKind::Ahci, Firmware::Bios, "Debian_64", NicKind::E1000, "NAT"));
    let text = ovf::write(&given, Style { version: Version::V1, dialect: Dialect::VirtualBox }).unwrap();
    // Vagrant's own pattern: /Adapter slot="0".*MACAddress="(.+?)"/ on one line.
    let line = text.lines().find(|line| line.contains("<Adapter slot=\"0\"")).unwrap();
    let (_, rest) = line.split_once("MACAddress=\"080027").unwrap();
    assert!(rest[..6].bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    let again = ovf::write(&given, Style { version: Version::V1, dialect: Dialect::VirtualBox }).unwrap();
    assert_eq!(text, again);
}

#[test]
fn a_device_that_the_platform_lacks_is_refused() {
    let cases = [
        (
            ControllerKind::PvScsi,
            NicKind::E1000,
            Dialect::VirtualBox,
            "PvScsi, which VirtualBox does not know",
        ),
        (
            ControllerKind::Ahci,
            NicKind::Vmxnet3,
            Dialect::VirtualBox,
            "Vmxnet3, which VirtualBox does not know",
        ),
        (ControllerKind::VirtioScsi, NicKind::E1000, VMWARE, "VirtioScsi, which VMware does not know"),
        (ControllerKind::Ahci, NicKind::Virtio, VMWARE, "Virtio, which VMware does not know"),
    ];
    for (controller, nic, dialect, message) in cases {
        let given = envelope(machine(controller, Firmware::Bios, "Other_64", nic, "NAT"));
        let error = ovf::write(&given, Style { version: Version::V1, dialect }).unwrap_err();
        assert!(error.message.ends_with(message), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text that people give comes back as it was, but for what XML cannot say and blanks at the ends.
    #[test]
    fn any_text_survives(text in "\\PC{0,40}", name in "[^\\p{C}]{1,20}") {
        let mut given = envelope(machine(ControllerKind::Ahci, Firmware::Bios, "Debian_64", NicKind::E1000, "NAT"));
        given.machine.name = name.clone();
        given.product.eula = Some(text.clone());
        let written = ovf::write(&given, Style { version: Version::V1, dialect: Dialect::VirtualBox }).unwrap();
        let read = ovf::read(&written).unwrap();
        prop_assert_eq!(read.machine.name, name);
        prop_assert_eq!(read.product.eula.unwrap_or_default(), text.trim());
    }

    /// Nothing that is read makes the reader panic.
    #[test]
    fn any_damage_is_an_error_or_a_machine(at in 0usize..12_000, with in "\\PC{0,8}", length in 0usize..200) {
        let text = include_str!("../../fixtures/virtualbox-7.2-ovf10.ovf");
        let start = at.min(text.len());
        let end = (start + length).min(text.len());
        let _ = ovf::read(&format!("{}{with}{}", &text[..start], &text[end..]));
    }
}
