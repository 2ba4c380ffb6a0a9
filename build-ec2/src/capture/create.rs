//! The first image: made of the machine itself, in its own region.

use super::target_regions;
use crate::call::ApiError;
use crate::context::Context;
use crate::resources::Kind;
use crate::{block_devices, image, tags};
use aws_sdk_ec2::error::ProvideErrorMetadata;
use aws_sdk_ec2::types::{Image, ResourceType, TagSpecification};
use record::Failure;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use template::steps::ec2 as steps;

/// How long a machine may take until an image can be made of it: it has just stopped, or as a spot machine still starts.
const NOT_READY: Duration = Duration::from_secs(300);

/// What stands in the way, and what the first image is called.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Name of the first image: the wanted one, or a temporary one when it is only copied from.
    pub(super) name: String,
    /// Images that have the wanted name now and are to give way (`force_deregister`), by region.
    pub(super) old: HashMap<String, Vec<Image>>,
    /// Whether images are encrypted, which copying does.
    pub(super) encrypted: bool,
    /// Whether the first image is only copied from, whatever stands in the way.
    only_copied: bool,
}

impl Plan {
    /// Whether the first image, in its region, is only copied from.
    pub(super) fn is_intermediate(&self, region: &str) -> bool {
        self.only_copied || self.old.contains_key(region)
    }
}

/// Looks at what stands in the way in each region.
///
/// AMI names are unique in a region, and an AMI cannot be renamed. So where an old image has the name, the new one gets a
/// temporary name, the old one goes once it is available, and a copy in the same region (which shares its data) gets the name.
pub(super) async fn plan(context: &Context) -> Result<Plan, Failure> {
    let ami = &context.options.ami;
    let mut old = HashMap::new();
    if ami.force_deregister {
        for region in target_regions(context) {
            let images = image::named(context, &region, &ami.ami_name).await?;
            if !images.is_empty() {
                old.insert(region, images);
            }
        }
    }
    let encrypted = ami.encrypt_boot == Some(true);
    let only_copied = encrypted || ami.skip_save_build_region;
    let intermediate = only_copied || old.contains_key(&context.region);
    let name = if intermediate { context.name() } else { ami.ami_name.clone() };
    Ok(Plan { name, old, encrypted, only_copied })
}

/// Makes the first image and waits until it is available.
pub(super) async fn create(context: &Context, instance: &str, plan: &Plan) -> Result<String, Failure> {
    let step = context.build.step(steps::CREATE_IMAGE);
    context.resources.intend(Kind::Image, &context.region, &plan.name)?;
    let id = match request(context, instance, plan).await {
        Ok(id) => id,
        // An earlier try had its effect.
        Err(error) if error.is_duplicate() => {
            let look = async || own(context, &context.region, &plan.name).await.map_err(Failure::from);
            context.shown(look).await?.ok_or_else(|| Failure::from(error))?
        }
        Err(error) => return Err(error.into()),
    };
    context.resources.created(Kind::Image, &context.region, &plan.name, &id);
    context.build.say(format!("image {id} is being made"));
    let step = step.waiting_for(format!("image {id} to be available"));
    image::wait_available(context, &context.region, &id).await?;
    step.done();
    Ok(id)
}

async fn request(context: &Context, instance: &str, plan: &Plan) -> Result<String, ApiError> {
    let client = context.ec2();
    let on_snapshots = specification(context, ResourceType::Snapshot);
    let request = client
        .create_image()
        .instance_id(instance)
        .name(&plan.name)
        .set_block_device_mappings(Some(block_devices::image_mappings(context)).filter(|all| !all.is_empty()))
        .tag_specifications(specification(context, ResourceType::Image));
    // moto knows no tags of snapshots here, and answers with a bare HTTP 500; the tags that finish the image reach them too.
    let knows_snapshots = AtomicBool::new(true);
    let attempt = || {
        let mut request = request.clone();
        if knows_snapshots.load(Ordering::Relaxed) {
            request = request.tag_specifications(on_snapshots.clone());
        }
        let knows_snapshots = &knows_snapshots;
        async move {
            let answer = request.send().await;
            if let Err(error) = &answer {
                let status = error.raw_response().map(|response| response.status().as_u16());
                if error.code().is_none() && status == Some(500) {
                    knows_snapshots.store(false, Ordering::Relaxed);
                }
            }
            answer
        }
    };
    let begun = Instant::now();
    loop {
        let not_ready = match context.call_settling("CreateImage", attempt).await {
            Ok(answer) => return Ok(answer.image_id.unwrap_or_default()),
            Err(error) if error.is("IncorrectState") || error.is("IncorrectInstanceState") => error,
            Err(error) => return Err(error),
        };
        if begun.elapsed() > NOT_READY || context.build.is_cancelled() {
            return Err(not_ready);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Tags of a thing that is not finished: Kiln's, and `run_tags` unless the template keeps them off.
pub(super) fn specification(context: &Context, kind: ResourceType) -> TagSpecification {
    let none = BTreeMap::new();
    let run_tags = if context.options.ami.skip_ami_run_tags { &none } else { &context.options.run.run_tags };
    // They could be rendered when the machine was run.
    let mut all = context.rendered(run_tags).unwrap_or_default();
    all.retain(|tag| !tag.key().unwrap_or_default().starts_with("kiln:"));
    all.extend(context.own_tags());
    all.push(tags::tag(tags::STATUS, tags::BUILDING));
    TagSpecification::builder().resource_type(kind).set_tags(Some(all)).build()
}

/// This build's image of a name.
pub(super) async fn own(context: &Context, region: &str, name: &str) -> Result<Option<String>, ApiError> {
    let images = image::named(context, region, name).await?;
    let ours = images.into_iter().find(|image| {
        image.tags().iter().any(|tag| tag.key() == Some(tags::ID) && tag.value() == Some(context.build.id()))
    });
    Ok(ours.and_then(|image| image.image_id))
}

/// Removes an image that was only copied from; what fails is reported, and `sweep` finds it.
pub(super) async fn remove_temporary(context: &Context, id: &str) {
    let mut found = context.resources.all();
    found.retain(|resource| resource.kind == Kind::Image && resource.id.as_deref() == Some(id));
    for resource in found {
        match image::destroy_one(context, &resource.region, id).await {
            Ok(_) => context.resources.gone(&resource),
            Err(failure) => {
                context.build.warn(format!("cannot remove the temporary image {id}: {}", failure.message));
            }
        }
    }
}
