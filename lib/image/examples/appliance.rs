//! Packs a disk as an appliance: for looking at one by hand.
//!
//! `cargo run --release -p image --example appliance -- DISK TO.ova [ahci|ide|nvme [bios|efi]]`

use image::Disk;
use image::appliance::Appliance;
use image::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use image::ovf::{Dialect, Style, Version};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [disk, to, rest @ ..] = arguments.as_slice() else {
        return Err("DISK TO.ova [ahci|ide|nvme [bios|efi]]".into());
    };
    let kind = match rest.first().map_or("ahci", String::as_str) {
        "ahci" => ControllerKind::Ahci,
        "ide" => ControllerKind::Ide,
        "nvme" => ControllerKind::Nvme,
        other => return Err(format!("{other}: no such controller").into()),
    };
    let efi = rest.get(1).is_some_and(|firmware| firmware == "efi");
    let base = Path::new(to).file_stem().and_then(|stem| stem.to_str()).ok_or("TO has no name")?;
    let machine = Machine {
        name: base.to_owned(),
        os: "Linux26_64".to_owned(),
        cpus: 1,
        cores_per_socket: None,
        memory: 512,
        firmware: if efi { Firmware::Efi } else { Firmware::Bios },
        chipset: Chipset::Piix3,
        controllers: vec![Controller { kind, ports: None }],
        drives: vec![Drive { controller: 0, port: 0, device: 0, kind: DriveKind::Disk, medium: None }],
        floppy: None,
        nics: vec![Nic { kind: NicKind::E1000, network: "nat".to_owned(), mac: None }],
    };
    let style = Style { version: Version::V1, dialect: Dialect::VirtualBox };
    let appliance = Appliance::new(machine, base, vec![(0, Disk::open(disk)?)], style);
    let written = appliance.write_ova(Path::new(to), &mut |_, _| ControlFlow::Continue(()))?;
    writeln!(std::io::stdout(), "{}  {}  {}", written.sha256, written.size, written.path.display())?;
    Ok(())
}
