//! The tags that every resource of a build carries, so that `sweep` finds it from any computer.

use crate::context::Context;
use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};
use record::Failure;
use std::collections::BTreeMap;

/// The build's id.
pub const ID: &str = "kiln:id";
/// The build's name.
pub const BUILD: &str = "kiln:build";
/// The computer that runs the tool.
pub const HOST: &str = "kiln:host";
/// [`BUILDING`] or [`BUILT`], on images and their snapshots.
pub const STATUS: &str = "kiln:status";
/// The image is not finished; `sweep` may destroy it.
pub const BUILDING: &str = "building";
/// The image is a build's result; nothing of Kiln's destroys it.
pub const BUILT: &str = "built";

/// One tag.
pub fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

impl Context {
    /// Kiln's own tags.
    pub fn own_tags(&self) -> Vec<Tag> {
        vec![
            tag(ID, self.build.id()),
            tag(BUILD, &shorten(self.build.name())),
            tag(HOST, &shorten(&record::state::host())),
        ]
    }

    /// A template's tags, rendered.
    ///
    /// # Errors
    /// When a template in them fails.
    pub fn rendered(&self, tags: &BTreeMap<String, String>) -> Result<Vec<Tag>, Failure> {
        let rendered = tags.iter().map(|(key, value)| {
            let context = |failure: Failure| failure.context(format!("tag '{key}'"));
            let late = self.late();
            Ok(tag(&late.render(key).map_err(context)?, &late.render(value).map_err(context)?))
        });
        rendered.collect()
    }

    /// What a creating call takes to tag what it creates: Kiln's tags and the template's, which win.
    ///
    /// # Errors
    /// When a template in them fails.
    pub fn tag_specification(
        &self,
        kind: ResourceType,
        tags: &BTreeMap<String, String>,
    ) -> Result<TagSpecification, Failure> {
        let mut all = self.rendered(tags)?;
        let own = self.own_tags();
        all.retain(|given| own.iter().all(|own| own.key() != given.key()));
        all.extend(own);
        Ok(TagSpecification::builder().resource_type(kind).set_tags(Some(all)).build())
    }
}

/// Tag values have at most 256 characters (EC2 user guide, "Tag your resources").
fn shorten(text: &str) -> String {
    text.chars().take(256).collect()
}
