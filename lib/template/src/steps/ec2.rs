//! Steps of `build-ec2`.

use super::course::{Writer, is, text};
use super::provision::{needs_key, reached};
use crate::options::builder::amazon_ebs::{Access, Ami, Network};
use crate::options::communicator::Communicator;
use crate::options::fields_of;
use serde_json::Value;

/// The tool.
pub const TOOL: &str = "build-ec2";

/// Looks at source image, network and names before anything is made.
pub const LOOK_UP: &str = "look up";
/// Makes a temporary key pair.
pub const CREATE_KEY_PAIR: &str = "create key pair";
/// Makes a temporary security group.
pub const CREATE_SECURITY_GROUP: &str = "create security group";
/// Makes a temporary instance profile.
pub const CREATE_INSTANCE_PROFILE: &str = "create instance profile";
/// Starts the machine.
pub const RUN_INSTANCE: &str = "run instance";
/// Waits until it runs.
pub const WAIT_FOR_INSTANCE: &str = "wait for instance";
/// Waits for the password that a Windows machine makes for itself.
pub const WAIT_FOR_PASSWORD: &str = "wait for password";
/// Opens a tunnel through Session Manager.
pub const OPEN_TUNNEL: &str = "open tunnel";
/// Waits until the machine answers.
pub const WAIT_FOR_COMMUNICATOR: &str = "wait for the communicator";
/// Stops the machine.
pub const STOP_INSTANCE: &str = "stop instance";
/// Makes the first image.
pub const CREATE_IMAGE: &str = "create image";
/// Protects all images.
pub const PROTECT_IMAGES: &str = "protect images";
/// Destroys the machine and what was made for it.
pub const REMOVE_INSTANCE: &str = "remove instance";

/// Copies the first image, into another region or to change it.
pub fn copy_image(region: &str) -> String {
    format!("copy image to {region}")
}

/// Sees to who may use an image, and to its tags.
pub fn finish_image(region: &str) -> String {
    format!("finish image in {region}")
}

/// Options of an image once it exists.
const FINISH: [&str; 12] = [
    "ami_groups",
    "ami_org_arns",
    "ami_ou_arns",
    "ami_product_codes",
    "ami_users",
    "deprecate_at",
    "fast_launch",
    "imds_support",
    "snapshot_groups",
    "snapshot_tags",
    "snapshot_users",
    "tags",
];

pub(super) fn start(writer: &mut Writer<'_>) {
    let options = writer.options;
    let mut look: Vec<&str> = vec!["source_ami", "source_ami_filter"];
    look.extend(fields_of::<Access>());
    look.extend(fields_of::<Network>().iter().filter(|name| !name.starts_with("temporary_")));
    writer.step(TOOL, LOOK_UP, &look);
    let is_windows = text(options, "communicator") == "winrm";
    let password = if is_windows { "winrm_password" } else { "ssh_password" };
    let has_password = !text(options, password).is_empty();
    if reached(options) && needs_key(options) && !has_password {
        let key = ["temporary_key_pair_name", "temporary_key_pair_type", "temporary_key_pair_bits"];
        writer.step(TOOL, CREATE_KEY_PAIR, &key);
    }
    let has_groups = ["security_group_id", "security_group_ids", "security_group_filter"];
    if reached(options) && !has_groups.iter().any(|name| options.contains_key(*name)) {
        let sources = ["temporary_security_group_source_cidrs", "temporary_security_group_source_public_ip"];
        writer.step(TOOL, CREATE_SECURITY_GROUP, &sources);
    }
    let policy = "temporary_iam_instance_profile_policy_document";
    if options.contains_key(policy) && text(options, "iam_instance_profile").is_empty() {
        writer.step(TOOL, CREATE_INSTANCE_PROFILE, &[policy]);
    }
    writer.rest(TOOL, RUN_INSTANCE);
    writer.step(TOOL, WAIT_FOR_INSTANCE, &[]);
    if is_windows && !has_password {
        writer.step(TOOL, WAIT_FOR_PASSWORD, &["windows_password_timeout"]);
    }
    if reached(options) && text(options, "ssh_interface") == "session_manager" {
        writer.step(TOOL, OPEN_TUNNEL, &["ssh_interface", "session_manager_port", "pause_before_ssm"]);
    }
    if reached(options) {
        writer.step(TOOL, WAIT_FOR_COMMUNICATOR, fields_of::<Communicator>());
    }
}

pub(super) fn finish(writer: &mut Writer<'_>, makes: &mut Vec<String>) {
    let options = writer.options;
    if matches!(text(options, "spot_price"), "" | "0") {
        writer.step(TOOL, STOP_INSTANCE, &["disable_stop_instance"]);
    }
    if is(options, "skip_create_ami") {
        return writer.step(TOOL, REMOVE_INSTANCE, &["skip_create_ami"]);
    }
    let own = Some(text(options, "region")).filter(|region| !region.is_empty()).unwrap_or("(default region)");
    let copied = is(options, "encrypt_boot") || is(options, "skip_save_build_region");
    let mut regions: Vec<&str> = if is(options, "skip_save_build_region") { Vec::new() } else { vec![own] };
    let more = options.get("ami_regions").and_then(Value::as_array).into_iter().flatten();
    regions.extend(more.filter_map(Value::as_str).filter(|region| *region != own));
    let mut image: Vec<&str> =
        fields_of::<Ami>().iter().copied().filter(|name| !FINISH.contains(name)).collect();
    image.retain(|name| *name != "deregistration_protection");
    image.extend(["ami_block_device_mappings", "no_device"]);
    writer.step(TOOL, CREATE_IMAGE, &image);
    for region in regions.iter().filter(|region| **region != own || copied) {
        writer.step(TOOL, &copy_image(region), &[]);
    }
    for (index, region) in regions.iter().enumerate() {
        writer.step(TOOL, &finish_image(region), if index == 0 { &FINISH } else { &[] });
        makes.push(format!("AMI {} in {region}", text(options, "ami_name")));
    }
    if options.contains_key("deregistration_protection") {
        writer.step(TOOL, PROTECT_IMAGES, &["deregistration_protection"]);
    }
    writer.step(TOOL, REMOVE_INSTANCE, &[]);
}
