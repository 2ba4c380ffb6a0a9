//! `build-virtualbox` as users run it: with QEMU, and with the real VirtualBox, whose machines QEMU runs
//! (tests/virtualbox/VBoxManage-qemu).

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod appliance;
mod crash;
mod existing;
mod failures;
mod filter;
mod install;
mod sandbox;
