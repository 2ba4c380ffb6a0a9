//! What QEMU makes of our files, and we of QEMU's.

use super::{KIB, LAYOUTS, MIB, content, index, qemu_img, qemu_io, sample, write};
use image::Disk;
use image::convert::Layout;
use image::disk::{Format, Opener};

/// Sizes that are no multiple of a grain, of what a table covers, or of a sector's group; the last grain has data or is empty.
const SIZES: [u64; 6] = [64 * KIB, MIB, 3_148_288, 32 * MIB, 33 * MIB + 512, 70 * MIB + 64 * KIB];

#[test]
fn qemu_reads_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for size in SIZES {
        for full in [false, true] {
            sample(&folder.join("from"), size);
            if full {
                qemu_io(folder, "from", &[&format!("write -P 7 {} 512", size - 512)]);
            }
            let disk = Disk::open(folder.join("from")).unwrap();
            for (layout, format) in LAYOUTS {
                write(&disk, &folder.join("to"), layout);
                let said = qemu_img(folder, &format!("compare -f raw -F {format} from to"));
                assert!(said.contains("Images are identical"), "{size} {layout:?}: {said}");
                if format == "vmdk" {
                    qemu_img(folder, "check -f vmdk to");
                }
            }
        }
    }
}

#[test]
fn we_read_what_qemu_writes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let expected = sample(&folder.join("from"), 70 * MIB + 64 * KIB);
    let forms = [
        ("qcow2", "", Format::Qcow2),
        ("qcow2", "-c", Format::Qcow2),
        ("qcow2", "-o compat=0.10", Format::Qcow2),
        ("qcow2", "-c -o compat=0.10,cluster_size=4k", Format::Qcow2),
        ("qcow2", "-c -o cluster_size=2M", Format::Qcow2),
        ("qcow2", "-o cluster_size=512", Format::Qcow2),
        ("qcow2", "-o preallocation=metadata", Format::Qcow2),
        ("vmdk", "-o subformat=monolithicSparse", Format::Vmdk),
        ("vmdk", "-o subformat=monolithicFlat", Format::Vmdk),
        ("vmdk", "-o subformat=twoGbMaxExtentSparse", Format::Vmdk),
        ("vmdk", "-o subformat=twoGbMaxExtentFlat", Format::Vmdk),
        ("vmdk", "-o subformat=streamOptimized", Format::Vmdk),
        ("vmdk", "-o zeroed_grain=on", Format::Vmdk),
        ("vdi", "", Format::Vdi),
        ("vdi", "-o static=on", Format::Vdi),
        ("raw", "", Format::Raw),
    ];
    for (format, options, expected_format) in forms {
        qemu_img(folder, &format!("convert -f raw -O {format} {options} from to.vmdk"));
        let disk = Disk::open(folder.join("to.vmdk")).unwrap();
        assert_eq!(disk.format(), expected_format);
        let read = content(&disk);
        assert!(read[..expected.len()] == expected, "{format} {options}: other content");
        // VDI grows to whole blocks.
        assert!(read.len() == expected.len() || format == "vdi", "{format} {options}: {} bytes", read.len());
    }
}

#[test]
fn vmdks_with_zeroed_grains_and_parents_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(&folder.join("from"), 8 * MIB);
    for subformat in ["monolithicSparse", "twoGbMaxExtentSparse"] {
        qemu_img(folder, "convert -f raw -O vmdk from parent.vmdk");
        let options = format!("subformat={subformat},zeroed_grain=on");
        qemu_img(folder, &format!("create -f vmdk -o {options} -b parent.vmdk -F vmdk child.vmdk"));
        qemu_io(folder, "child.vmdk", &["write -P 9 5M 100k", "write -z 0 128k"]);
        qemu_img(folder, "convert -f vmdk -O raw child.vmdk whole");
        let child = content(&Disk::open(folder.join("child.vmdk")).unwrap());
        assert!(child == std::fs::read(folder.join("whole")).unwrap());
        assert_eq!(child[index(5 * MIB)], 9);
        // The parent changes, and with it its content id.
        qemu_io(folder, "parent.vmdk", &["write -P 1 0 512"]);
        let error = Disk::open(folder.join("child.vmdk")).unwrap_err();
        assert!(error.message.contains("has changed since"), "{}", error.message);
        for file in ["child.vmdk", "parent.vmdk"] {
            std::fs::remove_file(folder.join(file)).unwrap();
        }
    }
}

#[test]
fn disks_of_several_extents() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // On both sides of where extents (2047 MiB) and tables (32 MiB) meet, and at the end.
    let places = ["0", "32700k", "2096000k", "2096128k", "4192200k", "5119936k"];
    let commands: Vec<String> = places.iter().map(|at| format!("write -P 5 {at} 64k")).collect();
    qemu_img(folder, "create -f qcow2 from 5000M");
    qemu_io(folder, "from", &commands.iter().map(String::as_str).collect::<Vec<_>>());
    let disk = Disk::open(folder.join("from")).unwrap();
    for (layout, format) in LAYOUTS {
        let written = write(&disk, &folder.join("to.vmdk"), layout);
        let said = qemu_img(folder, &format!("compare -f qcow2 -F {format} from to.vmdk"));
        assert!(said.contains("Images are identical"), "{layout:?}: {said}");
        let again = write(&Disk::open(folder.join("to.vmdk")).unwrap(), &folder.join("again"), Layout::Raw);
        assert_eq!((&again.content, again.populated), (&written.content, written.populated), "{layout:?}");
        let extents = match layout {
            Layout::SplitSparse | Layout::SplitFlat => 1 + 3,
            Layout::MonolithicFlat => 2,
            _ => 1,
        };
        assert_eq!(written.files.len(), extents);
    }
}

#[test]
fn a_guest_cannot_make_its_raw_disk_another_format() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    qemu_img(folder, "create -f qcow2 -b /etc/passwd -F raw evil 1M");
    let disk = Opener::new().format(Format::Raw).open(folder.join("evil")).unwrap();
    assert_eq!(disk.format(), Format::Raw);
    let error = Disk::open(folder.join("evil")).unwrap_err();
    assert!(error.message.contains("/etc/passwd\", outside its folder"), "{}", error.message);
}
