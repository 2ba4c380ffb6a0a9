//! The rules between options of `amazon-ebs`.
//!
//! Those that Packer has are Packer's (amazon plugin 1.8). The others refuse what AWS is sure to refuse later, when the
//! build has already taken minutes; they are listed in docs/compatibility.md.

pub(super) mod access;
mod ami;
mod block_device;
mod communicator;
mod kms;
mod network;
mod run;
mod spot;
#[cfg(test)]
mod tests;

pub(in crate::options) use access::check as check_access;
pub(in crate::options::builder) use ami::check_support;
pub(in crate::options::builder) use block_device::check_devices;
pub(in crate::options::builder) use kms::check_key;

use super::{Access, Ami, BlockDevices, Network, Run, Spot};
use crate::options::Check;
use crate::options::communicator::Communicator;
use crate::options::words::{known, one_of};
use std::collections::BTreeMap;

/// Checks what all builders have that run a machine.
pub(in crate::options::builder) fn check_machine(
    (access, run, network, spot): (&Access, &Run, &Network, &Spot),
    communicator: &mut Communicator,
    check: &mut Check,
) {
    access::check(access, check);
    run::check(run, spot, check);
    network::check(network, check);
    spot::check(spot, run, check);
    communicator.check(check);
    communicator::check(communicator, run, check);
    check_tags("run_tags", &run.run_tags, check);
    check_tags("spot_tags", &spot.spot_tags, check);
    check_tags("fleet_tags", &spot.fleet_tags, check);
}

/// Checks what all builders have that make an image.
pub(in crate::options::builder) fn check_image(ami: &Ami, spot: &Spot, check: &mut Check) {
    ami::check(ami, spot, check);
    check_tags("tags", &ami.tags, check);
    check_tags("snapshot_tags", &ami.snapshot_tags, check);
}

/// Checks the disks of the image, and tags of the machine's.
pub(in crate::options::builder) fn check_block_devices(devices: &BlockDevices, check: &mut Check) {
    block_device::check(devices, check);
    check_tags("run_volume_tags", &devices.run_volume_tags, check);
}

/// Most tags that a user can give: AWS allows 50, of which three are Kiln's own.
const MOST_TAGS: usize = 47;

/// AWS's rules for tags, as far as they can be told before the tags are rendered.
pub(in crate::options::builder) fn check_tags(
    path: &str,
    tags: &BTreeMap<String, String>,
    check: &mut Check,
) {
    if tags.len() > MOST_TAGS {
        check
            .error(path, format!("{} tags are too many", tags.len()))
            .hint(format!("AWS allows 50 tags, of which Kiln needs 3: give {MOST_TAGS} at the most"));
    }
    for (key, value) in tags {
        if key.is_empty() {
            check.error(path, "a tag has no key").hint("give each tag a key and a value");
        } else if key.starts_with("aws:") {
            check
                .error(format!("{path}.{key}"), "tags that begin with 'aws:' are AWS's own")
                .hint("choose another key");
        }
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !key.contains("{{") && key_length > 128 {
            check.error(path, format!("a tag's key has {key_length} characters; AWS allows 128"));
        }
        if !value.contains("{{") && value_length > 256 {
            check.error(
                format!("{path}.{key}"),
                format!("the tag's value has {value_length} characters; AWS allows 256"),
            );
        }
    }
}
