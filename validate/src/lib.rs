//! `validate`: checks templates and prints the builds that they plan, one record a line.

mod command;
mod input;
mod inspect;
mod online;
mod output;
mod run;
mod selection;

pub use command::Cli;
