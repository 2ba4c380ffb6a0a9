//! `build-ec2` as users run it, against a small server that writes down what it is asked: for what no stand-in of AWS can answer.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod access;
mod handover;
mod image;
mod launch;
mod profile;
mod program;
mod secrets;
mod spot;
mod support;
mod sweep;
mod windows;
