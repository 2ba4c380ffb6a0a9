//! Descriptors that VirtualBox and VMware's tools have written.

use image::machine::{Chipset, ControllerKind, DriveKind, Firmware, NicKind};
use image::ovf;

#[test]
fn virtualbox_ovf_1() {
    let envelope = ovf::read(include_str!("../../fixtures/virtualbox-7.2-ovf10.ovf")).unwrap();
    let machine = &envelope.machine;
    assert_eq!((machine.name.as_str(), machine.os.as_str()), ("bios1", "Debian_64"));
    assert_eq!((machine.cpus, machine.memory, machine.firmware), (2, 512, Firmware::Bios));
    let controllers: Vec<_> = machine.controllers.iter().map(|c| (c.kind, c.ports)).collect();
    assert_eq!(controllers, [(ControllerKind::Ahci, Some(4)), (ControllerKind::Ide, None)]);
    let drives: Vec<_> = machine.drives.iter().map(|d| (d.controller, d.port, d.device, d.kind)).collect();
    assert_eq!(drives, [(0, 0, 0, DriveKind::Disk), (1, 1, 0, DriveKind::Optical)]);
    assert_eq!(machine.drives[0].medium.as_deref().unwrap().to_str(), Some("bios1-disk001.vmdk"));
    let nics: Vec<_> = machine.nics.iter().map(|nic| (nic.kind, nic.network.as_str())).collect();
    assert_eq!(
        nics,
        [
            (NicKind::E1000, "NAT"),
            (NicKind::Virtio, "Bridged"),
            (NicKind::E1000, "HostOnly"),
            (NicKind::E1000, "Internal")
        ]
    );
    assert_eq!(machine.nics[0].mac, Some([0x08, 0x00, 0x27, 0xae, 0xdc, 0x67]));
    let rule = &envelope.forwardings[0];
    assert_eq!((rule.name.as_str(), rule.udp, rule.host_port, rule.guest_port), ("ssh", false, 2222, 22));
    assert_eq!(envelope.disks[0].capacity, 20 << 20);
    assert_eq!(envelope.disks[0].uuid.as_deref(), Some("f0c96346-ae41-4ef7-bc71-22b7a963dd7c"));
    assert_eq!(envelope.product.description.as_deref(), Some("Desc & <b>"));
    assert_eq!(envelope.product.eula.as_deref(), Some("Eula text"));
}

#[test]
fn virtualbox_ovf_2() {
    let envelope = ovf::read(include_str!("../../fixtures/virtualbox-7.2-ovf20.ovf")).unwrap();
    let machine = &envelope.machine;
    assert_eq!((machine.firmware, machine.chipset, machine.cpus), (Firmware::Efi, Chipset::Ich9, 1));
    assert_eq!(machine.controllers[0].kind, ControllerKind::Nvme);
    // Adapters that are not on are not there.
    assert_eq!(machine.nics.len(), 1);
    assert_eq!(envelope.disks[0].file, "efi1-disk001.vmdk");
}

#[test]
fn items_speak_where_there_is_no_vbox_machine() {
    for text in [
        include_str!("../../fixtures/virtualbox-7.2-ovf10.ovf"),
        include_str!("../../fixtures/virtualbox-7.2-ovf20.ovf"),
    ] {
        let (before, rest) = text.split_once("<vbox:Machine").unwrap();
        let (_, after) = rest.split_once("</vbox:Machine>").unwrap();
        let with = ovf::read(text).unwrap().machine;
        let without = ovf::read(&format!("{before}{after}")).unwrap().machine;
        assert_eq!((without.cpus, without.memory, &without.os), (with.cpus, with.memory, &with.os));
        assert_eq!(without.nics.len(), with.nics.len());
        assert_eq!(without.nics[0].network, "NAT");
        // IDE stands first in the items, and NVMe alone; the disk is on its own controller in both.
        let disk = &without.drives[0];
        let controller = without.controllers[disk.controller].kind;
        assert_eq!(controller, with.controllers[with.drives[0].controller].kind);
        assert_eq!(without.firmware, Firmware::Bios);
    }
}

#[test]
fn vmware() {
    let envelope = ovf::read(include_str!("../../fixtures/vmware.ovf")).unwrap();
    let machine = &envelope.machine;
    assert_eq!((machine.name.as_str(), machine.os.as_str()), ("photon", "other4xlinux-64"));
    assert_eq!((machine.cpus, machine.cores_per_socket, machine.memory), (4, Some(2), 2048));
    assert_eq!(machine.firmware, Firmware::EfiSecure);
    let kinds: Vec<_> = machine.controllers.iter().map(|controller| controller.kind).collect();
    assert_eq!(kinds, [ControllerKind::PvScsi, ControllerKind::Ide]);
    let drives: Vec<_> = machine.drives.iter().map(|d| (d.controller, d.port, d.device, d.kind)).collect();
    // VMware writes the secondary channel first.
    assert_eq!(
        drives,
        [(0, 0, 0, DriveKind::Disk), (0, 1, 0, DriveKind::Disk), (1, 0, 0, DriveKind::Optical)]
    );
    let disks: Vec<_> = envelope.disks.iter().map(|d| (d.file.as_str(), d.size, d.capacity)).collect();
    assert_eq!(
        disks,
        [("photon-disk1.vmdk", Some(1_234_567), 16 << 30), ("photon-disk2.vmdk", Some(68_608), 512 << 20)]
    );
    assert_eq!((machine.nics[0].kind, machine.nics[0].network.as_str()), (NicKind::Vmxnet3, "VM Network"));
    assert_eq!(envelope.product.eula.as_deref(), Some("Terms & <conditions>"));
}
