//! `provision` as users run it, against an OpenSSH server that each test starts for itself.

mod builders;
mod connect;
mod file;
mod policy;
mod shell;
mod support;
