//! Files that are damaged or lie: errors, never a panic, never much memory, never another file.

use super::{LAYOUTS, MIB, noise, qemu_img, sample, write};
use image::convert::Layout;
use image::{Disk, Error};
use proptest::prelude::*;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Opens a disk and reads it all, as far as its first 64 MiB.
fn read(path: &Path) -> Result<(), Error> {
    let disk = Disk::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    let mut offset = 0;
    while let Some(data) = disk.next_data(offset)? {
        if data.start > 64 * MIB {
            break;
        }
        let length = buffer.len().min(usize::try_from(data.end - data.start).unwrap());
        disk.read_at(&mut buffer[..length], data.start)?;
        offset = data.start + length as u64;
    }
    Ok(())
}

/// A file of each format.
fn samples(folder: &Path) -> Vec<String> {
    sample(&folder.join("raw"), MIB + MIB / 4);
    let disk = Disk::open(folder.join("raw")).unwrap();
    let mut names = vec!["qcow2".to_owned(), "packed".to_owned(), "small".to_owned(), "vdi".to_owned()];
    qemu_img(folder, "convert -f raw -O qcow2 raw qcow2");
    qemu_img(folder, "convert -c -f raw -O qcow2 raw packed");
    qemu_img(folder, "convert -f raw -O qcow2 -o cluster_size=512 raw small");
    qemu_img(folder, "convert -f raw -O vdi raw vdi");
    for (index, (layout, _)) in LAYOUTS.iter().enumerate().skip(1) {
        let name = format!("{index}.vmdk");
        write(&disk, &folder.join(&name), *layout);
        names.push(name);
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// Most changes are among the tables, which are at the beginning and the end.
    #[test]
    fn a_damaged_file_never_panics(changes in prop::collection::vec((0..70_000_u64, any::<u64>(), 0..4_usize), 20)) {
        let folder = tempfile::tempdir().unwrap();
        for name in samples(folder.path()) {
            let path = folder.path().join(name);
            let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
            let length = file.metadata().unwrap().len();
            for (place, value, kind) in &changes {
                let at = match kind {
                    0 => place % 128,
                    1 => place % 2048,
                    2 => *place,
                    _ => length.saturating_sub(place % 4096),
                };
                let bytes = if value % 2 == 0 { *value } else { value >> (value % 64) }.to_be_bytes();
                let bytes = &bytes[if value % 3 == 0 { 6 } else { 0 }..];
                let mut old = bytes.to_vec();
                if file.read_exact_at(&mut old, at).is_ok() {
                    file.write_all_at(bytes, at).unwrap();
                    let _ = read(&path);
                    file.write_all_at(&old, at).unwrap();
                }
            }
            for (cut, ..) in &changes[..4] {
                file.set_len(*cut % length).unwrap();
                let _ = read(&path);
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_short_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in samples(folder) {
        let path = folder.join(&name);
        read(&path).unwrap();
        let length = std::fs::metadata(&path).unwrap().len();
        if length < 4096 {
            continue; // A descriptor: what it names is among the others.
        }
        for cut in [length / 2, 1024, 70] {
            std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(cut).unwrap();
            let error = read(&path).unwrap_err();
            assert!(
                error.message.contains("cut short") || error.message.contains("damaged"),
                "{name}: {}",
                error.message
            );
            assert!(error.message.contains(&name), "{}", error.message);
        }
    }
}

/// Puts bytes into a file.
fn patch(path: &Path, at: usize, bytes: &[u8]) {
    let mut content = std::fs::read(path).unwrap();
    content[at..at + bytes.len()].copy_from_slice(bytes);
    std::fs::write(path, content).unwrap();
}

#[test]
fn lies_in_headers_are_refused() {
    let huge = u64::MAX.to_be_bytes();
    for (format, at, bytes, message) in [
        ("qcow2", 4, &9_u32.to_be_bytes()[..], "qcow version 9 is not read"),
        ("qcow2", 20, &63_u32.to_be_bytes(), "clusters of 2^63 bytes"),
        ("qcow2", 20, &0_u32.to_be_bytes(), "clusters of 2^0 bytes"),
        ("qcow2", 24, &huge, "a disk of 18446744073709551615 bytes"),
        ("qcow2", 24, &[0x40, 0, 0, 0, 0, 0, 0, 0], "an L1 table of 1 entries"),
        ("qcow2", 36, &u32::MAX.to_be_bytes(), "an L1 table of 4294967295 entries"),
        ("qcow2", 40, &huge, "the L1 table is past the end"),
        ("qcow2", 72, &[0x80, 0, 0, 0, 0, 0, 0, 0], "features 0x8000000000000000 are not known"),
        ("qcow2", 79, &[2], "marked as corrupt"),
        ("vmdk", 4, &[7], "VMDK version 7"),
        ("vmdk", 12, &huge, "past the end of the file"),
        ("vmdk", 20, &huge, "grains of 18446744073709551615 sectors"),
        ("vmdk", 20, &[3], "grains of 3 sectors"),
        ("vmdk", 28, &huge[..7], "the descriptor is past the end"),
        ("vmdk", 36, &[0, 0, 0, 0], "one of the files of a split disk"),
        ("vmdk", 44, &[0, 0], "grain tables are not of 512 entries"),
        ("vmdk", 56, &huge[..7], "the grain directory is past the end"),
        ("vmdk", 73, b"\r\n", "changed by a transfer in text mode"),
        ("vmdk", 77, &[5], "VMDK compression 5"),
        ("vdi", 70, &[9], "VDI version 9"),
        ("vdi", 76, &[4], "differencing disks"),
        ("vdi", 344 - 4, &huge[..4], "the block map is past the end"),
        ("vdi", 368, &huge, "blocks for 18446744073709551615 bytes"),
        ("vdi", 376, &[7], "blocks of"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        qemu_img(folder.path(), &format!("create -q -f {format} disk 1M"));
        patch(&path, at, bytes);
        let error = Disk::open(&path).unwrap_err();
        assert!(error.message.contains(message), "{format} {at}: {}", error.message);
    }
}

#[test]
fn lies_in_descriptors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("outside"), noise(1, 65536)).unwrap();
    let sub = folder.path().join("sub");
    std::os::unix::fs::symlink("../outside", sub.join("link")).unwrap();
    std::fs::write(sub.join("flat"), noise(1, 65536)).unwrap();
    run_fifo(&sub);
    for (lines, message) in [
        ("RW 128 FLAT \"/etc/passwd\" 0", "outside its folder"),
        ("RW 128 FLAT \"../outside\" 0", "outside its folder"),
        ("RW 128 FLAT \"link\" 0", "leads outside its folder"),
        ("RW 128 FLAT \"none\" 0", "names the file \"none\": No such file"),
        ("RW 128 FLAT \".\" 0", "not a file or block device"),
        ("RW 128 FLAT \"fifo\" 0", "not a file or block device"),
        ("RW 129 FLAT \"flat\" 0", "66048 bytes at 0 belong to the disk, and the file has 65536"),
        ("RW 128 FLAT \"flat\" 1", "cut short"),
        ("RW 128 FLAT \"flat\" 36028797018963967", "cut short"),
        ("RW 128 FLAT \"flat\" 18446744073709551615", "too large"),
        ("RW 18446744073709551615 ZERO", "too large"),
        ("RW 9007199254740992 ZERO\nRW 9007199254740992 ZERO", "the extents together are too large"),
        ("RW 128 SPARSE \"flat\"", "not a VMDK extent"),
        ("RW 128 VMFSSPARSE \"flat\"", "of type \"VMFSSPARSE\""),
        ("RW x FLAT \"flat\" 0", "the line \"RW x FLAT"),
        ("RW 128 FLAT", "the line \"RW 128 FLAT\""),
        ("parentCID=1\nRW 1 ZERO", "it has a parent and doesn't name it"),
        ("parentCID=1\nparentFileNameHint=\"../outside\"\nRW 1 ZERO", "outside its folder"),
        ("", "a descriptor with 0 extents"),
        (&"RW 1 ZERO\n".repeat(1025), "a descriptor with 1025 extents"),
        (&"#\n".repeat(1 << 20), "a descriptor of 2097174 bytes"),
    ] {
        let path = sub.join("disk.vmdk");
        std::fs::write(&path, format!("# Disk DescriptorFile\n{lines}")).unwrap();
        let error = Disk::open(&path).unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
    }
}

fn run_fifo(folder: &Path) {
    super::run(folder, "mkfifo", ["fifo"].into_iter());
}

#[test]
fn bad_deflate_and_wrong_places_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    for (at, bytes, message) in [
        (65536, &[1][..], "the grain for 0 at 65536 does not decompress"),
        (65536 + 8, &[0xff, 0xff, 0xff, 0xff], "does not decompress"),
        (65536 + 12, &[0; 64], "does not decompress"),
    ] {
        sample(&folder.path().join("raw"), MIB);
        write(&Disk::open(folder.path().join("raw")).unwrap(), &path, Layout::StreamOptimized);
        patch(&path, at, bytes);
        let error = read(&path).unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
        // And what is made of it is not left half.
        let disk = Disk::open(&path).unwrap();
        let done = &mut |_, _| std::ops::ControlFlow::Continue(());
        let target = folder.path().join("to");
        image::convert::convert(&disk, &target, Layout::Raw, &image::convert::Options::default(), done)
            .unwrap_err();
        assert!(!target.exists());
    }
}
