//! The image to start from.

use crate::context::Context;
use aws_sdk_ec2::types::Image;
use record::Failure;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The image to start from.
#[derive(Debug, Clone)]
pub struct SourceImage {
    /// As AWS describes it.
    pub image: Image,
}

/// Looks up the image.
///
/// # Errors
/// When it does not exist, or AWS refuses.
pub async fn find(context: &Context) -> Result<SourceImage, Failure> {
    let client = context.ec2();
    let id = &context.options.run.source_ami;
    let answer = context.call("DescribeImages", || client.describe_images().image_ids(id).send()).await?;
    let image = answer.images.unwrap_or_default().into_iter().next();
    image.map(|image| SourceImage { image }).ok_or_else(|| {
        Failure::new(format!("there is no image {id} in {}", context.region))
            .hint("check source_ami and region")
    })
}

impl SourceImage {
    /// AWS's id.
    pub fn id(&self) -> &str {
        self.image.image_id().unwrap_or_default()
    }

    /// Sets what late templates can say of the image.
    pub fn set_late(&self, context: &Context) {
        for (name, value) in self.build_variables() {
            context.set_late(&name, value);
        }
        let tags = self.image.tags().iter();
        let tags: Map<String, Value> = tags
            .filter_map(|tag| Some((tag.key()?.to_owned(), Value::from(tag.value().unwrap_or_default()))))
            .collect();
        context.set_late("SourceAMITags", tags);
    }

    /// What provisioners can say of the image.
    pub fn build_variables(&self) -> BTreeMap<String, String> {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        BTreeMap::from([
            ("SourceAMI".to_owned(), self.id().to_owned()),
            ("SourceAMIName".to_owned(), text(self.image.name())),
            ("SourceAMICreationDate".to_owned(), text(self.image.creation_date())),
            ("SourceAMIOwner".to_owned(), text(self.image.owner_id())),
            ("SourceAMIOwnerName".to_owned(), text(self.image.image_owner_alias())),
        ])
    }
}
