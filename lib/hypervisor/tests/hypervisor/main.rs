//! Machines that really run: lib/hypervisor against the programs that it drives, and its parts against
//! real peers: curl, mtools, xorriso, servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fetch;
mod http;
mod media;
mod qemu;
mod server;
mod testbed;
mod vnc;
mod world;
