//! Exit statuses, the same for every tool.

/// All went well.
pub const SUCCESS: u8 = 0;
/// At least one build failed.
pub const FAILED: u8 = 1;
/// The command line or the input cannot be used.
pub const USAGE: u8 = 2;
/// Interrupted by SIGINT; a tool raises the signal again, so that its shell sees it.
pub const INTERRUPTED: u8 = 130;
