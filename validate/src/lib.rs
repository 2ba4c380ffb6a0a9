//! `validate`: checks templates and prints the builds that they plan, one record a line.

mod child;
mod command;
mod data;
mod fix;
mod fmt;
mod input;
mod inspect;
mod lock;
mod online;
mod output;
mod parallel;
mod plan;
mod platform;
mod remote;
mod run;
mod selection;
mod take;
mod upgrade;

pub use command::Cli;
