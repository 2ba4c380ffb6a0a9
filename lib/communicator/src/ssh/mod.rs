//! SSH: is a machine there, connect to it, run commands in it, copy files.
//!
//! A build has one [`Connection`]; behind it stands one thread with libssh2's session, driven without blocking, so that a
//! stop or a time limit ends whatever is going on.

mod agent_forwarding;
mod auth;
mod banner;
mod connect;
mod connection;
mod exec;
mod live;
mod settings;
mod transfer;

pub use banner::{Unreachable, banner};
pub use connection::{Command, Connection, Output};
pub use exec::Outcome;
pub use live::is_lost;
pub use settings::{Settings, Transfer};
