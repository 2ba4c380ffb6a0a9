//! The steps that tools take for a build: how they are called, and which there will be.
//!
//! A tool names its steps by the constants here, so that a plan says what `--events` and the record's `steps` will say. Only steps
//! that the tool itself takes one after another are planned, not those within them, nor those that depend on what is found then.

mod course;
pub mod ec2;
pub mod machine;
pub mod provision;

pub use course::{Course, Step, course, tool_of};
