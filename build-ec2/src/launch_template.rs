//! The launch template of a spot machine: the same as RunInstances asks for, in the types that a fleet takes.

use crate::block_devices;
use crate::context::Context;
use crate::request::{self, Launch, some};
use aws_sdk_ec2::types::{
    CapacityReservationPreference, InstanceType, LaunchTemplateCapacityReservationSpecificationRequest,
    LaunchTemplateCpuOptionsRequest, LaunchTemplateHttpTokensState,
    LaunchTemplateIamInstanceProfileSpecificationRequest, LaunchTemplateInstanceMetadataEndpointState,
    LaunchTemplateInstanceMetadataOptionsRequest, LaunchTemplateInstanceMetadataTagsState,
    LaunchTemplateInstanceNetworkInterfaceSpecificationRequest, LaunchTemplateLicenseConfigurationRequest,
    LaunchTemplatePlacementRequest, LaunchTemplateTagSpecificationRequest,
    NestedVirtualizationSpecification as Nested, RequestLaunchTemplateData, ResourceType, Tenancy,
};
use record::Failure;
use std::collections::BTreeMap;
use template::options::builder::amazon_ebs::Run;

/// What the machine is started with. Its tags, and those of all that comes with it, are in the template, so that nothing is
/// ever without them.
///
/// # Errors
/// When a template in the tags fails.
pub fn data(context: &Context, launch: &Launch<'_>) -> Result<RequestLaunchTemplateData, Failure> {
    let run = &context.options.run;
    let data = RequestLaunchTemplateData::builder()
        .image_id(launch.image.id())
        .set_instance_type(kind(run))
        .set_key_name(launch.key_name.clone())
        .set_user_data(launch.user_data.clone())
        .set_iam_instance_profile(launch.profile.as_deref().map(profile))
        .set_placement(placement(run))
        .set_credit_specification(request::credits(run))
        .set_cpu_options(
            Some(LaunchTemplateCpuOptionsRequest::builder().nested_virtualization(Nested::Enabled).build())
                .filter(|_| run.enable_nested_virtualization),
        )
        .set_capacity_reservation_specification(capacity_reservation(run))
        .set_license_specifications(some(licenses(run)))
        .metadata_options(metadata_options(run))
        .set_block_device_mappings(some(block_devices::template(&context.options.launch_devices)))
        .set_ebs_optimized(Some(true).filter(|_| run.ebs_optimized))
        .set_tag_specifications(Some(tags(context)?));
    let groups = some(launch.security_groups.clone());
    let data = match context.options.network.associate_public_ip_address {
        Some(public) if launch.network.subnet_id.is_some() => {
            let interface = LaunchTemplateInstanceNetworkInterfaceSpecificationRequest::builder()
                .device_index(0)
                .associate_public_ip_address(public)
                .set_subnet_id(launch.network.subnet_id.clone())
                .set_groups(groups)
                .delete_on_termination(true);
            data.network_interfaces(interface.build())
        }
        _ => data.set_security_group_ids(groups),
    };
    Ok(data.build())
}

fn set(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn kind(run: &Run) -> Option<InstanceType> {
    set(&run.instance_type).map(|kind| InstanceType::from(kind.as_str()))
}

fn profile(name: &str) -> LaunchTemplateIamInstanceProfileSpecificationRequest {
    let profile = LaunchTemplateIamInstanceProfileSpecificationRequest::builder();
    if name.starts_with("arn:") { profile.arn(name).build() } else { profile.name(name).build() }
}

fn placement(run: &Run) -> Option<LaunchTemplatePlacementRequest> {
    let placement = LaunchTemplatePlacementRequest::builder()
        .set_tenancy(set(&run.placement.tenancy).map(|tenancy| Tenancy::from(tenancy.as_str())))
        .set_host_id(set(&run.placement.host_id))
        .set_host_resource_group_arn(set(&run.placement.host_resource_group_arn))
        .build();
    Some(placement).filter(|placement| *placement != LaunchTemplatePlacementRequest::builder().build())
}

/// `none` stays out: spot machines never run in a capacity reservation that is open to all.
fn capacity_reservation(run: &Run) -> Option<LaunchTemplateCapacityReservationSpecificationRequest> {
    let preference = set(&run.capacity_reservation_preference).filter(|preference| preference != "none");
    let specification = LaunchTemplateCapacityReservationSpecificationRequest::builder()
        .set_capacity_reservation_preference(
            preference.map(|word| CapacityReservationPreference::from(word.as_str())),
        )
        .set_capacity_reservation_target(request::capacity_target(run))
        .build();
    let empty = LaunchTemplateCapacityReservationSpecificationRequest::builder().build();
    Some(specification).filter(|specification| *specification != empty)
}

fn licenses(run: &Run) -> Vec<LaunchTemplateLicenseConfigurationRequest> {
    let arns = run.license_specifications.iter().map(|license| &license.license_configuration_request);
    arns.map(|license| {
        let request = LaunchTemplateLicenseConfigurationRequest::builder();
        request.license_configuration_arn(&license.license_configuration_arn).build()
    })
    .collect()
}

fn metadata_options(run: &Run) -> LaunchTemplateInstanceMetadataOptionsRequest {
    let options = &run.metadata_options;
    let tags = Some(LaunchTemplateInstanceMetadataTagsState::Enabled)
        .filter(|_| options.instance_metadata_tags == "enabled");
    LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_endpoint(LaunchTemplateInstanceMetadataEndpointState::from(options.http_endpoint.as_str()))
        .http_tokens(LaunchTemplateHttpTokensState::from(options.http_tokens.as_str()))
        .http_put_response_hop_limit(options.http_put_response_hop_limit)
        .set_instance_metadata_tags(tags)
        .build()
}

fn tags(context: &Context) -> Result<Vec<LaunchTemplateTagSpecificationRequest>, Failure> {
    let options = &context.options;
    let one = |kind: ResourceType, tags: &BTreeMap<String, String>| {
        let specification = context.tag_specification(kind.clone(), tags)?;
        let request = LaunchTemplateTagSpecificationRequest::builder().resource_type(kind);
        Ok::<_, Failure>(request.set_tags(specification.tags).build())
    };
    Ok(vec![
        one(ResourceType::Instance, &request::run_tags(context))?,
        one(ResourceType::NetworkInterface, &options.run.run_tags)?,
        one(ResourceType::Volume, &options.block_devices.run_volume_tags)?,
        one(ResourceType::SpotInstancesRequest, &options.spot.spot_tags)?,
    ])
}
