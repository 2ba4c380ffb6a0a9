//! The request that runs the machine.

use crate::context::Context;
use crate::network::Network;
use crate::source_ami::SourceImage;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{InstanceType, ResourceType};
use record::Failure;

/// What was settled before the launch.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The image to start from.
    pub image: &'a SourceImage,
    /// Where the machine goes.
    pub network: &'a Network,
    /// Its security groups; none: AWS's default.
    pub security_groups: Vec<String>,
    /// Its key pair.
    pub key_name: Option<String>,
    /// Its instance profile.
    pub profile: Option<String>,
    /// Its user data, in base64.
    pub user_data: Option<String>,
}

/// The request that runs the machine.
///
/// # Errors
/// When a template in the tags fails.
pub fn run_instances(context: &Context, launch: &Launch<'_>) -> Result<RunInstancesFluentBuilder, Failure> {
    let run = &context.options.run;
    let groups = Some(launch.security_groups.clone()).filter(|groups| !groups.is_empty());
    Ok(context
        .ec2()
        .run_instances()
        .client_token(context.token("run"))
        .image_id(launch.image.id())
        .instance_type(InstanceType::from(run.instance_type.as_str()))
        .min_count(1)
        .max_count(1)
        .set_key_name(launch.key_name.clone())
        .set_security_group_ids(groups)
        .set_subnet_id(launch.network.subnet_id.clone())
        .set_user_data(launch.user_data.clone())
        .tag_specifications(context.tag_specification(ResourceType::Instance, &run.run_tags)?)
        .tag_specifications(
            context
                .tag_specification(ResourceType::Volume, &context.options.block_devices.run_volume_tags)?,
        ))
}
