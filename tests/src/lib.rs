//! What the tests of whole pipelines stand on: an AWS of their own ([`aws`]), a home of their own and
//! bash lines as people type them ([`sandbox`]), and templates to build ([`template`]); and
//! what tests of killed tools share ([`crash`]), and those of tools that build locally ([`filter`]).
//!
//! One AWS stand-in serves a whole test binary. Each test has an account of its own in it, so tests run in
//! parallel and in any order, and see nothing of each other.

pub mod aws;
pub mod crash;
pub mod filter;
pub mod http;
pub mod sandbox;
pub mod template;

pub use sandbox::{Run, Running, Sandbox};
