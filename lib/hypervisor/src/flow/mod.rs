//! The steps that all builders of virtual machines share.
//!
//! A builder says what is its own in a [`Platform`]; the way of a record is the same for all of them:
//!
//! - `planned`: check the output folder, fetch the image, make media, key and HTTP server, create and start the machine, type the
//!   boot command, wait for the guest: `running`.
//! - `provisioned`: shut the guest down, export into the work folder, rename the result to its place, destroy the machine: `built`.
//! - `failed`, abandoned, or found by `sweep`: destroy everything.
//!
//! Everything that a build makes lies in its work folder `.kiln-ID` beside the output folder, is a [detached
//! process](record::process) that carries the build's id, or stands in the [`Site`]'s notes before it exists. So whatever a
//! `kill -9` leaves can be destroyed.

mod answer;
mod boot;
mod check;
mod command;
mod destroy;
mod finish;
mod key;
mod platform;
mod prepare;
mod screen;
mod shutdown;
mod site;
mod start;
mod sweep;
mod tool;

pub use command::{Command, run};
pub use destroy::Removed;
pub use platform::{Exported, Media, Network, Platform, Settings};
pub use site::Site;
pub use sweep::Sweep;
pub use tool::Builder;
