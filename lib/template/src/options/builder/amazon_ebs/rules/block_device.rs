//! Rules of the options of disks.

use super::kms;
use crate::options::Check;
use crate::options::builder::amazon_ebs::{BlockDevice, BlockDevices, Device};

/// Types of volumes (AWS API, `VolumeType`).
const TYPES: &[&str] = &["gp2", "gp3", "io1", "io2", "sc1", "st1", "standard"];

pub(super) fn check(devices: &BlockDevices, check: &mut Check) {
    check_devices("ami_block_device_mappings", &devices.ami_block_device_mappings, check);
    for (index, device) in devices.ami_block_device_mappings.iter().enumerate() {
        if !device.kms_key_id.is_empty() {
            check
                .error(
                    format!("ami_block_device_mappings[{index}].kms_key_id"),
                    "a key can't be given for a disk of the image",
                )
                .hint("give the key in launch_block_device_mappings, or encrypt the image with encrypt_boot and kms_key_id");
        }
    }
}

/// Checks a list of disks.
pub(in crate::options::builder) fn check_devices(list: &str, mappings: &[impl Device], check: &mut Check) {
    let devices: Vec<BlockDevice> = mappings.iter().map(Device::device).collect();
    for (index, device) in devices.iter().enumerate() {
        let path = format!("{list}[{index}]");
        check_device(&path, device, check);
        let name = &device.device_name;
        if !name.is_empty() && devices[..index].iter().any(|other| other.device_name == *name) {
            check
                .error(format!("{path}.device_name"), format!("device {name} is given twice"))
                .hint("give each device once");
        }
    }
}

fn check_device(path: &str, device: &BlockDevice, check: &mut Check) {
    if device.device_name.is_empty() {
        check
            .error(format!("{path}.device_name"), "the device has no name")
            .hint("set device_name, such as \"/dev/sda1\" or \"/dev/xvda\"");
    }
    if device.no_device {
        return;
    }
    if !device.virtual_name.is_empty() {
        check_virtual_name(&format!("{path}.virtual_name"), &device.virtual_name, check);
        return;
    }
    if device.volume_size < 0 {
        check.error(
            format!("{path}.volume_size"),
            format!("a disk of {} GiB is not possible", device.volume_size),
        );
    }
    if !device.volume_type.is_empty() && !TYPES.contains(&device.volume_type.as_str()) {
        check
            .warning(
                format!("{path}.volume_type"),
                format!("'{}' is not a type of volume known here", device.volume_type),
            )
            .hint(super::known(&device.volume_type, TYPES));
    }
    check_encryption(path, device, check);
    check_speed(path, device, check);
}

fn check_virtual_name(path: &str, name: &str, check: &mut Check) {
    let number = name.strip_prefix("ephemeral").and_then(|number| number.parse::<u8>().ok());
    if number.is_none_or(|number| number > 23) {
        check
            .error(path, format!("'{name}' is not the name of an instance store disk"))
            .hint("their names are ephemeral0 to ephemeral23; an EBS disk needs no virtual_name");
    }
}

fn check_encryption(path: &str, device: &BlockDevice, check: &mut Check) {
    if device.kms_key_id.is_empty() {
        return;
    }
    let path = format!("{path}.kms_key_id");
    if device.encrypted == Some(false) {
        check
            .error(&path, "a disk that is not encrypted has no key")
            .hint("set encrypted to true, or leave out kms_key_id");
    }
    if !kms::is_key(&device.kms_key_id) {
        check.error(&path, format!("'{}' is not the name of a KMS key", device.kms_key_id)).hint(kms::HINT);
    }
}

/// Fewest and most operations a second that a type of volume can have, and how many for each GiB.
fn operations_of(volume_type: &str) -> Option<(i32, i32, Option<i32>)> {
    match volume_type {
        "io1" => Some((100, 64000, Some(50))),
        "io2" => Some((100, 64000, Some(500))),
        "gp3" => Some((3000, 16000, None)),
        _ => None,
    }
}

fn check_speed(path: &str, device: &BlockDevice, check: &mut Check) {
    let kind = device.volume_type.as_str();
    if let Some(throughput) = device.throughput {
        let path = format!("{path}.throughput");
        if kind != "gp3" {
            check
                .error(path, "only gp3 volumes have a throughput of their own")
                .hint("set volume_type to \"gp3\"");
        } else if !(125..=1000).contains(&throughput) {
            check
                .error(path, format!("{throughput} MiB a second are not possible"))
                .hint("gp3 has 125 to 1000");
        }
    }
    let path = format!("{path}.iops");
    match (operations_of(kind), device.iops) {
        (None, Some(_)) => {
            check
                .warning(
                    path,
                    format!(
                        "iops has no effect on {} volumes",
                        if kind.is_empty() { "default" } else { kind }
                    ),
                )
                .hint("set volume_type to io1, io2 or gp3");
        }
        (Some((fewest, most, ratio)), Some(iops)) => {
            if !(fewest..=most).contains(&iops) {
                check
                    .error(&path, format!("{iops} operations a second are not possible"))
                    .hint(format!("{kind} has {fewest} to {most}"));
            }
            // Whole numbers, as Packer compares them.
            if let Some(ratio) =
                ratio.filter(|ratio| device.volume_size > 0 && iops / device.volume_size > *ratio)
            {
                check
                    .error(
                        &path,
                        format!("{iops} operations a second are too many for {} GiB", device.volume_size),
                    )
                    .hint(format!("{kind} has at most {ratio} for each GiB"));
            }
        }
        (Some((fewest, most, Some(_))), None) => {
            check
                .error(&path, format!("{kind} volumes need iops"))
                .hint(format!("say how many operations a second, {fewest} to {most}"));
        }
        _ => {}
    }
}
