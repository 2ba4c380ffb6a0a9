//! Copies: to other regions, to be encrypted, to get the wanted name.

use super::create::{self, Plan};
use super::{CLEANUP, finish};
use crate::call::ApiError;
use crate::context::Context;
use crate::image;
use crate::resources::Kind;
use aws_sdk_ec2::types::{Image, ResourceType};
use record::Failure;
use std::time::Duration;
use template::steps::ec2 as steps;

/// Sees to it that a region has an image of the wanted name, made of the first image; gives its id.
pub(super) async fn place(
    context: &Context,
    plan: &Plan,
    first: &str,
    region: &str,
) -> Result<String, Failure> {
    let wanted = &context.options.ami.ami_name;
    let home = region == context.region;
    if home && !plan.is_intermediate(region) {
        return Ok(first.to_owned());
    }
    let Some(old) = plan.old.get(region) else {
        return copy(context, plan, (&context.region, first), region, wanted).await;
    };
    let (name, temporary) = if home && !plan.encrypted {
        (plan.name.clone(), first.to_owned())
    } else {
        let name = format!("{}_new", context.name());
        let copied = copy(context, plan, (&context.region, first), region, &name).await?;
        (name, copied)
    };
    remove_old(context, region, old).await?;
    let image = match copy(context, plan, (region, &temporary), region, wanted).await {
        Ok(image) => image,
        Err(failure) => {
            keep(context, region, &name, &temporary).await;
            return Err(failure);
        }
    };
    if temporary != first {
        create::remove_temporary(context, &temporary).await;
    }
    Ok(image)
}

/// Keeps an image under its temporary name: the old one is gone, so it is the only one that is left.
async fn keep(context: &Context, region: &str, name: &str, image: &str) {
    context.resources.forget(Kind::Image, region, name);
    context
        .build
        .warn(format!("the old image is gone; the new one stays as {image}, named '{name}', in {region}"));
    if let Err(failure) = finish::finish(&context.for_cleanup(CLEANUP), region, image).await {
        context.build.error(failure.message, failure.hint);
    }
}

/// Deregisters the images that give way in a region; with `force_delete_snapshot` their snapshots go too.
async fn remove_old(context: &Context, region: &str, old: &[Image]) -> Result<(), Failure> {
    let step = context.build.step(format!("deregister old image in {region}"));
    for image in old {
        image::remove(context, region, image, context.options.ami.force_delete_snapshot).await?;
        context.build.say(format!("deregistered {} in {region}", image.image_id().unwrap_or_default()));
    }
    step.done();
    Ok(())
}

/// Copies an image and waits until the copy is available.
async fn copy(
    context: &Context,
    plan: &Plan,
    source: (&str, &str),
    region: &str,
    name: &str,
) -> Result<String, Failure> {
    let step = context.build.step(steps::copy_image(region));
    context.resources.intend(Kind::Image, region, name)?;
    let id = loop {
        let error = match request(context, plan, source, region, name).await {
            Ok(id) => break id,
            Err(error) if error.is_duplicate() => error,
            Err(error) => return Err(error.into()),
        };
        let look = async || create::own(context, region, name).await.map_err(Failure::from);
        if let Some(id) = context.shown(look).await? {
            break id;
        }
        // The name of an image that was just deregistered is free in a moment.
        if !plan.old.contains_key(region) || context.build.is_cancelled() {
            return Err(error.into());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    context.resources.created(Kind::Image, region, name, &id);
    context.build.say(format!("image {id} is being copied to {region}"));
    let step = step.waiting_for(format!("image {id} in {region} to be available"));
    image::wait_available(context, region, &id).await?;
    step.done();
    Ok(id)
}

async fn request(
    context: &Context,
    plan: &Plan,
    (from, source): (&str, &str),
    region: &str,
    name: &str,
) -> Result<String, ApiError> {
    let ami = &context.options.ami;
    let minutes = Some(ami.snapshot_copy_duration_minutes).filter(|minutes| *minutes > 0 && from != region);
    // Tells the copies of one region apart.
    let part = if name == ami.ami_name { "copy" } else { "new" };
    let client = context.clients.ec2(region);
    let request = client
        .copy_image()
        .source_region(from)
        .source_image_id(source)
        .name(name)
        .copy_image_tags(true)
        .set_encrypted(plan.encrypted.then_some(true))
        .set_kms_key_id(plan.encrypted.then(|| key(context, region)).flatten())
        .set_snapshot_copy_completion_duration_minutes(minutes)
        .client_token(context.token(&format!("{part}-{region}")))
        .tag_specifications(create::specification(context, ResourceType::Image))
        .tag_specifications(create::specification(context, ResourceType::Snapshot));
    let answer = context.call_settling("CopyImage", || request.clone().send()).await?;
    Ok(answer.image_id.unwrap_or_default())
}

/// The KMS key of a region; `None` is the account's default key. An entry for the build's own region beats `kms_key_id`.
fn key(context: &Context, region: &str) -> Option<String> {
    let ami = &context.options.ami;
    let own = (region == context.region).then_some(&ami.kms_key_id);
    ami.region_kms_key_ids.get(region).or(own).filter(|key| !key.is_empty()).cloned()
}
