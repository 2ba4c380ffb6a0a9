//! Packer's languages, and the options of every builder, provisioner, post-processor and communicator.

pub mod boot_command;
pub mod depends;
pub mod duration;
pub mod engine;
pub mod hcl2;
pub mod json;
pub mod late;
pub mod options;
pub mod packer_json;
pub mod rsa;
pub mod schema;
pub mod source;
pub mod steps;
pub mod suggest;

pub use duration::Duration;
pub use late::Late;
