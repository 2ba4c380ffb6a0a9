//! Rules of the options of the image.

use super::{kms, one_of};
use crate::options::Check;
use crate::options::builder::amazon_ebs::{Ami, FastLaunch, Spot};
use jiff::{Timestamp, ToSpan};

pub(super) fn check(ami: &Ami, spot: &Spot, check: &mut Check) {
    check_name(&ami.ami_name, check);
    one_of("ami_virtualization_type", &ami.ami_virtualization_type, &["hvm", "paravirtual"], check);
    one_of("imds_support", &ami.imds_support, &["v2.0"], check);
    if ami.snapshot_copy_duration_minutes < 0 || ami.snapshot_copy_duration_minutes % 15 != 0 {
        check
            .error(
                "snapshot_copy_duration_minutes",
                "the duration of a time-based copy is not a multiple of 15 minutes",
            )
            .hint("give 15, 30, 45 … minutes, or leave it out");
    }
    check_keys(ami, check);
    check_sharing(ami, check);
    check_deprecation(&ami.deprecate_at, check);
    check_fast_launch(&ami.fast_launch, check);
    if ami.skip_save_build_region && ami.ami_regions.is_empty() {
        check
            .warning(
                "skip_save_build_region",
                "no image will be left, since ami_regions names no region to copy it to",
            )
            .hint("name regions in ami_regions, or set skip_create_ami to try a build out");
    }
    check_support(spot, ami.ena_support, ami.sriov_support, check);
}

/// A spot machine cannot be changed.
pub(in crate::options::builder) fn check_support(
    spot: &Spot,
    ena: Option<bool>,
    sriov: bool,
    check: &mut Check,
) {
    for (path, wanted) in [("ena_support", ena == Some(true)), ("sriov_support", sriov)] {
        if wanted && spot.is_wanted() {
            check
                .error(path, format!("{path} can't be changed on a spot machine"))
                .hint("start from an image that supports it already, or leave out spot_price");
        }
    }
}

/// Whether a character may stand in an image's name (AWS API, CreateImage, `Name`).
fn may_stand_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "()[] ./-'@_".contains(character)
}

fn check_name(name: &str, check: &mut Check) {
    if name.is_empty() {
        check
            .error("ami_name", "the image has no name")
            .hint("set ami_name; {{timestamp}} in it makes each build's name another");
        return;
    }
    let length = name.chars().count();
    if !(3..=128).contains(&length) {
        check
            .error("ami_name", format!("the name has {length} characters"))
            .hint("an image's name has 3 to 128 characters");
    }
    let mut wrong: Vec<char> = name.chars().filter(|character| !may_stand_in_name(*character)).collect();
    wrong.sort_unstable();
    wrong.dedup();
    if !wrong.is_empty() {
        let wrong: Vec<String> = wrong.iter().map(|character| format!("{character:?}")).collect();
        check.error("ami_name", format!("an image's name can't have {}", wrong.join(", "))).hint(
            "allowed are letters, digits and ( ) [ ] space . / - ' @ _; the function clean_resource_name puts - for the others",
        );
    }
}

fn check_keys(ami: &Ami, check: &mut Check) {
    let given = !ami.kms_key_id.is_empty() || ami.region_kms_key_ids.values().any(|key| !key.is_empty());
    if given && ami.encrypt_boot != Some(true) {
        let path = if ami.kms_key_id.is_empty() { "region_kms_key_ids" } else { "kms_key_id" };
        check
            .error(path, format!("{path} has no meaning unless encrypt_boot is true"))
            .hint("set encrypt_boot to true");
    }
    if !ami.kms_key_id.is_empty() && !kms::is_key(&ami.kms_key_id) {
        check
            .error("kms_key_id", format!("'{}' is not the name of a KMS key", ami.kms_key_id))
            .hint(kms::HINT);
    }
    for (region, key) in &ami.region_kms_key_ids {
        let path = format!("region_kms_key_ids.{region}");
        if !key.is_empty() && !kms::is_key(key) {
            check.error(&path, format!("'{key}' is not the name of a KMS key")).hint(kms::HINT);
        }
        if !ami.ami_regions.contains(region) {
            check
                .error(&path, format!("region {region} has a key, but is not in ami_regions"))
                .hint("ami_regions and region_kms_key_ids must name the same regions");
        }
    }
    if ami.region_kms_key_ids.is_empty() {
        return;
    }
    for region in ami.ami_regions.iter().filter(|region| !ami.region_kms_key_ids.contains_key(*region)) {
        check.error("ami_regions", format!("region {region} has no key in region_kms_key_ids")).hint(
            format!(
                "add \"{region}\" to region_kms_key_ids; an empty text stands for the region's default key"
            ),
        );
    }
}

/// What is encrypted with an account's default key can't be shared: nobody else can be allowed to use that key.
fn check_sharing(ami: &Ami, check: &mut Check) {
    let default_key =
        ami.encrypt_boot == Some(true) && ami.kms_key_id.is_empty() && ami.region_kms_key_ids.is_empty();
    let default_regions: Vec<&str> = ami
        .region_kms_key_ids
        .iter()
        .filter(|(_, key)| key.is_empty())
        .map(|(region, _)| region.as_str())
        .collect();
    for (path, shared_with) in [
        ("ami_users", &ami.ami_users),
        ("ami_org_arns", &ami.ami_org_arns),
        ("ami_ou_arns", &ami.ami_ou_arns),
        ("snapshot_users", &ami.snapshot_users),
    ] {
        if shared_with.is_empty() {
            continue;
        }
        if default_key {
            check
                .error(path, "what is encrypted with the default key can't be shared")
                .hint("set kms_key_id to a key of your own, and let the others use it");
        }
        if !default_regions.is_empty() {
            check
                .error(
                    path,
                    format!(
                        "what is encrypted with the default key of {} can't be shared",
                        default_regions.join(", ")
                    ),
                )
                .hint("give these regions keys of your own in region_kms_key_ids");
        }
    }
}

fn check_deprecation(time: &str, check: &mut Check) {
    if time.is_empty() {
        return;
    }
    let Ok(deprecated) = time.parse::<Timestamp>() else {
        check
            .error("deprecate_at", format!("'{time}' is not a time"))
            .hint("give UTC as YYYY-MM-DDTHH:MM:SSZ, such as 2030-01-31T12:00:00Z");
        return;
    };
    let now = Timestamp::now();
    if deprecated <= now {
        check
            .error("deprecate_at", format!("{time} has passed"))
            .hint("an image can only be deprecated from some time to come on");
    } else if now.checked_add((24 * 3653).hours()).is_ok_and(|limit| deprecated > limit) {
        check
            .error("deprecate_at", format!("{time} is more than ten years from now"))
            .hint("AWS allows ten years");
    }
}

fn check_fast_launch(fast: &FastLaunch, check: &mut Check) {
    if fast.max_parallel_launches != 0 && fast.max_parallel_launches < 6 {
        check
            .error("fast_launch.max_parallel_launches", "AWS needs 6 or more")
            .hint("give 6 or more, or leave it out");
    }
    if fast.target_resource_count < 0 {
        check
            .error("fast_launch.target_resource_count", "AWS needs 1 or more")
            .hint("give 1 or more, or leave it out");
    }
    check_launch_template(
        "fast_launch",
        &fast.template_id,
        &fast.template_name,
        fast.template_version,
        check,
    );
    let mut seen = Vec::new();
    for (index, template) in fast.region_launch_templates.iter().enumerate() {
        let path = format!("fast_launch.region_launch_templates[{index}]");
        if template.region.is_empty() {
            check
                .missing(format!("{path}.region"), "the region is missing")
                .hint("say for which region the launch template is");
        } else if seen.contains(&&template.region) {
            check
                .error(
                    format!("{path}.region"),
                    format!("region {} has two launch templates", template.region),
                )
                .hint("give one launch template for each region");
        }
        seen.push(&template.region);
        check_launch_template(
            &path,
            &template.template_id,
            &template.template_name,
            template.template_version,
            check,
        );
    }
}

fn check_launch_template(path: &str, id: &str, name: &str, version: i32, check: &mut Check) {
    if !id.is_empty() && !name.is_empty() {
        check
            .error(format!("{path}.template_name"), "template_id and template_name exclude each other")
            .hint("name the launch template either by id or by name");
    }
    if version < 0 {
        check.error(format!("{path}.template_version"), "versions of launch templates begin with 1");
    } else if version > 0 && id.is_empty() && name.is_empty() {
        check
            .error(format!("{path}.template_version"), "a version is given, but no launch template")
            .hint("set template_id or template_name");
    }
}
