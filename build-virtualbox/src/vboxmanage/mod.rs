//! VirtualBox itself, through its program VBoxManage (6.1 to 7.2).
//!
//! The machine lies in the build's work folder (`--basefolder`), so that nothing of it lands in the user's own folder of machines,
//! unless it is to stay registered. It is known by its UUID, which is the build's id, from before it exists.

mod attach;
mod create;
mod driver;
mod existing;
mod export;
mod forward;
mod hardware;
mod import;
mod info;
mod keyboard;
mod lists;
mod program;
mod system;

pub use create::create;
pub use driver::VboxManage;
pub use existing::look;
pub use export::{export, finished};
pub use program::Program;
pub(crate) use system::{additions_file, version};

/// What the site's notes call the machine: its UUID, or its name where VirtualBox gives the UUID.
const MACHINE: &str = "machine";
