//! Machines at the spot price.

use super::value::{KeyValue, merge};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Machines at the spot price.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Spot {
    /// The most to pay, in dollars an hour; `auto` for at most the on-demand price. Empty or `0`: an on-demand machine.
    pub spot_price: String,
    /// Types of which any will do; excludes `instance_type`.
    pub spot_instance_types: Vec<String>,
    /// `price-capacity-optimized`, `capacity-optimized`, `capacity-optimized-prioritized`, `diversified` or `lowest-price`. Default: AWS's own.
    pub spot_allocation_strategy: String,
    /// Tags of the spot request. Rendered when the source image is known.
    pub spot_tags: BTreeMap<String, String>,
    /// The same as `spot_tags`, as blocks of `key` and `value`.
    pub spot_tag: Vec<KeyValue>,
    /// Tags of the fleet. Rendered when the source image is known.
    pub fleet_tags: BTreeMap<String, String>,
    /// The same as `fleet_tags`, as blocks of `key` and `value`.
    pub fleet_tag: Vec<KeyValue>,
    /// Has no effect any more.
    pub spot_price_auto_product: String,
    /// Has no effect any more: AWS has no spot blocks since 2021.
    pub block_duration_minutes: i64,
}

impl Spot {
    /// Moves blocks to where the same things are.
    pub(super) fn settle(&mut self) {
        merge(&mut self.spot_tag, &mut self.spot_tags);
        merge(&mut self.fleet_tag, &mut self.fleet_tags);
    }

    /// Whether the machine is to be a spot machine.
    pub fn is_wanted(&self) -> bool {
        !matches!(self.spot_price.as_str(), "" | "0")
    }
}
