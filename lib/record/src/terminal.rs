//! The status line that the tools of a pipeline share on one terminal.

/// Erases this process's part of the status line.
pub fn leave() {}
