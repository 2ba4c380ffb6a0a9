//! The temporary security group that lets this computer reach the machine.

use crate::context::{Context, SHOWS};
use crate::network::Network;
use crate::resources::Kind;
use crate::{address, tags, tunnel};
use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, Ipv6Range, ResourceType};
use record::Failure;
use record::wait::{Seen, Wait};
use std::time::{Duration, Instant};
use template::steps::ec2 as steps;

/// Makes a group that is open for the communicator's port, unless there is a tunnel to it, and gives its id.
///
/// # Errors
/// When AWS refuses.
pub async fn create(context: &Context, network: &Network) -> Result<String, Failure> {
    let step = context.build.step(steps::CREATE_SECURITY_GROUP);
    // What comes through a tunnel comes from inside the machine.
    let sources = if tunnel::wanted(context) { Vec::new() } else { sources(context).await? };
    let name = context.name();
    let tags = context.tag_specification(ResourceType::SecurityGroup, &context.options.run.run_tags)?;
    context.resources.intend(Kind::SecurityGroup, &context.region, &name)?;
    let client = context.ec2();
    let request = client
        .create_security_group()
        .group_name(&name)
        .description(format!("Temporary group of Kiln build {}", context.build.id()))
        .set_vpc_id(network.vpc_id.clone())
        .tag_specifications(tags);
    let id = match context.call("CreateSecurityGroup", || request.clone().send()).await {
        Ok(answer) => answer.group_id.unwrap_or_default(),
        // An earlier try had its effect: the name holds this build's id.
        Err(error) if error.is_duplicate() => {
            let look = async || find(context, &context.region, &name).await.map(|ids| ids.into_iter().next());
            context.shown(look).await?.ok_or_else(|| Failure::from(error))?
        }
        Err(error) => return Err(error.into()),
    };
    context.resources.created(Kind::SecurityGroup, &context.region, &name, &id);
    if sources.is_empty() {
        context.build.say(format!("created temporary security group {id}, which lets nobody in"));
    } else {
        open(context, &id, &sources).await?;
        context.build.say(format!("created temporary security group {id} for port {}", context.reach.port));
    }
    step.done();
    Ok(id)
}

/// Who may reach the machine.
async fn sources(context: &Context) -> Result<Vec<String>, Failure> {
    let options = &context.options.network;
    if options.temporary_security_group_source_public_ip {
        return Ok(vec![address::own_public(context).await?]);
    }
    if !options.temporary_security_group_source_cidrs.is_empty() {
        return Ok(options.temporary_security_group_source_cidrs.clone());
    }
    let all = if context.options.run.ssh_interface == "ipv6" { "::/0" } else { "0.0.0.0/0" };
    Ok(vec![all.to_owned()])
}

async fn open(context: &Context, id: &str, sources: &[String]) -> Result<(), Failure> {
    let port = i32::from(context.reach.port);
    let mut permission = IpPermission::builder().ip_protocol("tcp").from_port(port).to_port(port);
    for source in sources {
        permission = if source.contains(':') {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(source).build())
        } else {
            permission.ip_ranges(IpRange::builder().cidr_ip(source).build())
        };
    }
    let client = context.ec2();
    let request = client.authorize_security_group_ingress().group_id(id).ip_permissions(permission.build());
    match context.call_settling("AuthorizeSecurityGroupIngress", || request.clone().send()).await {
        Err(error) if !error.is_duplicate() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Ids of this build's groups of a name.
async fn find(context: &Context, region: &str, name: &str) -> Result<Vec<String>, Failure> {
    let client = context.clients.ec2(region);
    let request = client
        .describe_security_groups()
        .filters(Filter::builder().name("group-name").values(name).build())
        .filters(Filter::builder().name(format!("tag:{}", tags::ID)).values(context.build.id()).build());
    let answer = context.call("DescribeSecurityGroups", || request.clone().send()).await?;
    Ok(answer.security_groups().iter().filter_map(|group| group.group_id.clone()).collect())
}

/// Deletes the build's group; the machine that uses it may take a moment to let it go. `false`: it was gone.
///
/// # Errors
/// When AWS refuses.
pub async fn delete(context: &Context, region: &str, name: &str, id: Option<&str>) -> Result<bool, Failure> {
    let ids = match id {
        Some(id) => vec![id.to_owned()],
        None => find(context, region, name).await?,
    };
    let mut deleted = false;
    for id in ids {
        let client = context.clients.ec2(region);
        let wait = Wait::new(format!("security group {id} to be unused"), Duration::from_secs(180));
        let begun = Instant::now();
        deleted |= wait
            .until(&context.build, async || {
                match context
                    .call("DeleteSecurityGroup", || client.delete_security_group().group_id(&id).send())
                    .await
                {
                    Ok(_) => Ok(Seen::Ready(true)),
                    // It may have been made a moment ago.
                    Err(error) if error.is_not_found() && begun.elapsed() < SHOWS => {
                        Ok(Seen::NotYet(error.message))
                    }
                    Err(error) if error.is_not_found() => Ok(Seen::Ready(false)),
                    Err(error) if error.is("DependencyViolation") || error.is("InvalidGroup.InUse") => {
                        Ok(Seen::NotYet(error.message))
                    }
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
    }
    Ok(deleted)
}
