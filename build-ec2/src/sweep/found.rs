//! What of Kiln's there is in a region, by tag.

use crate::context::Context;
use crate::resources::{Kind, Resource};
use crate::{image, tags};
use aws_sdk_ec2::types::{Filter, Tag};
use record::Failure;
use std::collections::BTreeMap;

/// The things of one build.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The build's name.
    pub(super) build: String,
    /// The computer that made them.
    pub(super) host: String,
    /// What there is, in the order in which a build makes it: it is removed from the end.
    pub(super) resources: Vec<Resource>,
}

/// Things by build.
pub(super) type ByBuild = BTreeMap<String, Found>;

/// Everything in a region that carries a build's id and is not a result.
///
/// # Errors
/// When AWS refuses.
pub(super) async fn in_region(context: &Context, region: &str) -> Result<ByBuild, Failure> {
    let mut found = ByBuild::new();
    let client = context.clients.ec2(region);
    let any = || Filter::builder().name("tag-key").values(tags::ID).build();
    let mut add = |kind, name: Option<&str>, id: Option<&str>, tags: &[Tag]| {
        add(&mut found, kind, region, name, id, tags);
    };
    let answer =
        context.call("DescribeKeyPairs", || client.describe_key_pairs().filters(any()).send()).await?;
    for pair in answer.key_pairs() {
        add(Kind::KeyPair, pair.key_name(), None, pair.tags());
    }
    let groups =
        context.call("DescribeSecurityGroups", || client.describe_security_groups().filters(any()).send());
    for group in groups.await?.security_groups() {
        add(Kind::SecurityGroup, group.group_name(), group.group_id(), group.tags());
    }
    let request = client.describe_launch_templates().filters(any());
    for template in
        context.call("DescribeLaunchTemplates", || request.clone().send()).await?.launch_templates()
    {
        add(Kind::LaunchTemplate, template.launch_template_name(), None, template.tags());
    }
    let alive = ["pending", "running", "stopping", "stopped"].map(String::from).to_vec();
    let alive = Filter::builder().name("instance-state-name").set_values(Some(alive)).build();
    let request = client.describe_instances().filters(any()).filters(alive);
    for reservation in context.call("DescribeInstances", || request.clone().send()).await?.reservations() {
        for instance in reservation.instances() {
            add(Kind::Instance, None, instance.instance_id(), instance.tags());
        }
    }
    let volumes = context.call("DescribeVolumes", || client.describe_volumes().filters(any()).send()).await?;
    for volume in volumes.volumes() {
        add(Kind::Volume, None, volume.volume_id(), volume.tags());
    }
    // Before the images: what is listed later is removed first, and takes its snapshots with it.
    let request = client.describe_snapshots().owner_ids("self").filters(any()).filters(image::unfinished());
    for snapshot in context.call("DescribeSnapshots", || request.clone().send()).await?.snapshots() {
        add(Kind::Snapshot, None, snapshot.snapshot_id(), snapshot.tags());
    }
    let request = client.describe_images().owners("self").filters(any()).filters(image::unfinished());
    for image in context.call("DescribeImages", || request.clone().send()).await?.images() {
        add(Kind::Image, image.name(), image.image_id(), image.tags());
    }
    Ok(found)
}

/// The temporary instance profiles; IAM knows no regions, and its lists show no tags, so they are known by their names.
///
/// # Errors
/// When AWS refuses.
pub(super) async fn profiles(context: &Context, found: &mut ByBuild) -> Result<(), Failure> {
    let client = context.clients.iam();
    let mut marker = None;
    loop {
        let request = client.list_instance_profiles().set_marker(marker);
        let answer = context.call("ListInstanceProfiles", || request.clone().send()).await?;
        for profile in answer.instance_profiles() {
            let name = profile.instance_profile_name();
            let Some(id) = name.strip_prefix("kiln_").filter(|id| id.parse::<ulid::Ulid>().is_ok()) else {
                continue;
            };
            let build = found.entry(id.to_owned()).or_default();
            let (kind, region) = (Kind::InstanceProfile, context.region.clone());
            build.resources.insert(0, Resource { kind, region, name: name.to_owned(), id: None });
        }
        match answer.marker {
            Some(next) if answer.is_truncated => marker = Some(next),
            _ => return Ok(()),
        }
    }
}

fn add(found: &mut ByBuild, kind: Kind, region: &str, name: Option<&str>, id: Option<&str>, tags: &[Tag]) {
    let value = |key| tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value).unwrap_or_default();
    let build = found.entry(value(tags::ID).to_owned()).or_default();
    build.build = value(tags::BUILD).to_owned();
    build.host = value(tags::HOST).to_owned();
    build.resources.push(Resource {
        kind,
        region: region.to_owned(),
        name: name.unwrap_or_default().to_owned(),
        id: id.map(str::to_owned),
    });
}
