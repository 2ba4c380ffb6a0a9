//! `build-ec2`: AMIs, made from a machine that runs on EC2 (`amazon-ebs`).
//!
//! The way of a record is in [`tool`]; what every step holds is a [`Context`]. Each call to AWS goes through
//! [`call`], which retries and explains; each thing that a build creates stands in [`resources`] before it
//! exists, so that [`destroy`] finds it, and `sweep` after a `kill -9`.

pub mod address;
pub mod authorization;
pub mod block_devices;
pub mod call;
pub mod capture;
pub mod check;
pub mod clients;
pub mod connect;
pub mod context;
pub mod credentials;
pub mod data;
pub mod destroy;
pub mod explain;
pub mod filters;
pub mod http;
pub mod iam_profile;
pub mod image;
pub mod instance;
pub mod json_call;
pub mod key_pair;
pub mod launch_template;
pub mod network;
pub mod password;
pub mod reach;
pub mod request;
pub mod resolve;
pub mod resources;
pub mod security_group;
pub mod side_by_side;
pub mod source_ami;
pub mod spot;
pub mod start;
pub mod sweep;
pub mod tags;
pub mod tool;
pub mod tunnel;
pub mod user_data;

pub use call::ApiError;
pub use context::Context;
