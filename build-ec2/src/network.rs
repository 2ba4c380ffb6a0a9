//! Where the machine is on the network.

use crate::context::Context;
use record::Failure;

/// Where the machine is on the network; what is not set is AWS's choice.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The subnet.
    pub subnet_id: Option<String>,
    /// The availability zone.
    pub availability_zone: Option<String>,
}

/// Settles where the machine goes.
///
/// # Errors
/// When AWS refuses.
pub async fn find(context: &Context) -> Result<Network, Failure> {
    let options = &context.options.network;
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(Network {
        vpc_id: some(&options.vpc_id),
        subnet_id: some(&options.subnet_id),
        availability_zone: some(&context.options.run.availability_zone),
    })
}

/// The groups that the template gives; none: a temporary one is to be made.
///
/// # Errors
/// When AWS refuses.
pub async fn security_groups(context: &Context, _network: &Network) -> Result<Vec<String>, Failure> {
    Ok(context.options.network.security_group_ids.clone())
}
