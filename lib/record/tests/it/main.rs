//! The filter loop as users see it, driven through `examples/build-fake.rs`, whose machines are files.
#![expect(clippy::unwrap_used, reason = "tests")]

mod contract;
mod loop_input;
mod loop_stop;
mod report;
mod state;
mod terminal;
mod tool;
