//! The disks of a machine: new ones, and overlays over those that must not change.

use record::process::MARK;
use record::{Failure, file};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

/// Makes an empty disk of `bytes`: a raw file without any data in it yet.
///
/// # Errors
/// When it exists already, or cannot be made.
pub fn create(path: &Path, bytes: u64) -> Result<(), Failure> {
    let failed = |error| file::io(path, "cannot make the disk", &error);
    let disk = fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    disk.set_len(bytes).map_err(failed)
}

/// Makes a disk that begins as `base` is and keeps what changes: a qcow2 file that names the base, which is never written. `id` is the
/// build's, for the program's environment.
///
/// # Errors
/// When the base cannot be read or the overlay not be made.
pub fn create_overlay(base: &Path, overlay: &Path, id: &str) -> Result<(), Failure> {
    let format = format(base)?;
    let mut command = Command::new("qemu-img");
    command.args(["create", "-q", "-f", "qcow2", "-F", format, "-b"]).arg(base).arg(overlay);
    let failed =
        |reason: String| Failure::new(format!("cannot make an overlay of {}: {reason}", base.display()));
    let output = command.env(MARK, id).stdin(Stdio::null()).output().map_err(|error| {
        failed(format!("cannot run qemu-img: {error}"))
            .hint("install it: 'apt install qemu-utils' (Debian, Ubuntu), 'dnf install qemu-img' (Fedora, Alma, Rocky)")
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().trim_start_matches("qemu-img: ").to_owned()))
}

/// The format of a disk's file, by QEMU's name of it, as its first bytes tell. A file that begins like none of the known
/// formats is raw. (QEMU must not guess by itself: a guest could write a header into its raw disk.)
///
/// # Errors
/// When it cannot be read.
pub fn format(path: &Path) -> Result<&'static str, Failure> {
    let failed = |error| file::io(path, "cannot read the disk", &error);
    let mut start = Vec::new();
    fs::File::open(path).map_err(failed)?.take(512).read_to_end(&mut start).map_err(failed)?;
    Ok(format_of(&start))
}

fn format_of(start: &[u8]) -> &'static str {
    let known: [(usize, &[u8], &str); 7] = [
        (0, b"QFI\xfb\0\0\0\x02", "qcow2"),
        (0, b"QFI\xfb\0\0\0\x03", "qcow2"),
        (0, b"KDMV", "vmdk"),
        (0, b"# Disk DescriptorFile", "vmdk"),
        (0x40, b"\x7f\x10\xda\xbe", "vdi"),
        (0, b"conectix", "vpc"),
        (0, b"vhdxfile", "vhdx"),
    ];
    let found =
        known.iter().find(|(at, magic, _)| start.get(*at..).is_some_and(|rest| rest.starts_with(magic)));
    found.map_or("raw", |(.., name)| name)
}

#[cfg(test)]
mod tests {
    use super::{create, create_overlay, format, format_of};

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let vdi = [&[b'<'; 0x40][..], b"\x7f\x10\xda\xbe"].concat();
        for (start, expected) in [
            (&b""[..], "raw"),
            (b"QFI\xfb\0\0\0\x03 rest", "qcow2"),
            (b"QFI\xfb\0\0\0\x01", "raw"),
            (b"KDMV\x01", "vmdk"),
            (b"# Disk DescriptorFile\nversion=1", "vmdk"),
            (&vdi, "vdi"),
            (b"vhdxfile", "vhdx"),
            (b"\x33\xc0\x8e\xd0", "raw"),
        ] {
            assert_eq!(format_of(start), expected);
        }
    }

    #[test]
    fn an_overlay_leaves_its_base_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (base, overlay) = (folder.path().join("base, 1"), folder.path().join("overlay"));
        create(&base, 1 << 20).unwrap();
        assert!(create(&base, 1).unwrap_err().message.contains("exists"));
        create_overlay(&base, &overlay, "TEST").unwrap();
        assert_eq!((format(&base).unwrap(), format(&overlay).unwrap()), ("raw", "qcow2"));
        let failure = create_overlay(&folder.path().join("missing"), &overlay, "TEST").unwrap_err();
        assert!(failure.message.starts_with("cannot read the disk "), "{failure}");
    }
}
