//! `provision`: takes `running` records through their provisioners and hands them to their builder.

mod connection;
mod file_builder;
mod handover;
mod null;
mod policy;
mod provisioner;
mod run;
mod step;
mod tool;
mod tty;

pub use policy::OnError;
pub use tool::{Options, Provision};
