//! Small shared types: blocks of tags, and what counts as unset.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether a value is what its type begins with: empty text, zero, false. That is how Packer says "not set".
pub(super) fn is_unset<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// One tag, as a block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeyValue {
    /// The tag's key.
    pub key: String,
    /// The tag's value.
    pub value: String,
}

/// One tag or filter, as a block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NameValue {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl From<KeyValue> for (String, String) {
    fn from(tag: KeyValue) -> Self {
        (tag.key, tag.value)
    }
}

impl From<NameValue> for (String, String) {
    fn from(tag: NameValue) -> Self {
        (tag.name, tag.value)
    }
}

/// Moves blocks into the map of the same things; a block wins over the map's entry.
pub(in crate::options::builder) fn merge<T: Into<(String, String)>>(
    blocks: &mut Vec<T>,
    map: &mut BTreeMap<String, String>,
) {
    map.extend(blocks.drain(..).map(Into::into));
}
