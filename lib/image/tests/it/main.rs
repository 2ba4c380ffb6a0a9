//! What people see of disks and appliances: read what others write, and others read what we write.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod appliance;
mod disks;
mod machines;
mod ova;
mod ovf;
mod virtualbox;
mod vmx;
