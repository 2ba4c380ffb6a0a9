//! `build-ec2`: AMIs, made from a machine that runs on EC2 (`amazon-ebs`).
//!
//! The way of a record is in [`tool`]; what every step holds is a [`Context`]. Each call to AWS goes through
//! [`call`], which retries and explains; each thing that a build creates stands in [`resources`] before it
//! exists, so that [`destroy`] finds it, and `sweep` after a `kill -9`.

pub mod call;
pub mod clients;
pub mod context;
pub mod credentials;
pub mod explain;
pub mod reach;
pub mod resources;
pub mod tags;

pub use call::ApiError;
pub use context::Context;
