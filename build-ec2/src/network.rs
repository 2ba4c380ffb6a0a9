//! Where the machine is on the network: VPC, subnet, zone, security groups.

use crate::context::Context;
use crate::filters::{self, filter};
use aws_sdk_ec2::types::{LocationType, Subnet};
use record::Failure;
use std::collections::BTreeMap;

/// Where the machine is on the network. What is not known, AWS chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// The VPC.
    pub vpc_id: Option<String>,
    /// The subnet.
    pub subnet_id: Option<String>,
    /// The availability zone.
    pub availability_zone: Option<String>,
}

fn set(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// Settles VPC, subnet and zone.
///
/// # Errors
/// When what the template names or looks up does not exist, is not one, or does not fit together; when AWS refuses.
pub async fn find(context: &Context) -> Result<Network, Failure> {
    let options = &context.options.network;
    let zone = set(&context.options.run.availability_zone);
    let mut network =
        Network { vpc_id: vpc(context).await?, subnet_id: set(&options.subnet_id), availability_zone: zone };
    if network.subnet_id.is_none() && !options.subnet_filter.filters.is_empty() {
        let subnet = filtered_subnet(context, &network).await?;
        return settled(network, &subnet);
    }
    if let Some(id) = &network.subnet_id {
        let subnets = subnets(context, Some(id), Vec::new()).await?;
        let subnet = subnets.first().ok_or_else(|| Failure::new(format!("AWS does not know subnet {id}")))?;
        return settled(network, subnet);
    }
    if options.associate_public_ip_address.is_some() {
        match best_subnet(context, &network).await {
            Ok(subnet) => return settled(network, &subnet),
            Err(failure) => context.build.warn(format!(
                "associate_public_ip_address is ignored, since no subnet is given and none can be chosen: {}",
                failure.message
            )),
        }
    }
    if let Some(id) = network.vpc_id.take() {
        check_default(context, &id).await?;
        network.vpc_id = Some(id);
    }
    Ok(network)
}

/// The network with a subnet, which must fit what else is known.
fn settled(network: Network, subnet: &Subnet) -> Result<Network, Failure> {
    let id = subnet.subnet_id().unwrap_or_default();
    if let (Some(wanted), Some(zone)) = (&network.availability_zone, subnet.availability_zone())
        && wanted != zone
    {
        return Err(Failure::new(format!("subnet {id} is in {zone}, not in availability_zone {wanted}"))
            .hint("leave out availability_zone: the subnet says where the machine is"));
    }
    if let (Some(wanted), Some(vpc)) = (&network.vpc_id, subnet.vpc_id())
        && wanted != vpc
    {
        return Err(Failure::new(format!("subnet {id} belongs to {vpc}, not to {wanted}"))
            .hint("leave out vpc_id and vpc_filter: the subnet says which VPC it is"));
    }
    Ok(Network {
        vpc_id: subnet.vpc_id.clone().or(network.vpc_id),
        subnet_id: subnet.subnet_id.clone(),
        availability_zone: subnet.availability_zone.clone().or(network.availability_zone),
    })
}

async fn vpc(context: &Context) -> Result<Option<String>, Failure> {
    let options = &context.options.network;
    if !options.vpc_id.is_empty() || options.vpc_filter.filters.is_empty() {
        return Ok(set(&options.vpc_id));
    }
    let mut wanted = filters::of(&options.vpc_filter.filters);
    wanted.push(filter("state", vec![String::from("available")]));
    let request = context.ec2().describe_vpcs().set_filters(Some(wanted));
    let answer = context.call("DescribeVpcs", || request.clone().send()).await?;
    let ids: Vec<&str> = answer.vpcs().iter().filter_map(|vpc| vpc.vpc_id()).collect();
    let searched = searched(context, &options.vpc_filter.filters);
    match ids[..] {
        [id] => {
            context.build.say(format!("VPC {id}"));
            Ok(set(id))
        }
        [] => Err(Failure::new(format!("no VPC matches {searched}")).hint("check vpc_filter and the region")),
        _ => Err(Failure::new(format!("{} VPCs match {searched}: {}", ids.len(), ids.join(", ")))
            .hint("filter more narrowly, or set vpc_id")),
    }
}

/// Without a subnet EC2 puts the machine into the default VPC, whatever `vpc_id` says.
async fn check_default(context: &Context, id: &str) -> Result<(), Failure> {
    let request = context.ec2().describe_vpcs().vpc_ids(id);
    let answer = context.call("DescribeVpcs", || request.clone().send()).await?;
    let vpc = answer.vpcs().first().ok_or_else(|| Failure::new(format!("AWS does not know VPC {id}")))?;
    if vpc.is_default() == Some(true) {
        return Ok(());
    }
    Err(Failure::new(format!("VPC {id} is not the default VPC, and no subnet of it is given"))
        .hint("set subnet_id or subnet_filter: without a subnet AWS takes one of the default VPC"))
}

async fn subnets(
    context: &Context,
    id: Option<&str>,
    wanted: Vec<aws_sdk_ec2::types::Filter>,
) -> Result<Vec<Subnet>, Failure> {
    let request = context
        .ec2()
        .describe_subnets()
        .set_subnet_ids(id.map(|id| vec![id.to_owned()]))
        .set_filters(Some(wanted).filter(|wanted| !wanted.is_empty()));
    let answer = context.call("DescribeSubnets", || request.clone().send()).await?;
    Ok(answer.subnets.unwrap_or_default())
}

/// What every subnet that is looked up must be.
fn usable(network: &Network) -> Vec<aws_sdk_ec2::types::Filter> {
    let mut wanted = vec![filter("state", vec![String::from("available")])];
    wanted.extend(network.vpc_id.iter().map(|id| filter("vpc-id", vec![id.clone()])));
    wanted
        .extend(network.availability_zone.iter().map(|zone| filter("availability-zone", vec![zone.clone()])));
    wanted
}

async fn filtered_subnet(context: &Context, network: &Network) -> Result<Subnet, Failure> {
    let options = &context.options.network.subnet_filter;
    let mut wanted = filters::of(&options.filters);
    wanted.extend(usable(network));
    let found = subnets(context, None, wanted).await?;
    let chosen = choose(found, options.most_free, options.random, &searched(context, &options.filters))?;
    context.build.say(format!(
        "subnet {} with {} free addresses",
        chosen.subnet_id().unwrap_or_default(),
        chosen.available_ip_address_count().unwrap_or_default()
    ));
    Ok(chosen)
}

/// One of several subnets; `most_free` goes before `random`.
fn choose(mut found: Vec<Subnet>, most_free: bool, random: bool, searched: &str) -> Result<Subnet, Failure> {
    let ids: Vec<&str> = found.iter().filter_map(|subnet| subnet.subnet_id()).collect();
    if ids.len() > 1 && !most_free && !random {
        return Err(Failure::new(format!("{} subnets match {searched}: {}", ids.len(), ids.join(", ")))
            .hint("set most_free or random in subnet_filter to take one of them, or filter more narrowly"));
    }
    if most_free {
        found.sort_by_key(|subnet| std::cmp::Reverse(subnet.available_ip_address_count()));
    } else if found.len() > 1 {
        let number = usize::try_from(ulid::Ulid::generate().random() & 0xffff).unwrap_or_default();
        let length = found.len();
        found.swap(0, number % length);
    }
    found.into_iter().next().ok_or_else(|| {
        Failure::new(format!("no subnet matches {searched}"))
            .hint("check subnet_filter, vpc_id, availability_zone and the region")
    })
}

/// The subnet with the most free addresses in the VPC, or the default VPC, in a zone that has machines of the wanted type.
async fn best_subnet(context: &Context, network: &Network) -> Result<Subnet, Failure> {
    let mut network = network.clone();
    if network.vpc_id.is_none() {
        let request = context.ec2().describe_vpcs().filters(filter("is-default", vec![String::from("true")]));
        let answer = context.call("DescribeVpcs", || request.clone().send()).await?;
        let id = answer.vpcs().first().and_then(|vpc| vpc.vpc_id.clone());
        network.vpc_id =
            Some(id.ok_or_else(|| Failure::new("the account has no default VPC in this region"))?);
    }
    let mut found = subnets(context, None, usable(&network)).await?;
    match zones_with_type(context).await {
        Ok(zones) => found.retain(|subnet| {
            let zone = subnet.availability_zone().unwrap_or_default();
            zones.is_empty() || zones.iter().any(|known| known == zone)
        }),
        Err(failure) => {
            context.build.warn(format!("not known which zones have the machine's type: {}", failure.message));
        }
    }
    choose(found, true, false, &format!("{} in {}", network.vpc_id.unwrap_or_default(), context.region))
}

/// Zones that have machines of the wanted type; none when any will do.
async fn zones_with_type(context: &Context) -> Result<Vec<String>, Failure> {
    let kind = set(&context.options.run.instance_type);
    let types: Vec<String> =
        kind.into_iter().chain(context.options.spot.spot_instance_types.iter().cloned()).collect();
    let request = context
        .ec2()
        .describe_instance_type_offerings()
        .location_type(LocationType::AvailabilityZone)
        .filters(filter("instance-type", types));
    let answer = context.call("DescribeInstanceTypeOfferings", || request.clone().send()).await?;
    Ok(answer.instance_type_offerings().iter().filter_map(|offer| offer.location.clone()).collect())
}

/// The security groups that the template names or looks up; none when there is to be a temporary one.
///
/// # Errors
/// When one does not exist, none matches, or AWS refuses.
pub async fn security_groups(context: &Context, network: &Network) -> Result<Vec<String>, Failure> {
    let options = &context.options.network;
    let client = context.ec2();
    if !options.security_group_ids.is_empty() {
        let request =
            client.describe_security_groups().set_group_ids(Some(options.security_group_ids.clone()));
        context.call("DescribeSecurityGroups", || request.clone().send()).await?;
        return Ok(options.security_group_ids.clone());
    }
    let filters = &options.security_group_filter.filters;
    if filters.is_empty() {
        return Ok(Vec::new());
    }
    let mut wanted = filters::of(filters);
    wanted.extend(network.vpc_id.iter().map(|id| filter("vpc-id", vec![id.clone()])));
    let request = client.describe_security_groups().set_filters(Some(wanted));
    let answer = context.call("DescribeSecurityGroups", || request.clone().send()).await?;
    let ids: Vec<String> =
        answer.security_groups().iter().filter_map(|group| group.group_id.clone()).collect();
    if ids.is_empty() {
        let vpc = network.vpc_id.as_ref().map(|id| format!(" of {id}")).unwrap_or_default();
        return Err(Failure::new(format!("no security group{vpc} matches {}", searched(context, filters)))
            .hint("check security_group_filter, or leave it out for a temporary group"));
    }
    context.build.say(format!("security groups {}", ids.join(", ")));
    Ok(ids)
}

fn searched(context: &Context, filters: &BTreeMap<String, String>) -> String {
    format!("{} in {}", filters::describe(filters), context.region)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(id: &str, free: i32) -> Subnet {
        Subnet::builder()
            .subnet_id(id)
            .vpc_id("vpc-1")
            .availability_zone("z")
            .available_ip_address_count(free)
            .build()
    }

    #[test]
    fn chooses_one_subnet() {
        let two = || vec![subnet("subnet-1", 5), subnet("subnet-2", 9)];
        assert_eq!(choose(two(), true, true, "x").unwrap().subnet_id(), Some("subnet-2"));
        assert!(choose(two(), false, true, "x").is_ok());
        assert_eq!(
            choose(two(), false, false, "x").unwrap_err().message,
            "2 subnets match x: subnet-1, subnet-2"
        );
        assert_eq!(choose(Vec::new(), true, false, "x").unwrap_err().message, "no subnet matches x");
    }

    #[test]
    fn a_subnet_must_fit_the_zone_and_the_vpc() {
        let wanted = |vpc: Option<&str>, zone: Option<&str>| Network {
            vpc_id: vpc.map(str::to_owned),
            subnet_id: None,
            availability_zone: zone.map(str::to_owned),
        };
        let subnet = subnet("subnet-1", 5);
        let found = settled(wanted(None, None), &subnet).unwrap();
        assert_eq!(found, Network { subnet_id: Some("subnet-1".into()), ..wanted(Some("vpc-1"), Some("z")) });
        assert_eq!(
            settled(wanted(None, Some("y")), &subnet).unwrap_err().message,
            "subnet subnet-1 is in z, not in availability_zone y"
        );
        assert_eq!(
            settled(wanted(Some("vpc-2"), None), &subnet).unwrap_err().message,
            "subnet subnet-1 belongs to vpc-1, not to vpc-2"
        );
    }
}
