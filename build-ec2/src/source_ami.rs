//! The image that the machine is started from.

use crate::context::Context;
use crate::filters;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_images::builders::DescribeImagesFluentBuilder;
use aws_sdk_ec2::types::{DeviceType, Image, VirtualizationType};
use record::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use template::options::builder::amazon_ebs::{AmiFilter, Run};

/// The image that the machine is started from.
#[derive(Debug, Clone)]
pub struct SourceImage {
    /// As AWS describes it.
    pub image: Image,
}

/// Looks the image up.
///
/// # Errors
/// When none matches, or several do and the template does not ask for the newest; when it can't be used; when AWS refuses.
pub async fn find(context: &Context) -> Result<SourceImage, Failure> {
    let run = &context.options.run;
    let images = search(context, run).await?;
    let image = choose(images, &run.source_ami, &run.source_ami_filter, &context.region)?;
    check(context, &image)?;
    Ok(SourceImage { image })
}

async fn search(context: &Context, run: &Run) -> Result<Vec<Image>, Failure> {
    let request = request(&context.ec2(), &run.source_ami, &run.source_ami_filter);
    let mut images = Vec::new();
    let mut next = None;
    loop {
        let page = request.clone().set_next_token(next);
        let answer = context.call("DescribeImages", || page.clone().send()).await?;
        images.extend(answer.images.unwrap_or_default());
        next = answer.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(images);
        }
    }
}

/// DescribeImages for an id, which may be empty, and a filter.
pub fn request(ec2: &Client, id: &str, filter: &AmiFilter) -> DescribeImagesFluentBuilder {
    let some = |list: Vec<_>| Some(list).filter(|list: &Vec<_>| !list.is_empty());
    ec2.describe_images()
        .set_image_ids(Some(vec![id.to_owned()]).filter(|_| !id.is_empty()))
        .set_owners(Some(filter.owners.clone()).filter(|owners| !owners.is_empty()))
        .set_filters(some(filters::of(&filter.filters)))
        .set_include_deprecated(Some(true).filter(|_| filter.include_deprecated))
}

/// The image that is meant among those that match.
///
/// # Errors
/// When there is none, or there are several and the newest is not asked for.
pub fn choose(mut images: Vec<Image>, id: &str, filter: &AmiFilter, region: &str) -> Result<Image, Failure> {
    let searched = searched(id, filter, region);
    // The time is in ISO 8601, UTC: it sorts as text.
    images.sort_by(|one, other| other.creation_date().cmp(&one.creation_date()));
    let several = images.len();
    if several > 1 && !filter.most_recent {
        let newest: Vec<String> = images.iter().take(3).map(describe).collect();
        return Err(Failure::new(format!(
            "{several} images match {searched}; the newest are {}",
            newest.join(", ")
        ))
        .hint("set most_recent to take the newest, or filter more narrowly"));
    }
    images.into_iter().next().ok_or_else(|| {
        Failure::new(format!("no image matches {searched}")).hint(
            "check the filters, the owners and the region; include_deprecated finds deprecated images, and another account's \
             image must be shared with yours",
        )
    })
}

/// What was searched, in words.
fn searched(id: &str, filter: &AmiFilter, region: &str) -> String {
    let mut words = Vec::new();
    if !id.is_empty() {
        words.push(format!("id = {id}"));
    }
    if !filter.filters.is_empty() {
        words.push(filters::describe(&filter.filters));
    }
    if !filter.owners.is_empty() {
        words.push(format!("owner = {}", filter.owners.join(" or ")));
    }
    format!("{} in {region}", words.join(", "))
}

fn describe(image: &Image) -> String {
    format!("{} ({})", image.image_id().unwrap_or_default(), image.name().unwrap_or("no name"))
}

fn check(context: &Context, image: &Image) -> Result<(), Failure> {
    let ami = &context.options.ami;
    let what = describe(image);
    if image.root_device_type().is_some_and(|kind| *kind != DeviceType::Ebs) {
        return Err(Failure::new(format!("the root disk of image {what} is not on EBS"))
            .hint("amazon-ebs needs an image whose root-device-type is ebs"));
    }
    let kind = image.virtualization_type();
    let is_hvm = kind.is_none_or(|kind| *kind == VirtualizationType::Hvm);
    if !is_hvm && (ami.ena_support == Some(true) || ami.sriov_support) {
        return Err(Failure::new(format!(
            "image {what} is not an hvm image: it can't have enhanced networking"
        ))
        .hint("start from an hvm image, or leave out ena_support and sriov_support"));
    }
    let wanted = &ami.ami_virtualization_type;
    if let Some(kind) = kind.filter(|kind| !wanted.is_empty() && kind.as_str() != wanted) {
        context.build.warn(format!("the image will be {}, as {what} is, not {wanted}", kind.as_str()));
    }
    Ok(())
}

impl SourceImage {
    /// The image's id.
    pub fn id(&self) -> &str {
        self.image.image_id().unwrap_or_default()
    }

    /// What ``{{build `KEY`}}`` gives of it.
    pub fn build_variables(&self) -> BTreeMap<String, String> {
        [
            ("SourceAMI", self.image.image_id()),
            ("SourceAMIName", self.image.name()),
            ("SourceAMICreationDate", self.image.creation_date()),
            ("SourceAMIOwner", self.image.owner_id()),
            ("SourceAMIOwnerName", self.image.image_owner_alias()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_owned()))
        .collect()
    }

    /// The image's tags, as `{{.SourceAMITags.KEY}}` gives them.
    pub fn tags(&self) -> Map<String, Value> {
        let tags = self.image.tags().iter();
        tags.map(|tag| {
            (tag.key().unwrap_or_default().to_owned(), Value::from(tag.value().unwrap_or_default()))
        })
        .collect()
    }

    /// Lets late templates see the image.
    pub fn set_late(&self, context: &Context) {
        for (name, value) in self.build_variables() {
            context.set_late(&name, value);
        }
        context.set_late("SourceAMITags", self.tags());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: &str, date: &str) -> Image {
        Image::builder().image_id(id).name(format!("web {id}")).creation_date(date).build()
    }

    fn filter(most_recent: bool) -> AmiFilter {
        let filters = BTreeMap::from([("name".into(), "web-*".into())]);
        AmiFilter { filters, owners: vec!["self".into(), "1234".into()], most_recent, ..AmiFilter::default() }
    }

    #[test]
    fn takes_the_newest_where_asked() {
        let images =
            vec![image("ami-1", "2024-01-01T00:00:00.000Z"), image("ami-2", "2024-02-01T00:00:00.000Z")];
        assert_eq!(choose(images.clone(), "", &filter(true), "r").unwrap().image_id(), Some("ami-2"));
        let failure = choose(images, "", &filter(false), "us-east-1").unwrap_err();
        assert_eq!(
            failure.message,
            "2 images match name = web-*, owner = self or 1234 in us-east-1; the newest are ami-2 (web ami-2), ami-1 (web ami-1)"
        );
    }

    #[test]
    fn says_what_was_searched() {
        let failure = choose(Vec::new(), "", &filter(true), "us-east-1").unwrap_err();
        assert_eq!(failure.message, "no image matches name = web-*, owner = self or 1234 in us-east-1");
    }
}
