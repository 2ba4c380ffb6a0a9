//! Filters: how an image, a VPC, a subnet or a security group is looked up.

use super::value::{NameValue, is_unset, merge};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Looks up the source image.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AmiFilter {
    /// EC2's filters for DescribeImages, by name. A comma in a value separates values of which one must match; all filters must match.
    #[serde(skip_serializing_if = "is_unset")]
    pub filters: BTreeMap<String, String>,
    /// Who owns the image: account ids, `self`, `amazon`, `aws-marketplace`. Required, so that nobody else's image is taken for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub owners: Vec<String>,
    /// Whether to take the newest image when several match; else that is an error. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub most_recent: bool,
    /// Whether deprecated images count. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub include_deprecated: bool,
}

/// Looks up a VPC or security groups.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// EC2's filters, by name. A comma in a value separates values of which one must match; all filters must match.
    #[serde(skip_serializing_if = "is_unset")]
    pub filters: BTreeMap<String, String>,
    /// The same as `filters`, as blocks of `name` and `value`.
    #[serde(skip_serializing_if = "is_unset")]
    pub filter: Vec<NameValue>,
}

/// Looks up the subnet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubnetFilter {
    /// EC2's filters for DescribeSubnets, by name. A comma in a value separates values of which one must match; all filters must match.
    #[serde(skip_serializing_if = "is_unset")]
    pub filters: BTreeMap<String, String>,
    /// The same as `filters`, as blocks of `name` and `value`.
    #[serde(skip_serializing_if = "is_unset")]
    pub filter: Vec<NameValue>,
    /// Whether to take the subnet with the most free addresses when several match. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub most_free: bool,
    /// Whether to take any of several that match; `most_free` goes before. Default: false.
    #[serde(skip_serializing_if = "is_unset")]
    pub random: bool,
}

impl Filter {
    /// Moves the blocks into the map.
    pub(super) fn settle(&mut self) {
        merge(&mut self.filter, &mut self.filters);
    }
}

impl SubnetFilter {
    /// Moves the blocks into the map.
    pub(super) fn settle(&mut self) {
        merge(&mut self.filter, &mut self.filters);
    }
}
