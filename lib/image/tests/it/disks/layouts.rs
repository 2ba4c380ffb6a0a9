//! What we write, whatever the source and the machine are like.

use super::{KIB, LAYOUTS, MIB, noise, qemu_img, qemu_io, sample, write};
use image::Disk;
use image::convert::{Layout, Options, convert};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_same_content_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let bytes = sample(&folder.join("raw"), 6 * MIB);
    // The same without holes, compressed, and upon a base.
    std::fs::write(folder.join("full"), &bytes).unwrap();
    qemu_img(folder, "convert -c -f raw -O qcow2 raw qcow2");
    qemu_img(folder, "create -q -f qcow2 -b raw -F raw overlay");
    qemu_io(folder, "overlay", &["write -z 4500k 500k"]);
    for (layout, _) in LAYOUTS {
        let mut digests = Vec::new();
        for (from, threads) in [("raw", 1), ("raw", 7), ("full", 2), ("qcow2", 2), ("overlay", 3)] {
            let options = Options { threads: NonZeroUsize::new(threads), ..Options::default() };
            let disk = Disk::open(folder.join(from)).unwrap();
            let done = &mut |_, _| ControlFlow::Continue(());
            digests.push(convert(&disk, &folder.join("to"), layout, &options, done).unwrap());
        }
        assert!(digests.windows(2).all(|pair| pair[0] == pair[1]), "{layout:?}: {digests:?}");
    }
    // Another content has other identifiers.
    let text = |name: &str| {
        String::from_utf8_lossy(&std::fs::read(folder.join(name)).unwrap()[512..1536]).into_owned()
    };
    write(&Disk::open(folder.join("raw")).unwrap(), &folder.join("to"), Layout::StreamOptimized);
    let first = text("to");
    qemu_io(folder, "overlay", &["write -P 1 5M 1"]);
    write(&Disk::open(folder.join("overlay")).unwrap(), &folder.join("to"), Layout::StreamOptimized);
    let changed = first.lines().zip(text("to").lines()).filter(|(old, new)| old != new).count();
    assert_eq!(changed, 4, "CID, longContentID and two UUIDs:\n{first}");
}

#[test]
fn what_is_said_of_files_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(&folder.join("from"), 5 * MIB);
    let disk = Disk::open(folder.join("from")).unwrap();
    for (layout, _) in LAYOUTS {
        let done = &mut |_, _| ControlFlow::Continue(());
        let written = convert(&disk, &folder.join("to.vmdk"), layout, &Options::default(), done).unwrap();
        assert_eq!(written.files[0].path, folder.join("to.vmdk"));
        assert_eq!(written.capacity, 5 * MIB);
        for file in &written.files {
            assert_eq!(file.size, std::fs::metadata(&file.path).unwrap().len());
            let sum = super::run(folder, "sha256sum", [file.path.to_str().unwrap()].into_iter());
            assert!(sum.starts_with(&file.sha256), "{sum}");
        }
    }
    let all = ["from", "to-f001.vmdk", "to-flat.vmdk", "to-s001.vmdk", "to.vmdk"];
    assert_eq!(names(folder), all);
}

#[test]
fn zeros_take_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Written zeros, with one block of data.
    let mut bytes = vec![0; 64 << 20];
    bytes[40 << 20..(40 << 20) + 65536].copy_from_slice(&noise(3, 65536));
    std::fs::write(folder.join("from"), bytes).unwrap();
    let disk = Disk::open(folder.join("from")).unwrap();
    for (layout, _) in LAYOUTS {
        let written = write(&disk, &folder.join("to"), layout);
        assert_eq!(written.populated, 64 * KIB);
        let taken: u64 =
            written.files.iter().map(|file| std::fs::metadata(&file.path).unwrap().blocks() * 512).sum();
        assert!(taken < 400 * KIB, "{layout:?} takes {taken} bytes");
    }
}

#[test]
fn progress_only_grows_and_can_stop_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(&folder.join("from"), 40 * MIB);
    let disk = Disk::open(folder.join("from")).unwrap();
    let mut seen = vec![0];
    convert(&disk, &folder.join("whole"), Layout::Raw, &Options::default(), &mut |done, all| {
        assert_eq!(all, 40 * MIB);
        assert!(done >= *seen.last().unwrap());
        seen.push(done);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(seen.last(), Some(&(40 * MIB)));
    for (layout, _) in LAYOUTS {
        std::fs::write(folder.join("to"), "old").unwrap();
        let stop = &mut |_, _| ControlFlow::Break(());
        let error = convert(&disk, &folder.join("to"), layout, &Options::default(), stop).unwrap_err();
        assert_eq!(error.message, "writing the disk was stopped");
        assert_eq!(std::fs::read(folder.join("to")).unwrap(), b"old");
        assert_eq!(names(folder), ["from", "to", "whole"]);
    }
}

#[test]
fn what_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(&folder.join("from"), MIB);
    let disk = Disk::open(folder.join("from")).unwrap();
    qemu_img(folder, "create -q -f qcow2 huge 100T");
    let huge = Disk::open(folder.join("huge")).unwrap();
    for (disk, target, message) in [
        (&disk, "a\"b.vmdk", "this name cannot stand in a VMDK"),
        (&disk, "none/such.vmdk", "none/such.vmdk: cannot be written: No such file or directory"),
        (&huge, "to.vmdk", "more than a VMDK may have"),
    ] {
        let done = &mut |_, _| ControlFlow::Continue(());
        let error = convert(disk, &folder.join(target), Layout::StreamOptimized, &Options::default(), done)
            .unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
    }
    assert_eq!(names(folder), ["from", "huge"]);
}

#[test]
fn files_are_readable_as_the_umask_says() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sample(&folder.join("from"), MIB);
    write(&Disk::open(folder.join("from")).unwrap(), &folder.join("to"), Layout::StreamOptimized);
    let mode = |name: &str| std::fs::metadata(folder.join(name)).unwrap().mode() & 0o777;
    assert_eq!(mode("to"), mode("from"));
}
