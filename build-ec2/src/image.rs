//! Images and their snapshots: looked up, awaited, removed.

use crate::call::ApiError;
use crate::context::Context;
use crate::instance::by_id;
use crate::tags;
use aws_sdk_ec2::types::{Filter, Image, ImageState};
use record::Failure;
use record::wait::Seen;
use std::time::Duration;

/// How long an image may take (Packer's amazon plugin 1.8).
const LIMIT: Duration = Duration::from_secs(1800);

/// The account's images of this name in a region.
///
/// # Errors
/// When AWS refuses.
pub async fn named(context: &Context, region: &str, name: &str) -> Result<Vec<Image>, ApiError> {
    let client = context.clients.ec2(region);
    let request = client
        .describe_images()
        .owners("self")
        .include_deprecated(true)
        .filters(Filter::builder().name("name").values(name).build());
    let answer = context.call("DescribeImages", || request.clone().send()).await?;
    Ok(answer.images.unwrap_or_default())
}

/// Waits until an image can be used, and gives it.
///
/// # Errors
/// When it fails, with AWS's reason, or time is up.
pub async fn wait_available(context: &Context, region: &str, id: &str) -> Result<Image, Failure> {
    let client = context.clients.ec2(region);
    let wait = context.wait(format!("image {id} in {region} to be available"), LIMIT);
    wait.until(&context.build, async || {
        let answer = context.call("DescribeImages", || client.describe_images().image_ids(id).send()).await;
        let image = match answer {
            Ok(answer) => answer.images.unwrap_or_default().into_iter().next(),
            Err(error) if error.is_not_found() || error.is("InvalidAMIID.Unavailable") => None,
            Err(error) => return Err(error.into()),
        };
        let Some(image) = image else { return Ok(Seen::NotYet(String::from("not known to AWS yet"))) };
        match image.state() {
            Some(ImageState::Available) => Ok(Seen::Ready(image)),
            None | Some(ImageState::Pending | ImageState::Transient) => {
                Ok(Seen::NotYet(String::from("pending")))
            }
            Some(state) => {
                let reason =
                    image.state_reason().and_then(|reason| reason.message()).unwrap_or("AWS gives no reason");
                let state = state.as_str();
                Err(Failure::new(format!("image {id} in {region} is {state}: {reason}")).hint(
                    "with encryption: the credentials need the right to use the KMS key in that region",
                ))
            }
        }
    })
    .await
}

/// Ids of the snapshots that an image is made of.
pub fn snapshots(image: &Image) -> Vec<String> {
    let disks = image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs());
    disks.filter_map(|disk| disk.snapshot_id.clone()).collect()
}

/// Deregisters an image and, where wanted, deletes its snapshots.
///
/// # Errors
/// When AWS refuses.
pub async fn remove(
    context: &Context,
    region: &str,
    image: &Image,
    with_snapshots: bool,
) -> Result<(), Failure> {
    let client = context.clients.ec2(region);
    let Some(id) = image.image_id() else { return Ok(()) };
    match context.call("DeregisterImage", || client.deregister_image().image_id(id).send()).await {
        Ok(_) => {}
        Err(error) if error.is_not_found() || error.is("InvalidAMIID.Unavailable") => {}
        Err(error) => return Err(error.into()),
    }
    if with_snapshots {
        for snapshot in snapshots(image) {
            delete_snapshot(context, region, &snapshot).await?;
        }
    }
    Ok(())
}

/// Removes what a build has begun to make in a region: the image with this id, and all images and snapshots that carry
/// the build's tag and are not finished. Gives the ids of what was removed.
///
/// # Errors
/// When AWS refuses.
pub async fn destroy(context: &Context, region: &str, id: Option<&str>) -> Result<Vec<String>, Failure> {
    let client = context.clients.ec2(region);
    let mut removed = match id {
        Some(id) => destroy_one(context, region, id).await?,
        None => Vec::new(),
    };
    // The snapshots first: what is on its way comes with its image, which is seen then.
    let request = client
        .describe_snapshots()
        .owner_ids("self")
        .filters(by_id(context.build.id()))
        .filters(unfinished());
    let snapshots_left = context.call("DescribeSnapshots", || request.clone().send()).await?;
    let request =
        client.describe_images().owners("self").filters(by_id(context.build.id())).filters(unfinished());
    for image in context.call("DescribeImages", || request.clone().send()).await?.images() {
        remove(context, region, image, true).await?;
        removed.extend(image.image_id.clone());
        removed.extend(snapshots(image));
    }
    for snapshot in snapshots_left.snapshots() {
        if let Some(id) = snapshot.snapshot_id().filter(|id| !removed.iter().any(|gone| gone == id)) {
            delete_snapshot(context, region, id).await?;
            removed.push(id.to_owned());
        }
    }
    Ok(removed)
}

/// Removes one image with its snapshots, finished or not; gives the ids of what was removed.
///
/// # Errors
/// When AWS refuses.
pub async fn destroy_one(context: &Context, region: &str, id: &str) -> Result<Vec<String>, Failure> {
    let client = context.clients.ec2(region);
    let look =
        async || match context.call("DescribeImages", || client.describe_images().image_ids(id).send()).await
        {
            Ok(answer) => Ok(answer.images.unwrap_or_default().into_iter().next()),
            Err(error) if error.is_not_found() || error.is("InvalidAMIID.Unavailable") => Ok(None),
            Err(error) => Err(Failure::from(error)),
        };
    // It may have been made a moment ago.
    let Some(image) = context.shown(look).await? else { return Ok(Vec::new()) };
    let protection = &context.options.ami.deregistration_protection;
    if protection.enabled || protection.with_cooldown {
        let request = client.disable_image_deregistration_protection().image_id(id);
        // Where it was not protected yet, or the cooldown holds, DeregisterImage tells.
        let _ = context.call("DisableImageDeregistrationProtection", || request.clone().send()).await;
    }
    remove(context, region, &image, true).await?;
    Ok(std::iter::once(id.to_owned()).chain(snapshots(&image)).collect())
}

/// What is tagged as not finished.
pub fn unfinished() -> Filter {
    Filter::builder().name(format!("tag:{}", tags::STATUS)).values(tags::BUILDING).build()
}

/// Deletes a snapshot. `false`: it was gone.
///
/// # Errors
/// When AWS refuses, or its image keeps it.
pub async fn delete_snapshot(context: &Context, region: &str, id: &str) -> Result<bool, Failure> {
    let client = context.clients.ec2(region);
    let wait = context.wait(format!("snapshot {id} to be unused"), Duration::from_secs(120));
    wait.until(&context.build, async || {
        match context.call("DeleteSnapshot", || client.delete_snapshot().snapshot_id(id).send()).await {
            Ok(_) => Ok(Seen::Ready(true)),
            Err(error) if error.is_not_found() => Ok(Seen::Ready(false)),
            // The image was deregistered a moment ago.
            Err(error) if error.is("InvalidSnapshot.InUse") => Ok(Seen::NotYet(error.message)),
            Err(error) => Err(error.into()),
        }
    })
    .await
}
