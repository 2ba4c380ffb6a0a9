//! Reaching machines: this one, and others over SSH.

pub mod local;
pub mod ssh;
