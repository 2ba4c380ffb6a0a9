//! Disks.

use crate::context::Context;
use aws_sdk_ec2::types::BlockDeviceMapping;

/// Disks of the image beyond the machine's.
pub fn image_mappings(_context: &Context) -> Vec<BlockDeviceMapping> {
    Vec::new()
}
