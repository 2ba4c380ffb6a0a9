//! `provision` as users run it, against an OpenSSH server that each test starts for itself.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod builders;
mod connect;
mod file;
mod policy;
mod shell;
mod support;
