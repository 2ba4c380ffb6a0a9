//! From `provisioned` to `built`: the machine is stopped and becomes images, in every region that gets one.

mod attributes;
mod copy;
mod create;
mod finish;

use crate::context::Context;
use crate::{destroy, instance, spot};
use create::Plan;
use record::{Artifact, Failure};
use std::collections::BTreeMap;
use std::time::Duration;
use template::steps::ec2 as steps;
use tokio::task::JoinSet;

/// Packer's name for the maker of these artifacts.
const BUILDER_ID: &str = "mitchellh.amazonebs";
/// How long the machine's own clean-up may take once the image exists.
const CLEANUP: Duration = Duration::from_secs(900);

/// The regions that get an image of the wanted name: the build's own first, unless it is to keep none.
pub fn target_regions(context: &Context) -> Vec<String> {
    let ami = &context.options.ami;
    let own = (!ami.skip_save_build_region).then(|| context.region.clone());
    let mut regions: Vec<String> = own.into_iter().collect();
    for region in ami.ami_regions.iter().filter(|region| **region != context.region) {
        if !regions.contains(region) {
            regions.push(region.clone());
        }
    }
    regions
}

/// Captures the machine and removes everything but the images.
///
/// # Errors
/// What went wrong; what exists then stands in the context's resources. When all is well the images stand there still.
pub async fn capture(context: &Context, id: &str) -> Result<Vec<Artifact>, Failure> {
    if !spot::wanted(context) {
        instance::stop(context, id).await?;
    }
    if context.options.ami.skip_create_ami {
        context.build.say("skip_create_ami: no image is made");
        remove_machine(context).await;
        return Ok(Vec::new());
    }
    attributes::of_instance(context, id).await?;
    let plan = create::plan(context).await?;
    let first = create::create(context, id, &plan).await?;
    // The machine is not needed for the rest.
    let (images, ()) = tokio::join!(images(context, &plan, &first), remove_machine(context));
    let images = images?;
    finish::protect(context, &images).await?;
    let id: Vec<String> = images.iter().map(|(region, image)| format!("{region}:{image}")).collect();
    let id = id.join(",");
    context.build.say(format!("built {id}"));
    let (kind, builder_id) = (String::from("ami"), String::from(BUILDER_ID));
    Ok(vec![Artifact { kind, builder_id, id, regions: images, ..Artifact::default() }])
}

/// Makes and finishes the images of all regions at the same time, and gives their ids by region.
async fn images(context: &Context, plan: &Plan, first: &str) -> Result<BTreeMap<String, String>, Failure> {
    // The first failure stops the others.
    let stop = context.build.stop().child_token();
    let mut tasks = JoinSet::new();
    for region in target_regions(context) {
        let context = context.with_stop(&stop);
        let (plan, first) = (plan.clone(), first.to_owned());
        tasks.spawn(async move {
            let image = copy::place(&context, &plan, &first, &region).await?;
            finish::finish(&context, &region, &image).await?;
            Ok::<_, Failure>((region, image))
        });
    }
    let mut images = BTreeMap::new();
    let mut failed = None;
    while let Some(done) = tasks.join_next().await {
        let done = done.map_err(|error| Failure::from_error("a region's image was not made", &error));
        match done.and_then(|done| done) {
            Ok((region, image)) => drop(images.insert(region, image)),
            Err(failure) => {
                stop.cancel();
                failed.get_or_insert(failure);
            }
        }
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    if plan.is_intermediate(&context.region) {
        create::remove_temporary(context, first).await;
    }
    Ok(images)
}

/// Destroys the machine and its temporary things; what fails is reported, and `sweep` finds it.
async fn remove_machine(context: &Context) {
    let step = context.build.step(steps::REMOVE_INSTANCE);
    let (_, failed) = destroy::machine(&context.for_cleanup(CLEANUP)).await;
    if failed == 0 {
        step.done();
    }
}
