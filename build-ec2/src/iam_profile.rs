//! The instance profile.

use crate::context::Context;
use record::Failure;

/// The profile's name.
///
/// # Errors
/// When AWS refuses.
pub async fn prepare(context: &Context) -> Result<Option<String>, Failure> {
    Ok(Some(context.options.run.iam_instance_profile.clone()).filter(|name| !name.is_empty()))
}

/// Removes a temporary profile.
///
/// # Errors
/// When AWS refuses.
pub async fn delete(_context: &Context, _name: &str) -> Result<bool, Failure> {
    Ok(false)
}
