//! `build-vmware` as people run it: as a filter, and with machines under the stand-ins and under QEMU.
#![expect(clippy::unwrap_used, reason = "tests")]

mod crash;
mod esxi;
mod filter;
mod place;
mod standin;
mod vmrun;
