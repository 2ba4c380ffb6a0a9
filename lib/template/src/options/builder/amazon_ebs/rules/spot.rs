//! Rules of the options of spot machines.

use super::one_of;
use crate::options::Check;
use crate::options::builder::amazon_ebs::{Run, Spot};

/// How AWS may choose among types and zones (AWS API, CreateFleet, `AllocationStrategy`).
const STRATEGIES: &[&str] = &[
    "price-capacity-optimized",
    "capacity-optimized",
    "capacity-optimized-prioritized",
    "diversified",
    "lowest-price",
];

pub(super) fn check(spot: &Spot, run: &Run, check: &mut Check) {
    one_of("spot_allocation_strategy", &spot.spot_allocation_strategy, STRATEGIES, check);
    check_price(spot, check);
    if !spot.is_wanted() {
        for (path, given) in [
            ("spot_instance_types", run.instance_type.is_empty() && !spot.spot_instance_types.is_empty()),
            ("spot_tags", !spot.spot_tags.is_empty()),
            ("fleet_tags", !spot.fleet_tags.is_empty()),
        ] {
            if given {
                check
                    .error(path, format!("{path} has no meaning without spot_price"))
                    .hint("set spot_price to \"auto\" or a price, or leave it out");
            }
        }
    }
    if !spot.spot_price_auto_product.is_empty() {
        check.warning("spot_price_auto_product", "spot_price_auto_product has no effect any more").hint(
            "leave it out; with spot_price \"auto\" AWS takes the current price, up to the on-demand price",
        );
    }
    if spot.block_duration_minutes % 60 != 0 {
        check
            .error("block_duration_minutes", "the duration is not a multiple of 60 minutes")
            .hint("leave it out");
    } else if spot.block_duration_minutes != 0 {
        check
            .warning("block_duration_minutes", "block_duration_minutes has no effect any more")
            .hint("leave it out: AWS has no spot blocks since 2021");
    }
}

fn check_price(spot: &Spot, check: &mut Check) {
    if !spot.is_wanted() || spot.spot_price == "auto" {
        return;
    }
    if !spot.spot_price.parse::<f64>().is_ok_and(|price| price.is_finite() && price > 0.0) {
        check
            .error("spot_price", format!("'{}' is not a price", spot.spot_price))
            .hint("give dollars an hour, such as \"0.05\", or \"auto\"");
    }
}
