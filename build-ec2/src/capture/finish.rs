//! What makes an available image a result: who may use it, when it ages, its tags, and at last its protection.

use super::attributes;
use crate::context::Context;
use crate::{image, tags};
use aws_sdk_ec2::primitives::{DateTime, DateTimeFormat};
use aws_sdk_ec2::types::{
    FastLaunchLaunchTemplateSpecificationRequest, FastLaunchSnapshotConfigurationRequest, Tag,
};
use record::Failure;
use record::wait::Seen;
use std::collections::BTreeMap;
use std::time::Duration;
use template::steps::ec2 as steps;

/// Finishes the image of one region. Its tags come last: with them it is the build's result, and `sweep` leaves it alone.
pub(super) async fn finish(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let step = context.build.step(steps::finish_image(region));
    let image = image::wait_available(context, region, id).await?;
    let snapshots = image::snapshots(&image);
    attributes::of_image(context, region, id).await?;
    for snapshot in &snapshots {
        attributes::of_snapshot(context, region, snapshot).await?;
    }
    deprecate(context, region, id).await?;
    fast_launch(context, region, id).await?;
    let ami = &context.options.ami;
    let mut all = context.rendered(&ami.tags)?;
    all.extend(context.own_tags());
    all.push(tags::tag(tags::STATUS, tags::BUILT));
    let of_snapshots = context.rendered(&ami.snapshot_tags)?;
    if !of_snapshots.is_empty() && !snapshots.is_empty() {
        // They win over `tags`, so those that both have are left out below.
        let keys: Vec<&str> = of_snapshots.iter().filter_map(Tag::key).collect();
        let rest = all.iter().filter(|tag| !keys.contains(&tag.key().unwrap_or_default())).cloned();
        let tags = rest.chain(of_snapshots.iter().cloned()).collect();
        create_tags(context, region, snapshots, tags).await?;
        create_tags(context, region, vec![id.to_owned()], all).await?;
    } else {
        let mut resources = snapshots;
        resources.push(id.to_owned());
        create_tags(context, region, resources, all).await?;
    }
    step.done();
    Ok(())
}

async fn create_tags(
    context: &Context,
    region: &str,
    resources: Vec<String>,
    tags: Vec<Tag>,
) -> Result<(), Failure> {
    let client = context.clients.ec2(region);
    let request = client.create_tags().set_resources(Some(resources)).set_tags(Some(tags));
    context.call_settling("CreateTags", || request.clone().send()).await?;
    Ok(())
}

async fn deprecate(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let at = &context.options.ami.deprecate_at;
    if at.is_empty() {
        return Ok(());
    }
    let time = DateTime::from_str(at, DateTimeFormat::DateTimeWithOffset)
        .map_err(|error| Failure::from_error(format!("deprecate_at '{at}'"), &error))?;
    let client = context.clients.ec2(region);
    let request = client.enable_image_deprecation().image_id(id).deprecate_at(time);
    context.call_settling("EnableImageDeprecation", || request.clone().send()).await?;
    Ok(())
}

/// How long AWS may take to prepare for faster launches: it starts Windows machines for that (Packer's amazon plugin 1.8:
/// 500 looks, 15 s apart).
const FAST_LAUNCH: Duration = Duration::from_secs(7500);

/// Has AWS prepare snapshots for faster launches, and waits until it has.
async fn fast_launch(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let options = &context.options.ami.fast_launch;
    let other = options.region_launch_templates.iter().find(|other| other.region == region);
    let wanted = options != &template::options::builder::amazon_ebs::FastLaunch::default();
    if !wanted || other.is_some_and(|other| other.enable_fast_launch == Some(false)) {
        return Ok(());
    }
    let home = region == context.region;
    let (template, name, version) = match other {
        Some(other) => (&other.template_id, &other.template_name, other.template_version),
        None => (&options.template_id, &options.template_name, options.template_version),
    };
    let given =
        |text: &String| Some(text.clone()).filter(|text| !text.is_empty() && (home || other.is_some()));
    let mut specification = FastLaunchLaunchTemplateSpecificationRequest::builder()
        .set_launch_template_id(given(template))
        .set_launch_template_name(given(name));
    specification = match version {
        version if version > 0 => specification.version(version.to_string()),
        _ => specification.version("$Latest"),
    };
    let has_template = given(template).or(given(name)).is_some();
    let positive = |number: i32| Some(number).filter(|number| *number > 0);
    let client = context.clients.ec2(region);
    let request = client
        .enable_fast_launch()
        .image_id(id)
        .set_launch_template(has_template.then(|| specification.build()))
        .set_max_parallel_launches(positive(options.max_parallel_launches))
        .set_snapshot_configuration(positive(options.target_resource_count).map(|count| {
            FastLaunchSnapshotConfigurationRequest::builder().target_resource_count(count).build()
        }));
    context.call_settling("EnableFastLaunch", || request.clone().send()).await?;
    wait_fast_launch(context, region, id).await
}

async fn wait_fast_launch(context: &Context, region: &str, id: &str) -> Result<(), Failure> {
    let what = format!("fast launch of {id} in {region} to be enabled");
    let step = context.build.step(format!("enable fast launch in {region}")).waiting_for(&what);
    let client = context.clients.ec2(region);
    context
        .wait(what, FAST_LAUNCH)
        .until(&context.build, async || {
            let request = client.describe_fast_launch_images().image_ids(id);
            let answer = context.call_settling("DescribeFastLaunchImages", || request.clone().send()).await?;
            let Some(image) = answer.fast_launch_images().first() else {
                return Ok(Seen::NotYet(String::from("not known to AWS yet")));
            };
            match image.state().map(|state| state.as_str()).unwrap_or_default() {
                "enabled" => Ok(Seen::Ready(())),
                state @ ("" | "enabling") => Ok(Seen::NotYet(state.to_owned())),
                state => {
                    let reason = image.state_transition_reason().unwrap_or("AWS gives no reason");
                    Err(Failure::new(format!("fast launch of {id} in {region} is {state}: {reason}"))
                        .hint("only Windows AMIs can have it, and only as far as the account's quota of snapshots and machines goes"))
                }
            }
        })
        .await?;
    step.done();
    Ok(())
}

/// Protects the images of all regions, once nothing can make the build fail but this: a protected image can hardly be removed.
pub(super) async fn protect(context: &Context, images: &BTreeMap<String, String>) -> Result<(), Failure> {
    let options = &context.options.ami.deregistration_protection;
    if !options.enabled && !options.with_cooldown {
        return Ok(());
    }
    let step = context.build.step(steps::PROTECT_IMAGES);
    for (region, id) in images {
        let client = context.clients.ec2(region);
        let request =
            client.enable_image_deregistration_protection().image_id(id).with_cooldown(options.with_cooldown);
        context.call_settling("EnableImageDeregistrationProtection", || request.clone().send()).await?;
    }
    step.done();
    Ok(())
}
