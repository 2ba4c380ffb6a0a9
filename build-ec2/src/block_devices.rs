//! Disks, as EC2's calls take them.

use crate::context::Context;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, LaunchTemplateBlockDeviceMappingRequest,
    LaunchTemplateEbsBlockDeviceRequest, VolumeType,
};
use template::options::builder::amazon_ebs::{BlockDevice, LaunchDevices};

/// The machine's disks, for RunInstances.
pub fn launch(options: &LaunchDevices) -> Vec<BlockDeviceMapping> {
    let given = options.launch_block_device_mappings.iter().map(mapping);
    let suppressed =
        suppressed(options).map(|name| BlockDeviceMapping::builder().device_name(name).no_device("").build());
    given.chain(suppressed).collect()
}

/// The image's disks beyond the machine's, for CreateImage.
pub fn image_mappings(context: &Context) -> Vec<BlockDeviceMapping> {
    context.options.block_devices.ami_block_device_mappings.iter().map(mapping).collect()
}

/// The machine's disks, for a launch template.
pub fn template(options: &LaunchDevices) -> Vec<LaunchTemplateBlockDeviceMappingRequest> {
    let given = options.launch_block_device_mappings.iter().map(template_mapping);
    let suppressed = suppressed(options).map(|name| {
        LaunchTemplateBlockDeviceMappingRequest::builder().device_name(name).no_device("").build()
    });
    given.chain(suppressed).collect()
}

/// Instance store disks that Windows must not see: `xvdca` to `xvdcz`.
fn suppressed(options: &LaunchDevices) -> impl Iterator<Item = String> {
    let letters = if options.no_ephemeral { 'a'..='z' } else { 'z'..='a' };
    letters.map(|letter| format!("xvdc{letter}"))
}

/// What EC2 is told of a disk. `delete_on_termination` is always told: its default here is false, as Packer's, where EC2's
/// own is true for a root disk.
fn mapping(device: &BlockDevice) -> BlockDeviceMapping {
    let mapping = BlockDeviceMapping::builder().device_name(&device.device_name);
    if device.no_device {
        return mapping.no_device("").build();
    }
    if !device.virtual_name.is_empty() {
        return mapping.virtual_name(&device.virtual_name).build();
    }
    let disk = EbsBlockDevice::builder()
        .delete_on_termination(device.delete_on_termination)
        .set_volume_type(volume_type(device))
        .set_volume_size(Some(device.volume_size).filter(|size| *size > 0))
        .set_iops(iops(device))
        .set_throughput(throughput(device))
        .set_encrypted(device.encrypted)
        .set_kms_key_id(set(&device.kms_key_id))
        .set_snapshot_id(set(&device.snapshot_id));
    mapping.ebs(disk.build()).build()
}

/// The same for a launch template.
fn template_mapping(device: &BlockDevice) -> LaunchTemplateBlockDeviceMappingRequest {
    let mapping = LaunchTemplateBlockDeviceMappingRequest::builder().device_name(&device.device_name);
    if device.no_device {
        return mapping.no_device("").build();
    }
    if !device.virtual_name.is_empty() {
        return mapping.virtual_name(&device.virtual_name).build();
    }
    let disk = LaunchTemplateEbsBlockDeviceRequest::builder()
        .delete_on_termination(device.delete_on_termination)
        .set_volume_type(volume_type(device))
        .set_volume_size(Some(device.volume_size).filter(|size| *size > 0))
        .set_iops(iops(device))
        .set_throughput(throughput(device))
        .set_encrypted(device.encrypted)
        .set_kms_key_id(set(&device.kms_key_id))
        .set_snapshot_id(set(&device.snapshot_id));
    mapping.ebs(disk.build()).build()
}

fn set(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn volume_type(device: &BlockDevice) -> Option<VolumeType> {
    Some(VolumeType::from(device.volume_type.as_str())).filter(|_| !device.volume_type.is_empty())
}

/// EC2 refuses `iops` for volumes whose speed can't be chosen.
fn iops(device: &BlockDevice) -> Option<i32> {
    device.iops.filter(|_| matches!(device.volume_type.as_str(), "io1" | "io2" | "gp3"))
}

fn throughput(device: &BlockDevice) -> Option<i32> {
    device.throughput.filter(|_| device.volume_type == "gp3")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(name: &str) -> BlockDevice {
        BlockDevice { device_name: name.into(), ..BlockDevice::default() }
    }

    #[test]
    fn every_sort_of_disk_has_its_form() {
        let options = LaunchDevices {
            launch_block_device_mappings: vec![
                BlockDevice { no_device: true, volume_size: 5, ..disk("/dev/sdb") },
                BlockDevice { virtual_name: "ephemeral0".into(), ..disk("/dev/sdc") },
                BlockDevice {
                    volume_type: "gp3".into(),
                    iops: Some(4000),
                    throughput: Some(200),
                    ..disk("/dev/sdd")
                },
                BlockDevice {
                    volume_type: "gp2".into(),
                    iops: Some(4000),
                    volume_size: 9,
                    ..disk("/dev/sde")
                },
                BlockDevice { encrypted: Some(true), kms_key_id: "alias/k".into(), ..disk("/dev/sdf") },
            ],
            ..LaunchDevices::default()
        };
        let mappings = launch(&options);
        assert_eq!(mappings[0].no_device(), Some(""));
        assert!(mappings[0].ebs().is_none());
        assert_eq!(mappings[1].virtual_name(), Some("ephemeral0"));
        let gp3 = mappings[2].ebs().unwrap();
        assert_eq!(
            (gp3.iops(), gp3.throughput(), gp3.delete_on_termination()),
            (Some(4000), Some(200), Some(false))
        );
        let gp2 = mappings[3].ebs().unwrap();
        assert_eq!((gp2.iops(), gp2.volume_size()), (None, Some(9)));
        assert_eq!(mappings[4].ebs().unwrap().kms_key_id(), Some("alias/k"));
        let templates = template(&options);
        assert_eq!(templates.len(), mappings.len());
        assert_eq!(templates[0].no_device(), Some(""));
        assert_eq!(templates[2].ebs().unwrap().throughput(), Some(200));
    }

    #[test]
    fn no_ephemeral_suppresses_26_disks() {
        let options = LaunchDevices { no_ephemeral: true, ..LaunchDevices::default() };
        let names: Vec<_> =
            launch(&options).iter().map(|mapping| mapping.device_name.clone().unwrap()).collect();
        assert_eq!((names.len(), names[0].as_str(), names[25].as_str()), (26, "xvdca", "xvdcz"));
        assert!(launch(&LaunchDevices::default()).is_empty());
    }
}
