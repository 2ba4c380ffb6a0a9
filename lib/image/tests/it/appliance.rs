//! Appliances as files: the same bytes each time, readable by everyone's tools, refused where they must be.

use image::Disk;
use image::appliance::{self, Appliance};
use image::machine::{ControllerKind, DriveKind, Firmware, Machine, NicKind};
use image::manifest::Algorithm;
use image::ovf::{Dialect, Style, Version};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

const STYLE: Style = Style { version: Version::V1, dialect: Dialect::VirtualBox };

/// Progress that goes on.
pub(crate) fn go(_done: u64, _all: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A disk of 3 MiB with something in the middle and at the end.
pub(crate) fn content() -> Vec<u8> {
    let mut bytes = vec![0; 3 << 20];
    for (index, byte) in bytes[1 << 20..1 << 20 | 200_000].iter_mut().enumerate() {
        *byte = u8::try_from(index * 7 % 251).unwrap();
    }
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(b"last");
    bytes
}

/// The same without the end.
pub(crate) fn content_with_empty_end() -> Vec<u8> {
    let mut bytes = content();
    let end = bytes.len() - 4;
    bytes[end..].fill(0);
    bytes
}

/// An appliance of a machine, its first disk with `content`, the others empty.
pub(crate) fn appliance(
    folder: &Path,
    machine: Machine,
    base: &str,
    style: Style,
    content: &[u8],
) -> Appliance {
    let mut sources = Vec::new();
    for (index, drive) in machine.drives.iter().enumerate() {
        if drive.kind != DriveKind::Disk {
            continue;
        }
        let path = folder.join(format!("{base}-{index}.img"));
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(3 << 20).unwrap();
        if index == 0 {
            file.write_all_at(content, 0).unwrap();
        }
        sources.push((index, Disk::open(&path).unwrap()));
    }
    Appliance::new(machine, base, sources, style)
}

fn web(folder: &Path) -> Appliance {
    let machine =
        crate::machines::machine(ControllerKind::Ahci, Firmware::Bios, "Debian_64", NicKind::E1000, "NAT");
    appliance(folder, machine, "web", STYLE, &content())
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).env("TZ", "UTC").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{program} {arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_ova_has_the_order_and_the_look_that_everyone_takes() {
    let folder = tempfile::tempdir().unwrap();
    let web = web(folder.path());
    let ova = folder.path().join("web.ova");
    let mut last = 0;
    let mut progress = |done, all| {
        assert!(done >= last && all == 3 << 20);
        last = done;
        ControlFlow::Continue(())
    };
    let written = web.write_ova(&ova, &mut progress).unwrap();
    assert_eq!(last, 3 << 20);
    assert_eq!(written.size, ova.metadata().unwrap().len());
    let listed = run("tar", &["tvf", "web.ova"], folder.path());
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let names: Vec<_> = lines.iter().map(|line| line[5]).collect();
    assert_eq!(names, ["web.ovf", "web.mf", "web-disk001.vmdk"]);
    for line in &lines {
        assert_eq!(
            (line[0], line[1], line[3], line[4]),
            ("-rw-r--r--", "0/0", "1980-01-01", "00:00"),
            "{listed}"
        );
    }
    run("tar", &["xf", "web.ova"], folder.path());
    let checked = run("sha256sum", &["-c", "web.mf"], folder.path());
    assert_eq!(checked, "web.ovf: OK\nweb-disk001.vmdk: OK\n");
    let compared = run(
        "qemu-img",
        &["compare", "-f", "vmdk", "-F", "raw", "web-disk001.vmdk", "web-0.img"],
        folder.path(),
    );
    assert_eq!(compared, "Images are identical.\n");
    // Nothing but what was asked for.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn two_runs_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let web = web(folder.path());
    let (first, second) = (folder.path().join("a/web.ova"), folder.path().join("b/web.ova"));
    for path in [&first, &second] {
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        web.write_ova(path, &mut go).unwrap();
    }
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap());
}

#[test]
fn what_is_written_is_opened_again() {
    for (algorithm, dialect) in [
        (Some(Algorithm::Sha256), Dialect::VirtualBox),
        (Some(Algorithm::Sha1), Dialect::VMware { hardware_version: 21 }),
        (Some(Algorithm::Sha512), Dialect::VirtualBox),
        (None, Dialect::VirtualBox),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut web = web(folder.path());
        web.manifest = algorithm;
        web.style.dialect = dialect;
        let files = web.write_ovf(&folder.path().join("web.ovf"), &mut go).unwrap();
        let names: Vec<_> =
            files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names[..2], ["web.ovf", "web-disk001.vmdk"]);
        assert_eq!(names.len(), if algorithm.is_some() { 3 } else { 2 });
        web.write_ova(&folder.path().join("web.ova"), &mut go).unwrap();
        let plain =
            appliance::open(&folder.path().join("web.ovf"), Path::new("/nonexistent"), &mut go).unwrap();
        let packed =
            appliance::open(&folder.path().join("web.ova"), &folder.path().join("out"), &mut go).unwrap();
        assert_eq!(plain.envelope.disks, packed.envelope.disks);
        for opened in [plain, packed] {
            let disk = &opened.envelope.disks[0];
            let medium = opened.envelope.machine.drives[0].medium.clone().unwrap();
            assert_eq!(medium.metadata().unwrap().len(), disk.size.unwrap());
            assert_eq!((disk.capacity, disk.populated), (3 << 20, Some(5 << 16)));
            let mut bytes = vec![0; 3 << 20];
            Disk::open(&medium).unwrap().read_at(&mut bytes, 0).unwrap();
            assert!(bytes == content());
        }
    }
}

#[test]
fn damage_and_missing_files_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("web.ovf");
    web(folder.path()).write_ovf(&path, &mut go).unwrap();
    let error = |path: &Path| {
        let opened = appliance::open(path, &folder.path().join("out"), &mut go);
        opened.map(|_| ()).expect_err("this cannot be opened").message
    };
    let disk = folder.path().join("web-disk001.vmdk");
    std::fs::File::options().append(true).open(&disk).unwrap().write_all(b"x").unwrap();
    let said = error(&path);
    assert!(said.contains("web.mf: 'web-disk001.vmdk' is damaged or was changed: its SHA256 is"), "{said}");
    std::fs::remove_file(&disk).unwrap();
    assert!(error(&path).ends_with("web.ovf: the disk 'web-disk001.vmdk' is missing"));
    assert!(error(&folder.path().join("none.ova")).contains("none.ova: No such file"));
}

#[test]
fn nothing_is_replaced_and_nothing_is_left_when_it_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let web = web(folder.path());
    let (ova, ovf) = (folder.path().join("web.ova"), folder.path().join("web.ovf"));
    let mut stop = |_, _| ControlFlow::Break(());
    web.write_ova(&ova, &mut stop).unwrap_err_text();
    web.write_ovf(&ovf, &mut stop).unwrap_err_text();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    std::fs::write(&ova, "mine").unwrap();
    std::fs::write(folder.path().join("web.mf"), "mine").unwrap();
    assert!(web.write_ova(&ova, &mut go).unwrap_err_text().contains("web.ova exists already"));
    assert!(web.write_ovf(&ovf, &mut go).unwrap_err_text().contains("web.mf exists already"));
    assert_eq!(std::fs::read_to_string(&ova).unwrap(), "mine");
}

trait ErrorText {
    fn unwrap_err_text(self) -> String;
}

impl<T: std::fmt::Debug> ErrorText for Result<T, image::Error> {
    fn unwrap_err_text(self) -> String {
        self.expect_err("this is refused").message
    }
}

#[test]
fn descriptors_without_an_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let link = |name: &str| {
        let path = folder.path().join(name);
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        path
    };
    let error = appliance::open(&link("a.ovf"), folder.path(), &mut go).unwrap_err();
    assert!(
        error.message.ends_with("it is longer than 8388608 bytes, which no descriptor is"),
        "{}",
        error.message
    );
    let error = image::vmx::Vmx::read(&link("a.vmx")).unwrap_err();
    assert!(
        error.message.ends_with("it is longer than 4194304 bytes, which no .vmx is"),
        "{}",
        error.message
    );
}
