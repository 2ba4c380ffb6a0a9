//! Options that builders of virtual machines share, a group each. What all of them have is [`Base`]; beside it, a builder lists those that
//! Packer gives it:
//!
//! ```text
//! option_set! {
//!     /// Options of `qemu`.
//!     pub struct Qemu { pub iso: Iso, pub vnc: Vnc, … } with { pub base: Base }
//! }
//! ```
//!
//! Each group has a `check`, to be called once from the builder's: it moves old options to their new names, finds
//! what is wrong, and fills in defaults. Rules and defaults: Packer's plugin SDK (`multistep/commonsteps`, `bootcommand`,
//! `shutdowncommand`).

mod base;
mod boot;
mod cd;
mod floppy;
mod http;
mod iso;
mod output;
mod paths;
mod shutdown;
mod vnc;

pub use base::Base;
pub use boot::Boot;
pub use cd::Cd;
pub use floppy::Floppy;
pub use http::Http;
pub use iso::{Iso, check_checksum};
pub use output::Output;
pub use shutdown::{Shutdown, ShutdownControl};
pub use vnc::Vnc;

/// What templates can say in [`DEFERRED`] options, once the machine and its HTTP server are prepared.
pub const LATE_VARIABLES: &[&str] = &["HTTPIP", "HTTPPort", "Name", "SSHPublicKey"];

/// What every builder of virtual machines puts into its [`DEFERRED`](crate::options::Component::DEFERRED). Packer
/// renders only `boot_command` that late; the contents of media and of the HTTP server often want the same values.
pub const DEFERRED: [(&str, &[&str]); 4] = [
    ("boot_command", LATE_VARIABLES),
    ("cd_content", LATE_VARIABLES),
    ("floppy_content", LATE_VARIABLES),
    ("http_content", LATE_VARIABLES),
];

#[cfg(test)]
mod tests;
