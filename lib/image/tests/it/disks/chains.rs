//! Overlays on overlays.

use super::{MIB, content, qemu_img, qemu_io, sample};
use image::Disk;
use image::disk::Opener;
use std::path::Path;

/// base (raw, 3 MiB and a bit) ← middle (qcow2, 8 MiB) ← top (qcow2, 9 MiB), each named relatively, in folders below each other.
fn chain(folder: &Path) {
    std::fs::create_dir_all(folder.join("below/further")).unwrap();
    sample(&folder.join("below/further/base"), 3 * MIB + 1536);
    qemu_img(folder, "create -q -f qcow2 -b further/base -F raw below/middle 8M");
    qemu_io(folder, "below/middle", &["write -P 1 1M 64k", "write -P 2 7M 1000k", "write -z 0 4k"]);
    qemu_img(folder, "create -q -f qcow2 -b below/middle -F qcow2 top 9M");
    qemu_io(
        folder,
        "top",
        &["write -P 3 1050000 70000", "write -z 7M 128k", "discard 128k 64k", "write -P 4 8900k 100k"],
    );
}

#[test]
fn a_chain_reads_as_qemu_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    chain(folder);
    qemu_img(folder, "convert -f qcow2 -O raw top whole");
    let disk = Disk::open(folder.join("top")).unwrap();
    assert!(content(&disk) == std::fs::read(folder.join("whole")).unwrap());
}

#[test]
fn files_elsewhere_are_opened_on_request_only() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::create_dir(folder.join("work")).unwrap();
    let expected = sample(&folder.join("base"), MIB);
    std::os::unix::fs::symlink("../base", folder.join("work/link")).unwrap();
    for name in [folder.join("base").to_str().unwrap(), "../base", "link"] {
        qemu_img(folder, &format!("create -q -f qcow2 -b {name} -F raw work/overlay"));
        let error = Disk::open(folder.join("work/overlay")).unwrap_err();
        assert!(error.message.contains("outside its folder"), "{name}: {}", error.message);
        let disk = Opener::new().files_anywhere().open(folder.join("work/overlay")).unwrap();
        assert!(content(&disk) == expected);
    }
}

#[test]
fn a_chain_that_comes_back_or_does_not_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    qemu_img(folder, "create -q -f qcow2 a 1M");
    qemu_img(folder, "create -q -f qcow2 -b a -F qcow2 b 1M");
    qemu_img(folder, "rebase -u -f qcow2 -b b -F qcow2 a");
    let error = Disk::open(folder.join("a")).unwrap_err();
    assert!(error.message.ends_with("the disk stands upon itself"), "{}", error.message);
    // One hundred, each naming the next.
    for number in 0..100 {
        let text = format!(
            "# Disk DescriptorFile\nCID=0\nparentCID=0\nparentFileNameHint=\"{}\"\nRW 1 ZERO\n",
            number + 1
        );
        std::fs::write(folder.join(number.to_string()), text).unwrap();
    }
    let error = Disk::open(folder.join("0")).unwrap_err();
    assert!(error.message.ends_with("more than 64 disks stand upon each other"), "{}", error.message);
}

#[test]
fn what_is_not_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (options, message) in [
        ("-o extended_l2=on", "subclusters"),
        ("-o compression_type=zstd", "zstd"),
        ("-o data_file=other", "external data file"),
        // Not LUKS: for that qemu-img measures the processor first, and gives up on a busy one.
        ("--object secret,id=key,data=abc -o encrypt.format=aes,encrypt.key-secret=key", "encrypted"),
    ] {
        qemu_img(folder, &format!("create -q -f qcow2 {options} disk 1M"));
        let error = Disk::open(folder.join("disk")).unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
        assert!(error.hint.is_some(), "{message}");
        std::fs::remove_file(folder.join("disk")).unwrap();
    }
    for (format, message) in [("vhdx", "VHDX"), ("vpc", "VHD")] {
        qemu_img(folder, &format!("create -q -f {format} disk 1M"));
        let error = Disk::open(folder.join("disk")).unwrap_err();
        assert!(error.message.contains(message), "{}", error.message);
    }
}
