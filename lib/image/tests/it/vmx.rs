//! .vmx files: nothing is lost, machines go in and come out.

use crate::machines::machine;
use image::machine::{Controller, ControllerKind, Drive, DriveKind, Firmware, NicKind};
use image::vmx::{self, Vmx};
use proptest::prelude::*;

const FUSION: &str = r#"#!/usr/bin/vmware
.encoding = "UTF-8"
config.version = "8"

# our own remark
displayName = "Caf|C3|A9 |22x|22"
GuestOS = "ubuntu-64"
numvcpus=4
cpuid.coresPerSocket = "2"
memsize = "2048"
firmware = "efi"
scsi0.present = "TRUE"
scsi0.virtualDev = "pvscsi"
scsi0:1.present = "TRUE"
scsi0:1.fileName = "data disk.vmdk"
scsi0:0.present = "TRUE"
scsi0:0.fileName = "disk.vmdk"
scsi0:0.virtualSSD = 1
sata0.present = "TRUE"
sata0:1.present = "TRUE"
sata0:1.deviceType = "cdrom-image"
sata0:1.fileName = "/isos/ubuntu.iso"
ide1:0.present = "TRUE"
ide1:0.deviceType = "cdrom-raw"
ide1:0.fileName = "auto detect"
ethernet0.present = "TRUE"
ethernet0.connectionType = "nat"
ethernet0.virtualDev = "vmxnet3"
ethernet0.addressType = "generated"
ethernet0.generatedAddress = "00:0c:29:01:02:03"
ethernet1.present = "TRUE"
ethernet1.connectionType = "custom"
ethernet1.vnet = "vmnet3"
ethernet1.virtualDev = "e1000e"
ethernet2.present = "FALSE"
a line that is nothing
"#;

#[test]
fn what_is_not_changed_stays_as_it_was() {
    let mut vmx = Vmx::parse(FUSION);
    assert_eq!(vmx.to_string(), FUSION);
    assert_eq!(vmx.get("DISPLAYNAME").as_deref(), Some("Café \"x\""));
    assert_eq!(vmx.get("scsi0:0.virtualssd").as_deref(), Some("1"));
    assert_eq!((vmx.number("NumVCPUs"), vmx.flag("ethernet2.present")), (Some(4), Some(false)));
    assert_eq!(vmx.get("nothing"), None);
    vmx.set("guestos", "debian12-64");
    vmx.set("annotation", "one\ntwo | \"three\"");
    vmx.set_raw("guestinfo.note", "four|0Afive");
    assert_eq!(vmx.remove_all("Ethernet"), 10);
    let expected: String =
        FUSION.lines().filter(|line| !line.starts_with("ethernet")).map(|line| format!("{line}\n")).collect();
    let expected = expected.replace("GuestOS = \"ubuntu-64\"", "GuestOS = \"debian12-64\"")
        + "annotation = \"one|0Atwo |7C |22three|22\"\nguestinfo.note = \"four|0Afive\"\n";
    assert_eq!(vmx.to_string(), expected);
    assert_eq!(vmx.get("guestinfo.note").as_deref(), Some("four\nfive"));
}

#[test]
fn a_key_that_stands_twice_becomes_one() {
    let mut vmx = Vmx::parse("a = \"1\"\nb = \"2\"\nA = \"3\"\n");
    assert_eq!(vmx.get("a").as_deref(), Some("3"));
    vmx.set("a", "4");
    assert_eq!(vmx.to_string(), "a = \"4\"\nb = \"2\"\n");
}

#[test]
fn a_machine_comes_out() {
    let machine = vmx::to_machine(&Vmx::parse(FUSION)).unwrap();
    assert_eq!((machine.cpus, machine.cores_per_socket, machine.memory), (4, Some(2), 2048));
    assert_eq!((machine.os.as_str(), machine.firmware), ("ubuntu-64", Firmware::Efi));
    let kinds: Vec<_> = machine.controllers.iter().map(|controller| controller.kind).collect();
    assert_eq!(kinds, [ControllerKind::PvScsi, ControllerKind::Ahci, ControllerKind::Ide]);
    let drives: Vec<_> = machine
        .drives
        .iter()
        .map(|d| (d.controller, d.port, d.kind, d.medium.as_ref().map(|path| path.to_str().unwrap())))
        .collect();
    assert_eq!(
        drives,
        [
            (0, 0, DriveKind::Disk, Some("disk.vmdk")),
            (0, 1, DriveKind::Disk, Some("data disk.vmdk")),
            (1, 1, DriveKind::Optical, Some("/isos/ubuntu.iso")),
            (2, 1, DriveKind::Optical, None),
        ]
    );
    let nics: Vec<_> = machine.nics.iter().map(|nic| (nic.kind, nic.network.as_str(), nic.mac)).collect();
    assert_eq!(
        nics,
        [(NicKind::Vmxnet3, "nat", Some([0, 0x0c, 0x29, 1, 2, 3])), (NicKind::E1000e, "vmnet3", None)]
    );
}

#[test]
fn a_machine_goes_in_and_comes_out() {
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
            let mut given = machine(kind, firmware, "debian12-64", NicKind::Vmxnet3, "nat");
            given.drives[0].medium = Some("disk.vmdk".into());
            given.nics[0].mac = Some([0, 0x50, 0x56, 1, 2, 3]);
            given.floppy = Some("floppy.img".into());
            // VMware's SCSI first, so IDE last.
            given.controllers.push(Controller { kind: ControllerKind::Ide, ports: None });
            let cd = Drive {
                controller: 1,
                port: 1,
                device: 1,
                kind: DriveKind::Optical,
                medium: Some("a.iso".into()),
            };
            if kind == ControllerKind::Ide {
                given.controllers.pop();
            } else {
                given.drives.push(cd);
            }
            let vmx = vmx::from_machine(&given, 21).unwrap();
            assert_eq!(vmx::to_machine(&Vmx::parse(&vmx.to_string())).unwrap(), given, "{vmx}");
        }
    }
}

#[test]
fn impossible_settings_are_refused() {
    let cases = [
        ("numvcpus = \"0\"", "numvcpus of the .vmx is 0, which makes no sense"),
        ("numvcpus = \"99999999999\"", "numvcpus of the .vmx is 99999999999, which makes no sense"),
        ("memsize = \"much\"", "memsize of the .vmx is \"much\", not a number"),
        (
            "scsi0.present = \"TRUE\"\nscsi0.virtualDev = \"x\"",
            "scsi0.virtualDev of the .vmx is \"x\", an unknown disk controller",
        ),
        (
            "ethernet0.present = \"TRUE\"\nethernet0.virtualDev = \"x\"",
            "ethernet0.virtualDev of the .vmx is \"x\", an unknown network adapter",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(
            vmx::to_machine(&Vmx::parse(text)).map_err(|error| error.message),
            Err(message.to_owned())
        );
    }
}

#[test]
fn files_appear_whole_and_any_encoding_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.vmx");
    std::fs::write(&path, b".encoding = \"windows-1252\"\r\ndisplayName = \"Caf\xe9\"\r\n").unwrap();
    let vmx = Vmx::read(&path).unwrap();
    assert_eq!(vmx.get("displayname").as_deref(), Some("Café"));
    vmx.write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ".encoding = \"UTF-8\"\ndisplayName = \"Café\"\n");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let missing = Vmx::read(&folder.path().join("none.vmx")).expect_err("there is no such file");
    assert!(missing.message.contains("none.vmx: No such file"), "{missing}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_written_as_it_was(lines in proptest::collection::vec("[^\r\n\u{feff}]{0,30}", 0..8)) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let vmx = Vmx::parse(&text);
        prop_assert_eq!(vmx.to_string(), text);
        let _ = vmx::to_machine(&vmx);
    }

    #[test]
    fn any_value_comes_back(settings in proptest::collection::btree_map("[a-z][a-z0-9:.]{0,12}", "(?s).{0,20}", 0..8)) {
        let mut vmx = Vmx::new();
        for (key, value) in &settings {
            vmx.set(key, value);
        }
        let read = Vmx::parse(&vmx.to_string());
        for (key, value) in &settings {
            let found = read.get(key);
            prop_assert_eq!(found.as_ref(), Some(value));
        }
        prop_assert_eq!(read.iter().count(), settings.len());
    }
}
