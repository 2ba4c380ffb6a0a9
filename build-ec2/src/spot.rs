//! Spot machines.

use crate::context::Context;
use crate::request::Launch;
use record::Failure;

/// Whether a spot machine is wanted.
pub fn wanted(context: &Context) -> bool {
    !matches!(context.options.spot.spot_price.as_str(), "" | "0")
}

/// Runs a spot machine.
///
/// # Errors
/// When AWS refuses.
pub async fn launch(_context: &Context, _launch: &Launch<'_>) -> Result<String, Failure> {
    Err(Failure::new("spot machines are not supported yet"))
}

/// Deletes a launch template.
///
/// # Errors
/// When AWS refuses.
pub async fn delete_template(_context: &Context, _region: &str, _name: &str) -> Result<bool, Failure> {
    Ok(false)
}
