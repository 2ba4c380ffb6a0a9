//! Machines for tests.

use image::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use image::ovf::{Disk, Envelope, Forwarding, Product, STREAM_OPTIMIZED};

/// A machine with one disk and one adapter on NAT.
pub(crate) fn machine(
    controller: ControllerKind,
    firmware: Firmware,
    os: &str,
    nic: NicKind,
    network: &str,
) -> Machine {
    Machine {
        name: "web".into(),
        os: os.into(),
        cpus: 2,
        cores_per_socket: None,
        memory: 512,
        firmware,
        chipset: Chipset::Piix3,
        controllers: vec![Controller { kind: controller, ports: None }],
        drives: vec![Drive { controller: 0, port: 0, device: 0, kind: DriveKind::Disk, medium: None }],
        floppy: None,
        nics: vec![Nic { kind: nic, network: network.into(), mac: None }],
    }
}

/// A machine's envelope with everything that people can say.
pub(crate) fn envelope(machine: Machine) -> Envelope {
    let disk = Disk {
        drive: 0,
        file: format!("{}-disk001.vmdk", machine.name),
        size: Some(70_144),
        capacity: 20 << 20,
        populated: Some(65_536),
        format: STREAM_OPTIMIZED.into(),
        uuid: None,
    };
    Envelope {
        machine,
        disks: vec![disk],
        product: Product {
            product: Some("Kiln & Co".into()),
            product_url: Some("https://example.org/?a=1&b=2".into()),
            vendor: Some("Ærø <A/S>".into()),
            vendor_url: Some("https://example.org".into()),
            version: Some("1.2".into()),
            description: Some("One line,\nand another".into()),
            eula: Some("Do \"what\" you like".into()),
        },
        forwardings: vec![Forwarding {
            nic: 0,
            name: "ssh".into(),
            udp: false,
            host_address: "127.0.0.1".into(),
            host_port: 2222,
            guest_address: String::new(),
            guest_port: 22,
        }],
    }
}
