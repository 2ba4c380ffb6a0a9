//! The result and the disks.

use super::one_of;
use crate::options::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result and the disks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Disks {
    /// The result's format: `qcow2` or `raw`. Default: `qcow2`.
    pub format: String,
    /// Size of the disk: a number with `b`, `k`, `m`, `g` or `t`; without it, MiB. Default: `40960M`.
    pub disk_size: String,
    /// Sizes of more disks.
    pub disk_additional_size: Vec<String>,
    /// How the guest sees the disks: `virtio`, `virtio-scsi`, `ide`, `sata`, `scsi`, … as in `-drive if=`. Default: `virtio`.
    pub disk_interface: String,
    /// `writethrough`, `writeback`, `none`, `unsafe` or `directsync`. Default: `writeback`.
    pub disk_cache: String,
    /// `unmap` or `ignore`: what becomes of blocks that the guest discards. Default: `ignore`.
    pub disk_discard: String,
    /// `unmap`, `on` or `off`: what becomes of zeros that the guest writes. Default: `off`.
    pub disk_detect_zeroes: String,
    /// Whether the image is a disk to go on from, and no CD. Default: false.
    pub disk_image: bool,
    /// Whether the result keeps the image as its backing file. Default: false.
    pub use_backing_file: bool,
    /// Whether the disk keeps the image's size. Default: false.
    pub skip_resize_disk: bool,
    /// Whether the result is written as the machine leaves it, with all that was deleted in it. Default: false.
    pub skip_compaction: bool,
    /// Whether the result is compressed. Default: false.
    pub disk_compression: bool,
    /// How the guest sees the CD: as in `-drive if=`. Default: what fits the machine type.
    pub cdrom_interface: String,
    /// Whether QEMU reads the image from its URL. Not supported: images are fetched and verified. Default: false.
    pub iso_skip_cache: bool,
}

impl Disks {
    /// Checks the options and fills in defaults.
    pub fn check(&mut self, check: &mut Check) {
        one_of("format", &mut self.format, &["qcow2", "raw"], "qcow2", check);
        let caches = ["writethrough", "writeback", "none", "unsafe", "directsync"];
        one_of("disk_cache", &mut self.disk_cache, &caches, "writeback", check);
        one_of("disk_discard", &mut self.disk_discard, &["unmap", "ignore"], "ignore", check);
        one_of("disk_detect_zeroes", &mut self.disk_detect_zeroes, &["unmap", "on", "off"], "off", check);
        let interfaces =
            ["virtio", "virtio-scsi", "ide", "sata", "scsi", "sd", "mtd", "floppy", "pflash", "none"];
        one_of("disk_interface", &mut self.disk_interface, &interfaces, "virtio", check);
        if self.disk_size.is_empty() {
            self.disk_size = "40960M".to_owned();
        }
        check_size("disk_size", &mut self.disk_size, check);
        for (index, size) in self.disk_additional_size.iter_mut().enumerate() {
            check_size(&format!("disk_additional_size[{index}]"), size, check);
        }
        if self.format == "raw" {
            self.disk_compression = false;
            self.skip_compaction = true;
        }
        if self.use_backing_file && !(self.disk_image && self.format == "qcow2") {
            check
                .error("use_backing_file", "only a qcow2 made of a disk image can have a backing file")
                .hint("set disk_image, and format to \"qcow2\"");
        }
        if self.skip_resize_disk && !self.disk_image {
            check.error("skip_resize_disk", "without disk_image there is no size to keep").hint("remove it");
        }
        // What keeps its backing file is not copied into a new one.
        self.skip_compaction |= self.use_backing_file;
        if self.iso_skip_cache {
            check.warning("iso_skip_cache", "the image is fetched and verified all the same");
        }
    }
}

/// Checks a size; one without a unit is in MiB, as with Packer.
fn check_size(path: &str, size: &mut String, check: &mut Check) {
    if !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit()) {
        size.push('M');
    }
    match bytes(size) {
        Some(1..) => {}
        _ => {
            check
                .error(path, format!("'{size}' is no size of a disk"))
                .hint("a number and one of b, k, m, g, t, such as \"40g\"");
        }
    }
}

/// The bytes of a size such as `40g`; `None`: it is none.
pub fn bytes(size: &str) -> Option<u64> {
    let size = size.to_ascii_lowercase();
    let digits = size.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match &size[digits.len()..] {
        "b" => 1,
        "k" => 1 << 10,
        "" | "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_read_as_qemu_img_reads_them() {
        for (text, expected) in [
            ("40960M", Some(40_960 << 20)),
            ("512", Some(512 << 20)),
            ("1t", Some(1 << 40)),
            ("7b", Some(7)),
            ("", None),
            ("4x", None),
            ("-1g", None),
            ("99999999999t", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
