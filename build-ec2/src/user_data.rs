//! User data.

use crate::context::Context;
use record::Failure;

/// The user data, ready to send.
///
/// # Errors
/// When its file cannot be read.
pub fn read(_context: &Context) -> Result<Option<String>, Failure> {
    Ok(None)
}
