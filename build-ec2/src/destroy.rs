//! Undoes what a build has created, in reverse order.

use crate::context::Context;
use crate::resources::{Kind, Resource};
use crate::{iam_profile, image, instance, key_pair, security_group, spot, tunnel};
use record::Failure;

/// Removes everything that the build has created and that is not its result. What fails is reported, and the rest goes on.
/// Gives what was removed and how many could not be.
pub async fn all(context: &Context) -> (Vec<Resource>, usize) {
    remove(context, |_| true).await
}

/// Removes everything but images.
pub async fn machine(context: &Context) -> (Vec<Resource>, usize) {
    remove(context, |resource| resource.kind != Kind::Image).await
}

async fn remove(context: &Context, wanted: impl Fn(&Resource) -> bool) -> (Vec<Resource>, usize) {
    let mut resources = context.resources.all();
    // A launch whose answer was lost.
    for resource in
        resources.iter().filter(|resource| resource.kind == Kind::Instance && resource.id.is_none())
    {
        if let Err(failure) = instance::find_lost(context, &resource.region).await {
            context.build.warn(failure.message);
        }
    }
    resources = context.resources.all();
    resources.retain(wanted);
    resources.reverse();
    let mut removed = Vec::new();
    let mut failed = 0;
    if let Err(failure) = tunnel::close(context.build.folder()).await {
        failed += 1;
        context.build.error(format!("cannot close the tunnel: {}", failure.message), failure.hint);
    }
    for resource in resources {
        match one(context, &resource).await {
            Ok(gone) => {
                context.resources.gone(&resource);
                removed.extend(gone);
            }
            Err(failure) => {
                failed += 1;
                let message = format!("cannot remove {}: {}", describe(&resource), failure.message);
                context.build.error(message, failure.hint.or_else(|| Some(sweep_hint(context))));
            }
        }
    }
    (removed, failed)
}

/// Removes one thing; gives what was really there.
///
/// # Errors
/// When AWS refuses, or it takes too long.
pub async fn one(context: &Context, resource: &Resource) -> Result<Vec<Resource>, Failure> {
    let Resource { kind, region, name, id } = resource;
    let id = id.as_deref();
    let there = match kind {
        Kind::KeyPair => key_pair::delete(context, region, name).await?,
        Kind::SecurityGroup => security_group::delete(context, region, name, id).await?,
        Kind::InstanceProfile => iam_profile::delete(context, name).await?,
        Kind::LaunchTemplate => spot::delete_template(context, region, name).await?,
        Kind::Instance => {
            let ids = instance::destroy(context, region, id).await?;
            return Ok(ids.into_iter().map(|id| Resource { id: Some(id), ..resource.clone() }).collect());
        }
        Kind::Volume => instance::delete_volume(context, region, id.unwrap_or_default()).await?,
        Kind::Snapshot => image::delete_snapshot(context, region, id.unwrap_or_default()).await?,
        Kind::Image => {
            let ids = image::destroy(context, region, id).await?;
            return Ok(ids.into_iter().map(|id| Resource { id: Some(id), ..resource.clone() }).collect());
        }
    };
    Ok(if there { vec![resource.clone()] } else { Vec::new() })
}

/// A thing in words: `instance i-1 in us-east-1`.
pub fn describe(resource: &Resource) -> String {
    let kind = match resource.kind {
        Kind::KeyPair => "key pair",
        Kind::SecurityGroup => "security group",
        Kind::InstanceProfile => "instance profile",
        Kind::LaunchTemplate => "launch template",
        Kind::Instance => "instance",
        Kind::Image => "image",
        Kind::Volume => "volume",
        Kind::Snapshot => "snapshot",
    };
    let name = resource.id.as_deref().unwrap_or(&resource.name);
    let name = if name.is_empty() { "(id not known)" } else { name };
    format!("{kind} {name} in {}", resource.region)
}

fn sweep_hint(context: &Context) -> String {
    format!("run 'build-ec2 sweep --region {} --id {}' later", context.region, context.build.id())
}
