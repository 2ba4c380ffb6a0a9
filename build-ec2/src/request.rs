//! The request that starts the machine.

use crate::block_devices;
use crate::context::Context;
use crate::network::Network;
use crate::source_ami::SourceImage;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    CapacityReservationPreference, CapacityReservationSpecification, CapacityReservationTarget,
    CpuOptionsRequest, CreditSpecificationRequest, EnclaveOptionsRequest, HttpTokensState,
    IamInstanceProfileSpecification, InstanceMetadataEndpointState, InstanceMetadataOptionsRequest,
    InstanceMetadataTagsState, InstanceNetworkInterfaceSpecification, InstanceType,
    LicenseConfigurationRequest, NestedVirtualizationSpecification as Nested, Placement, ResourceType,
    ShutdownBehavior, Tenancy,
};
use record::Failure;
use std::collections::BTreeMap;
use template::options::builder::amazon_ebs::Run;

/// What the machine is started with.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// The image.
    pub image: &'a SourceImage,
    /// Where the machine is on the network.
    pub network: &'a Network,
    /// Ids of its security groups.
    pub security_groups: Vec<String>,
    /// Name of its key pair.
    pub key_name: Option<String>,
    /// Its instance profile: name or ARN.
    pub profile: Option<String>,
    /// Its user data, in base64.
    pub user_data: Option<String>,
}

/// RunInstances for an on-demand machine. Everything it creates is tagged by it; the client token makes tries idempotent.
///
/// # Errors
/// When a template in the tags fails.
pub fn run_instances(context: &Context, launch: &Launch<'_>) -> Result<RunInstancesFluentBuilder, Failure> {
    let run = &context.options.run;
    let tags = run_tags(context);
    let mut request = context
        .ec2()
        .run_instances()
        .image_id(launch.image.id())
        .instance_type(InstanceType::from(run.instance_type.as_str()))
        .min_count(1)
        .max_count(1)
        .client_token(context.token("run"))
        .set_key_name(launch.key_name.clone())
        .set_user_data(launch.user_data.clone())
        .set_iam_instance_profile(launch.profile.as_deref().map(profile))
        .set_placement(placement(run, launch.network))
        .set_credit_specification(credits(run))
        .set_enclave_options(
            Some(EnclaveOptionsRequest::builder().enabled(true).build()).filter(|_| run.enable_nitro_enclave),
        )
        .set_cpu_options(
            Some(CpuOptionsRequest::builder().nested_virtualization(Nested::Enabled).build())
                .filter(|_| run.enable_nested_virtualization),
        )
        .set_capacity_reservation_specification(capacity_reservation(run))
        .set_license_specifications(some(licenses(run)))
        .metadata_options(metadata_options(run))
        .set_block_device_mappings(some(block_devices::launch(&context.options.launch_devices)))
        .set_ebs_optimized(Some(true).filter(|_| run.ebs_optimized))
        .instance_initiated_shutdown_behavior(ShutdownBehavior::from(run.shutdown_behavior.as_str()))
        .tag_specifications(context.tag_specification(ResourceType::Instance, &tags)?)
        .tag_specifications(context.tag_specification(ResourceType::NetworkInterface, &run.run_tags)?)
        .tag_specifications(
            context
                .tag_specification(ResourceType::Volume, &context.options.block_devices.run_volume_tags)?,
        );
    request = match interface(context, launch) {
        Some(interface) => request.network_interfaces(interface),
        None => request
            .set_subnet_id(launch.network.subnet_id.clone())
            .set_security_group_ids(some(launch.security_groups.clone())),
    };
    Ok(request)
}

/// The machine's tags: the template's, and a name that says whose it is where the template gives none.
pub fn run_tags(context: &Context) -> BTreeMap<String, String> {
    let mut tags = context.options.run.run_tags.clone();
    tags.entry(String::from("Name")).or_insert_with(|| format!("Kiln: {}", context.build.name()));
    tags
}

/// A list, where there is something in it.
pub(crate) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn set(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn profile(name: &str) -> IamInstanceProfileSpecification {
    let profile = IamInstanceProfileSpecification::builder();
    if name.starts_with("arn:") { profile.arn(name).build() } else { profile.name(name).build() }
}

/// EC2 takes the wish for a public address only with a whole network interface, in a subnet.
fn interface(context: &Context, launch: &Launch<'_>) -> Option<InstanceNetworkInterfaceSpecification> {
    let public = context.options.network.associate_public_ip_address?;
    let subnet = launch.network.subnet_id.clone()?;
    let interface = InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .associate_public_ip_address(public)
        .subnet_id(subnet)
        .set_groups(some(launch.security_groups.clone()))
        .delete_on_termination(true);
    Some(interface.build())
}

fn placement(run: &Run, network: &Network) -> Option<Placement> {
    let placement = Placement::builder()
        .set_availability_zone(network.availability_zone.clone())
        .set_tenancy(set(&run.placement.tenancy).map(|tenancy| Tenancy::from(tenancy.as_str())))
        .set_host_id(set(&run.placement.host_id))
        .set_host_resource_group_arn(set(&run.placement.host_resource_group_arn))
        .build();
    Some(placement).filter(|placement| *placement != Placement::builder().build())
}

/// Without it AWS starts t3 and later with unlimited credits, at a price.
pub(crate) fn credits(run: &Run) -> Option<CreditSpecificationRequest> {
    let credits = if run.enable_unlimited_credits { "unlimited" } else { "standard" };
    run.is_burstable().then(|| CreditSpecificationRequest::builder().cpu_credits(credits).build())
}

/// The capacity reservation that the template names.
pub(crate) fn capacity_target(run: &Run) -> Option<CapacityReservationTarget> {
    let target = CapacityReservationTarget::builder()
        .set_capacity_reservation_id(set(&run.capacity_reservation_id))
        .set_capacity_reservation_resource_group_arn(set(&run.capacity_reservation_group_arn))
        .build();
    Some(target).filter(|target| *target != CapacityReservationTarget::builder().build())
}

fn capacity_reservation(run: &Run) -> Option<CapacityReservationSpecification> {
    let preference = set(&run.capacity_reservation_preference);
    let specification = CapacityReservationSpecification::builder()
        .set_capacity_reservation_preference(
            preference.map(|word| CapacityReservationPreference::from(word.as_str())),
        )
        .set_capacity_reservation_target(capacity_target(run))
        .build();
    Some(specification)
        .filter(|specification| *specification != CapacityReservationSpecification::builder().build())
}

fn licenses(run: &Run) -> Vec<LicenseConfigurationRequest> {
    let arns = run.license_specifications.iter().map(|license| &license.license_configuration_request);
    arns.map(|license| {
        LicenseConfigurationRequest::builder()
            .license_configuration_arn(&license.license_configuration_arn)
            .build()
    })
    .collect()
}

/// Tags in the metadata service are only asked for where they are wanted: some regions don't know the option.
fn metadata_options(run: &Run) -> InstanceMetadataOptionsRequest {
    let options = &run.metadata_options;
    let tags =
        Some(InstanceMetadataTagsState::Enabled).filter(|_| options.instance_metadata_tags == "enabled");
    InstanceMetadataOptionsRequest::builder()
        .http_endpoint(InstanceMetadataEndpointState::from(options.http_endpoint.as_str()))
        .http_tokens(HttpTokensState::from(options.http_tokens.as_str()))
        .http_put_response_hop_limit(options.http_put_response_hop_limit)
        .set_instance_metadata_tags(tags)
        .build()
}
