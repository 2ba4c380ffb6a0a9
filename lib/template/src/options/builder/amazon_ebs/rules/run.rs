//! Rules of the options of the machine.

use super::one_of;
use crate::options::Check;
use crate::options::builder::amazon_ebs::{PolicyDocument, Run, Spot};
use crate::source::Code;
use std::path::Path;

/// Most bytes of user data, before base64 (AWS API, RunInstances, `UserData`).
const MOST_USER_DATA: u64 = 16 * 1024;

pub(super) fn check(run: &Run, spot: &Spot, check: &mut Check) {
    check_source(run, check);
    check_type(run, spot, check);
    check_user_data(run, check);
    check_capacity(run, check);
    check_placement(run, check);
    check_metadata(run, check);
    one_of("shutdown_behavior", &run.shutdown_behavior, &["stop", "terminate"], check);
    if let Some(policy) = &run.temporary_iam_instance_profile_policy_document {
        check_policy(policy, check);
    }
    for (index, license) in run.license_specifications.iter().enumerate() {
        if license.license_configuration_request.license_configuration_arn.is_empty() {
            let path = format!("license_specifications[{index}].license_configuration_request");
            check
                .missing(path, "license_configuration_arn is missing")
                .hint("give the ARN of the license configuration");
        }
    }
    check_interface(run, check);
}

fn check_source(run: &Run, check: &mut Check) {
    let filter = &run.source_ami_filter;
    if run.source_ami.is_empty() && filter.filters.is_empty() {
        check
            .missing("source_ami", "the image to start from is missing")
            .hint("set source_ami to an image's id, or look one up with source_ami_filter");
    }
    if run.source_ami.is_empty() && filter.owners.is_empty() && !filter.filters.is_empty() {
        check.error("source_ami_filter.owners", "the filter does not say who owns the image").hint(
            "anybody can publish an image under any name: set owners to account ids, \"self\" or \"amazon\"",
        );
    }
    if !run.source_ami.is_empty() && !run.source_ami.starts_with("ami-") {
        check
            .warning("source_ami", format!("'{}' does not look like an image's id", run.source_ami))
            .hint("ids begin with 'ami-'; look images up by name with source_ami_filter");
    }
}

fn check_type(run: &Run, spot: &Spot, check: &mut Check) {
    if run.instance_type.is_empty() && spot.spot_instance_types.is_empty() {
        check
            .missing("instance_type", "the type of the machine is missing")
            .hint("set instance_type, such as \"t3.micro\", or spot_instance_types");
    }
    if !run.instance_type.is_empty() && !spot.spot_instance_types.is_empty() {
        check
            .error("spot_instance_types", "instance_type and spot_instance_types exclude each other")
            .hint("keep spot_instance_types for a spot machine, instance_type for another");
    }
    if run.enable_unlimited_credits {
        if !run.is_burstable() {
            check
                .error(
                    "enable_unlimited_credits",
                    format!("machines of type '{}' have no CPU credits", run.instance_type),
                )
                .hint("t2, t3, t3a and t4g have");
        }
        if spot.is_wanted() && run.instance_type.starts_with("t2.") {
            check
                .error("enable_unlimited_credits", "a t2 spot machine can't burst without limit")
                .hint("take a t3, t3a or t4g type, or leave out spot_price");
        }
    }
    if run.enable_nested_virtualization {
        check_nested_virtualization(run, spot, check);
    }
    if run.enable_nitro_enclave {
        if spot.is_wanted() {
            check
                .error("enable_nitro_enclave", "spot machines have no Nitro Enclaves")
                .hint("leave out either enable_nitro_enclave or spot_price");
        }
        if run.is_burstable() || run.instance_type.starts_with("t1.") {
            check
                .error(
                    "enable_nitro_enclave",
                    format!("machines of type '{}' have no Nitro Enclaves", run.instance_type),
                )
                .hint("take a type that is not burstable, such as m5.xlarge");
        }
    }
}

/// Which types can (EC2's API reference, CpuOptionsRequest).
fn check_nested_virtualization(run: &Run, spot: &Spot, check: &mut Check) {
    const FAMILIES: [&str; 6] = ["c8i.", "c8i-flex.", "m8i.", "m8i-flex.", "r8i.", "r8i-flex."];
    let types =
        spot.spot_instance_types.iter().chain(Some(&run.instance_type).filter(|kind| !kind.is_empty()));
    for kind in types.filter(|kind| !FAMILIES.iter().any(|family| kind.starts_with(family))) {
        let message = format!("machines of type '{kind}' cannot run virtual machines");
        check
            .error("enable_nested_virtualization", message)
            .hint("c8i, m8i, r8i and their flex kinds can; or leave it out");
    }
}

fn check_user_data(run: &Run, check: &mut Check) {
    let (path, size) = match (run.user_data.is_empty(), run.user_data_file.is_empty()) {
        (false, false) => {
            check
                .error("user_data_file", "user_data and user_data_file exclude each other")
                .hint("keep one of them");
            return;
        }
        (false, true) => ("user_data", run.user_data.len() as u64),
        (true, false) => match Path::new(&run.user_data_file).metadata() {
            Ok(file) if file.is_file() => ("user_data_file", file.len()),
            Ok(_) => {
                check.error("user_data_file", format!("'{}' is not a file", run.user_data_file));
                return;
            }
            Err(error) => {
                check
                    .error("user_data_file", format!("can't read '{}': {error}", run.user_data_file)).code(Code::MissingFile)
                    .hint("paths count from the folder in which validate runs; {{template_dir}} gives the template's");
                return;
            }
        },
        (true, true) => return,
    };
    // Text that is base64 already may be a third longer.
    if size > MOST_USER_DATA * 4 / 3 + 4 {
        check.error(path, format!("{size} bytes of user data are too much")).hint(
            "AWS takes 16 KiB: let the user data fetch the rest, or upload it with the file provisioner",
        );
    }
}

fn check_capacity(run: &Run, check: &mut Check) {
    one_of("capacity_reservation_preference", &run.capacity_reservation_preference, &["open", "none"], check);
    let given: Vec<&str> = [
        ("capacity_reservation_id", &run.capacity_reservation_id),
        ("capacity_reservation_group_arn", &run.capacity_reservation_group_arn),
        ("capacity_reservation_preference", &run.capacity_reservation_preference),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(path, _)| path)
    .collect();
    if let [first, others @ ..] = &given[..] {
        for other in others {
            check.error(*other, format!("{first} and {other} exclude each other")).hint("keep one of them");
        }
    }
}

fn check_placement(run: &Run, check: &mut Check) {
    let placement = &run.placement;
    one_of("placement.tenancy", &placement.tenancy, &["default", "dedicated", "host"], check);
    if !placement.host_id.is_empty() && !placement.host_resource_group_arn.is_empty() {
        check
            .error("placement.host_id", "host_id and host_resource_group_arn exclude each other")
            .hint("keep one of them");
    }
    let on_host = !placement.host_id.is_empty() || !placement.host_resource_group_arn.is_empty();
    if on_host && !matches!(placement.tenancy.as_str(), "" | "host") {
        check
            .error(
                "placement.tenancy",
                format!("a machine on a host of your own can't have tenancy '{}'", placement.tenancy),
            )
            .hint("set tenancy to \"host\", or leave it out");
    }
}

fn check_metadata(run: &Run, check: &mut Check) {
    let options = &run.metadata_options;
    let words: &[&str] = &["enabled", "disabled"];
    one_of("metadata_options.http_endpoint", &options.http_endpoint, words, check);
    one_of("metadata_options.http_tokens", &options.http_tokens, &["optional", "required"], check);
    one_of("metadata_options.instance_metadata_tags", &options.instance_metadata_tags, words, check);
    let hops = options.http_put_response_hop_limit;
    if !(0..=64).contains(&hops) {
        check
            .error("metadata_options.http_put_response_hop_limit", format!("{hops} hops are not possible"))
            .hint("give 1 to 64");
    }
    if options.http_endpoint == "disabled" && options.instance_metadata_tags == "enabled" {
        check
            .error(
                "metadata_options.instance_metadata_tags",
                "a metadata service that is disabled can't show tags",
            )
            .hint("set http_endpoint to \"enabled\", or leave out instance_metadata_tags");
    }
}

fn check_policy(policy: &PolicyDocument, check: &mut Check) {
    let path = "temporary_iam_instance_profile_policy_document";
    one_of(&format!("{path}.Version"), &policy.version, &["2012-10-17", "2008-10-17"], check);
    if policy.statement.is_empty() {
        check
            .error(path, "the policy has no Statement")
            .hint("say what the machine may do: Effect, Action, Resource");
    }
    for (index, statement) in policy.statement.iter().enumerate() {
        let path = format!("{path}.Statement[{index}]");
        if statement.effect.is_empty() {
            check
                .missing(format!("{path}.Effect"), "Effect is missing")
                .hint("set it to \"Allow\" or \"Deny\"");
        }
        one_of(&format!("{path}.Effect"), &statement.effect, &["Allow", "Deny"], check);
        for (name, list) in [("Action", &statement.action), ("Resource", &statement.resource)] {
            if list.is_empty() {
                check
                    .missing(format!("{path}.{name}"), format!("{name} is missing"))
                    .hint("\"*\" stands for all");
            }
        }
    }
}

fn check_interface(run: &Run, check: &mut Check) {
    let known = &["public_ip", "private_ip", "public_dns", "private_dns", "ipv6", "session_manager"];
    one_of("ssh_interface", &run.ssh_interface, known, check);
    if !(0..=65535).contains(&run.session_manager_port) {
        check
            .error("session_manager_port", format!("{} is not a TCP port", run.session_manager_port))
            .hint("give 1 to 65535, or leave it out");
    }
    let has_profile =
        !run.iam_instance_profile.is_empty() || run.temporary_iam_instance_profile_policy_document.is_some();
    if run.ssh_interface == "session_manager" && !has_profile {
        check
            .error("ssh_interface", "Session Manager needs an instance profile, and none is given")
            .hint("set iam_instance_profile to one with AmazonSSMManagedInstanceCore, or give a temporary_iam_instance_profile_policy_document");
    }
}
