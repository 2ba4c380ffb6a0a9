//! The qemu driver.

use crate::testbed::{Place, guest};
use hypervisor::driver::Driver;
use hypervisor::keyboard::{Key, KeyEvent};
use hypervisor::qemu::{Options, Qemu, Target, vmware_slot};
use image::machine::{
    Chipset, Controller, ControllerKind, Drive, DriveKind, Firmware, Machine, Nic, NicKind,
};
use record::Failure;
use record::wait::{Seen, Wait};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(600);

/// Writes every key on the screen; `!` switches the machine off.
///
/// ```text
/// next: xor ah, ah        off: mov dx, 0x604   ; ACPI's PM1a control, where SeaBIOS puts it
///       int 0x16               mov ax, 0x2000  ; S5, enabled
///       cmp al, '!'            out dx, ax
///       je off                 hlt
///       mov ah, 0x0e           jmp $-1
///       mov bx, 7
///       int 0x10
///       jmp next
/// ```
const TYPEWRITER: [u8; 27] = [
    0x30, 0xe4, 0xcd, 0x16, 0x3c, 0x21, 0x74, 0x09, 0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10, 0xeb, 0xef,
    0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, 0xf4, 0xeb, 0xfd,
];

fn machine(controller: ControllerKind, nic: NicKind, disk: PathBuf) -> Machine {
    let drive = Drive { controller: 0, port: 0, device: 0, kind: DriveKind::Disk, medium: Some(disk) };
    Machine {
        name: "test, machine".to_owned(),
        os: "Debian_64".to_owned(),
        cpus: 1,
        cores_per_socket: None,
        memory: 256,
        firmware: Firmware::Bios,
        chipset: Chipset::Piix3,
        controllers: vec![Controller { kind: controller, ports: None }],
        drives: vec![drive],
        floppy: None,
        nics: vec![Nic { kind: nic, network: "NAT".to_owned(), mac: None }],
    }
}

fn options(target: Target) -> Options {
    Options { target, accelerator: Some("tcg".to_owned()), headless: true, ..Options::default() }
}

/// A machine whose disk is a typewriter.
async fn typewriter(place: &Place) -> Qemu {
    let mut disk = [0_u8; 512];
    disk[..TYPEWRITER.len()].copy_from_slice(&TYPEWRITER);
    disk[510..].copy_from_slice(&[0x55, 0xaa]);
    let disk = place.write("disk", &[&disk[..], &vec![0; 1 << 20]].concat());
    let machine = machine(ControllerKind::Ahci, NicKind::E1000, disk);
    Qemu::create(&machine, &options(Target::VirtualBox), &place.work(), &place.build).await.unwrap()
}

fn keys(text: &str) -> Vec<KeyEvent> {
    let shift = Key::Named("leftshift");
    let event = |key, down| KeyEvent { key, down };
    let press = |character: char| {
        let shifted = character.is_uppercase() || r#"!@#$%^&*()_+{}|:"<>?~"#.contains(character);
        let mut events = [true, false].map(|down| event(Key::Character(character), down)).to_vec();
        if shifted {
            events.insert(0, event(shift, true));
            events.push(event(shift, false));
        }
        events
    };
    text.chars().flat_map(press).collect()
}

async fn until_screen_shows(qemu: &Qemu, place: &Place, text: &str) -> Vec<String> {
    Wait::new(text, PATIENCE)
        .every(Duration::from_millis(20), Duration::from_millis(200))
        .until(&place.build, async || {
            let rows = qemu.screen(&place.build).await?.text.unwrap_or_default();
            if rows.iter().any(|row| row.contains(text)) {
                return Ok(Seen::Ready(rows));
            }
            Ok(Seen::NotYet(rows.join("\n")))
        })
        .await
        .unwrap()
}

async fn until_off(qemu: &Qemu, place: &Place) -> Result<(), Failure> {
    Wait::new("the machine to be off", PATIENCE)
        .every(Duration::from_millis(10), Duration::from_millis(200))
        .until(&place.build, async || match qemu.is_running(&place.build).await? {
            true => Ok(Seen::NotYet("on".to_owned())),
            false => Ok(Seen::Ready(())),
        })
        .await
}

#[tokio::test]
async fn keys_are_typed_and_the_screen_is_read() {
    let place = Place::new();
    let qemu = typewriter(&place).await;
    assert!(!qemu.is_running(&place.build).await.unwrap());
    qemu.start(&place.build).await.unwrap();
    qemu.start(&place.build).await.unwrap();
    assert!(qemu.is_running(&place.build).await.unwrap());
    until_screen_shows(&qemu, &place, "Booting from Hard Disk").await;
    let line = r#" Install AUTO=true url=http://10.0.2.2:8080/a_b?c&d;{[<>]}|\~`"'^%$#@*()+,. "#;
    let mut keyboard = qemu.keyboard(&place.build).await.unwrap();
    keyboard.send(&keys(line)).await.unwrap();
    keyboard.send(&keys("end")).await.unwrap();
    let rows = until_screen_shows(&qemu, &place, "end").await;
    assert!(rows.concat().contains(line.trim()), "{rows:#?}");
    // Another process finds the machine by its folders.
    let later = Qemu::at(&place.work(), &place.build);
    drop((qemu, keyboard));
    let screen = later.screen(&place.build).await.unwrap();
    assert!(screen.png.unwrap().starts_with(b"\x89PNG"));
    let mut keyboard = later.keyboard(&place.build).await.unwrap();
    keyboard.send(&keys("!")).await.unwrap();
    until_off(&later, &place).await.unwrap();
    assert!(record::process::detached(place.build.id()).is_empty(), "QEMU has left");
    later.destroy(&place.build).await.unwrap();
    later.destroy(&place.build).await.unwrap();
    let left: Vec<_> = std::fs::read_dir(place.work()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_port_leads_to_the_guest_and_stays() {
    let place = Place::new();
    let qemu = typewriter(&place).await;
    assert_eq!(qemu.reach(22, &place.build).await.unwrap_err().message, "the machine is off");
    qemu.start(&place.build).await.unwrap();
    let (host, port) = qemu.reach(22, &place.build).await.unwrap().unwrap();
    assert_eq!(host, "127.0.0.1");
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_err(), "QEMU has it");
    let later = Qemu::at(&place.work(), &place.build);
    drop(qemu);
    assert_eq!(later.reach(22, &place.build).await.unwrap(), Some((host, port)));
    assert_ne!(later.reach(5985, &place.build).await.unwrap().unwrap().1, port);
    later.power_off(&place.build).await.unwrap();
    assert!(!later.is_running(&place.build).await.unwrap());
}

#[tokio::test]
async fn a_port_of_the_wanted_range_is_taken() {
    let place = Place::new();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let disk = place.write("disk", &[0; 512]);
    let mut options = options(Target::Qemu);
    options.host_ports = Some((port, port));
    let machine = machine(ControllerKind::VirtioBlock, NicKind::Virtio, disk);
    let qemu = Qemu::create(&machine, &options, &place.work(), &place.build).await.unwrap();
    qemu.start(&place.build).await.unwrap();
    let failure = qemu.reach(22, &place.build).await.unwrap_err();
    assert!(failure.message.starts_with(&format!("no port from {port} to {port} is free")), "{failure}");
    drop(taken);
    assert_eq!(qemu.reach(22, &place.build).await.unwrap(), Some(("127.0.0.1".to_owned(), port)));
}

#[tokio::test]
async fn a_crash_is_told_from_a_machine_that_is_off() {
    let place = Place::new();
    let qemu = typewriter(&place).await;
    qemu.start(&place.build).await.unwrap();
    let pids = record::process::detached(place.build.id());
    record::process::kill(pids[0], place.build.id()).unwrap();
    let failure = qemu.is_running(&place.build).await.unwrap_err();
    assert_eq!(failure.message, "QEMU has ended by itself, and says nothing");
    let failure = qemu.reach(22, &place.build).await.unwrap_err();
    assert_eq!(failure.message, "QEMU has ended by itself, and says nothing");
    qemu.destroy(&place.build).await.unwrap();
    assert!(!qemu.is_running(&place.build).await.unwrap());
}

#[tokio::test]
async fn what_qemu_refuses_is_shown() {
    let place = Place::new();
    let disk = place.write("disk", &[0; 512]);
    let mut options = options(Target::Qemu);
    options.more = ["-device", "flux-capacitor"].map(str::to_owned).to_vec();
    let machine = machine(ControllerKind::Ide, NicKind::E1000, disk);
    let qemu = Qemu::create(&machine, &options, &place.work(), &place.build).await.unwrap();
    let failure = qemu.start(&place.build).await.unwrap_err();
    assert!(failure.message.starts_with("QEMU does not start: "), "{failure}");
    assert!(failure.message.contains("flux-capacitor"), "{failure}");
    assert!(!qemu.is_running(&place.build).await.unwrap());
}

#[tokio::test]
async fn vnc_is_served_on_a_private_socket() {
    let place = Place::new();
    let disk = place.write("disk", &[0; 512]);
    let mut options = options(Target::Qemu);
    options.vnc_socket = true;
    let machine = machine(ControllerKind::Ide, NicKind::E1000, disk);
    let qemu = Qemu::create(&machine, &options, &place.work(), &place.build).await.unwrap();
    qemu.start(&place.build).await.unwrap();
    let mut greeting = [0; 12];
    let socket = place.build.folder().file("vnc.sock");
    let mut vnc = std::os::unix::net::UnixStream::connect(&socket).unwrap();
    vnc.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"RFB 003.008\n");
    qemu.destroy(&place.build).await.unwrap();
    assert!(!socket.exists());
}

/// Boots the testbed's guest until its SSH server greets, then presses the power button. On VMware's board, the adapter has to be in
/// the slot after which Linux names it; on VirtualBox's, a text console that has scrolled has to be read right.
async fn boots(
    controller: ControllerKind,
    nic: NicKind,
    target: Target,
    change: impl FnOnce(&mut Machine),
) -> Result<(), Failure> {
    let place = Place::new();
    let mut machine = machine(controller, nic, guest("disk.img"));
    change(&mut machine);
    let in_text_mode = target == Target::VirtualBox && machine.firmware == Firmware::Bios;
    let qemu = Qemu::create(&machine, &options(target), &place.work(), &place.build).await?;
    qemu.start(&place.build).await?;
    let (host, port) = qemu.reach(22, &place.build).await?.unwrap();
    let greets = Wait::new("the guest's SSH server", PATIENCE)
        .every(Duration::from_millis(100), Duration::from_millis(500))
        .until(&place.build, async || {
            if !qemu.is_running(&place.build).await? {
                return Err(Failure::new("the machine is off"));
            }
            let address = (host.clone(), port);
            let read = tokio::task::spawn_blocking(move || banner(&address)).await.unwrap();
            Ok(if read.starts_with("SSH-") { Seen::Ready(()) } else { Seen::NotYet(read) })
        });
    if let Err(failure) = greets.await {
        let screen = qemu.screen(&place.build).await?.text.unwrap_or_default();
        return Err(Failure::new(format!("{failure}\n{}", screen.join("\n"))));
    }
    if target == Target::VMware {
        let (slot, expected) = (ssh(&place, port, SLOT), vmware_slot(nic, 0).to_string());
        if slot.trim() != expected {
            return Err(Failure::new(format!("the adapter is in slot '{slot}', not {expected}")));
        }
    }
    if in_text_mode {
        ssh(&place, port, "for number in $(seq 200); do echo row $number > /dev/tty1; done");
        let rows = qemu.screen(&place.build).await?.text.unwrap_or_default();
        let rows: Vec<String> = rows.into_iter().filter(|row| row.starts_with("row ")).collect();
        let expected: Vec<String> = (201 - rows.len()..=200).map(|number| format!("row {number}")).collect();
        if rows != expected || rows.len() < 20 {
            return Err(Failure::new(format!("the console that has scrolled shows {rows:#?}")));
        }
    }
    qemu.press_power_button(&place.build).await?;
    until_off(&qemu, &place).await?;
    assert_eq!(qemu.disks()?, [place.work().join("overlay0.qcow2")]);
    Ok(())
}

/// Prints the number of the physical slot in which the guest's first adapter is: what systemd makes `ens33` of.
const SLOT: &str = "own=$(readlink -f /sys/class/net/eth0/device); for slot in /sys/bus/pci/slots/*; do \
                    case $own in */$(cat $slot/address).*) echo ${slot##*/} ;; esac; done";

/// Runs a command in the guest; gives its standard output.
fn ssh(place: &Place, port: u16, command: &str) -> String {
    let key = place.write("key", &std::fs::read(guest("key")).unwrap());
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut ssh = std::process::Command::new("ssh");
    ssh.arg("-i").arg(key);
    for option in ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "ConnectionAttempts=30"] {
        ssh.args(["-o", option]);
    }
    ssh.args(["-p", &port.to_string(), "root@127.0.0.1", command]);
    // A server that makes its keys at the first connection may close the next one.
    let mut tries = (0..30).map(|_| ssh.output().unwrap());
    let output = tries.find(|output| output.status.code() != Some(255)).expect("the guest answers");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn banner(address: &(String, u16)) -> String {
    let Ok(mut stream) = std::net::TcpStream::connect((address.0.as_str(), address.1)) else {
        return String::new();
    };
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut start = [0; 4];
    let read = stream.read(&mut start).unwrap_or_default();
    String::from_utf8_lossy(&start[..read]).into_owned()
}

#[tokio::test]
async fn a_guest_boots_as_on_virtualbox() {
    boots(ControllerKind::Ahci, NicKind::E1000, Target::VirtualBox, |_| {}).await.unwrap();
}

#[tokio::test]
async fn a_guest_boots_as_on_vmware() {
    boots(ControllerKind::PvScsi, NicKind::Vmxnet3, Target::VMware, |_| {}).await.unwrap();
}

/// Whether the guest has drivers for them is another matter: see `every_device_boots_a_guest`.
#[tokio::test]
async fn qemu_knows_every_device() {
    use ControllerKind::{Ahci, BusLogic, Ide, LsiLogic, LsiLogicSas, Nvme, PvScsi, VirtioBlock, VirtioScsi};
    use NicKind::{E1000, E1000Em, E1000Gc, E1000e, Pcnet2, Pcnet3, Virtio, Vmxnet3};
    for (target, firmware) in [
        (Target::VirtualBox, Firmware::Bios),
        (Target::VMware, Firmware::EfiSecure),
        (Target::Qemu, Firmware::Efi),
    ] {
        let place = Place::new();
        let disk = place.write("disk", &vec![0; 1 << 20]);
        let mut machine = machine(Ide, E1000, disk.clone());
        machine.firmware = firmware;
        machine.floppy = Some(place.write("floppy", &vec![0; 1_474_560]));
        let kinds = [Ide, Ahci, LsiLogic, LsiLogicSas, BusLogic, PvScsi, VirtioScsi, VirtioBlock, Nvme];
        let own = |number: usize| place.write(&format!("disk{number}"), &vec![0; 1 << 20]);
        machine.controllers = kinds.map(|kind| Controller { kind, ports: None }).to_vec();
        machine.drives = (0..kinds.len())
            .map(|controller| Drive {
                controller,
                port: 0,
                device: 0,
                kind: DriveKind::Disk,
                medium: Some(own(controller)),
            })
            .collect();
        machine.drives.push(Drive {
            controller: 1,
            port: 13,
            device: 0,
            kind: DriveKind::Optical,
            medium: Some(disk),
        });
        let kinds = [E1000, E1000Gc, E1000Em, E1000e, Vmxnet3, Pcnet2, Pcnet3, Virtio];
        machine.nics =
            kinds.map(|kind| Nic { kind, network: String::new(), mac: Some([8, 0, 0x27, 1, 2, 3]) }).to_vec();
        let qemu = Qemu::create(&machine, &options(target), &place.work(), &place.build).await.unwrap();
        qemu.start(&place.build).await.unwrap_or_else(|failure| panic!("{target:?}: {failure}"));
        assert!(qemu.is_running(&place.build).await.unwrap());
        assert_eq!(qemu.disks().unwrap().len(), 9);
        qemu.destroy(&place.build).await.unwrap();
    }
}

/// Every controller and every adapter; `make test-qemu`.
#[tokio::test]
#[ignore = "boots 18 guests: several minutes; run by name"]
#[expect(clippy::print_stderr, reason = "whoever runs it by name wants to see how far it is")]
async fn every_device_boots_a_guest() {
    use ControllerKind::{Ahci, BusLogic, Ide, LsiLogic, LsiLogicSas, Nvme, PvScsi, VirtioBlock, VirtioScsi};
    use NicKind::{E1000, E1000Em, E1000Gc, E1000e, Pcnet2, Pcnet3, Virtio, Vmxnet3};
    use Target::{Qemu, VMware, VirtualBox};
    let bios = |_: &mut Machine| {};
    let ich9 = |machine: &mut Machine| machine.chipset = Chipset::Ich9;
    let efi = |machine: &mut Machine| machine.firmware = Firmware::Efi;
    let machines: [(_, _, _, fn(&mut Machine)); 18] = [
        (Ide, E1000, VirtualBox, bios),
        (LsiLogic, Pcnet3, VirtualBox, bios),
        (LsiLogicSas, Pcnet2, VirtualBox, bios),
        (Nvme, E1000Gc, VirtualBox, bios),
        (VirtioScsi, Virtio, VirtualBox, bios),
        (Ahci, E1000, VirtualBox, ich9),
        (Ide, E1000, VirtualBox, ich9),
        (Ahci, E1000, VirtualBox, efi),
        (LsiLogic, E1000Em, VMware, bios),
        (BusLogic, E1000, VMware, bios),
        (Ahci, E1000e, VMware, bios),
        (Ide, E1000, VMware, bios),
        (Nvme, Vmxnet3, VMware, bios),
        (PvScsi, E1000Em, VMware, bios),
        (Nvme, E1000e, VMware, efi),
        (Ahci, Vmxnet3, VMware, efi),
        (VirtioBlock, Virtio, Qemu, bios),
        (VirtioScsi, Virtio, Qemu, bios),
    ];
    let mut failed = Vec::new();
    for (controller, nic, target, change) in machines {
        let what = format!("{target:?} {controller:?} {nic:?}");
        let begun = std::time::Instant::now();
        match boots(controller, nic, target, change).await {
            Ok(()) => eprintln!("{what}: {} s", begun.elapsed().as_secs()),
            Err(failure) => {
                eprintln!("{what}: {failure}");
                failed.push(what);
            }
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}
