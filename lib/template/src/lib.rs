//! Packer's languages, and the options of every builder, provisioner, post-processor and communicator.

pub mod duration;
pub mod engine;
pub mod json;
pub mod late;
pub mod options;
pub mod packer_json;
pub mod source;
pub mod suggest;

pub use duration::Duration;
pub use late::Late;
