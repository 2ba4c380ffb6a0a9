//! Disks and appliances, in the formats that platforms exchange: VMDK, qcow2, OVF, OVA, VMX.
//!
//! Nothing here runs a machine or knows of builds: bytes in, bytes out. It depends on no other crate of Kiln's.

pub mod appliance;
pub mod convert;
pub mod disk;
pub mod error;
pub mod machine;
pub mod manifest;
pub mod ova;
pub mod ovf;
mod text;
pub mod uuid;
pub mod vmdk;
pub mod vmx;

pub use convert::{Layout, Written, convert};
pub use disk::Disk;
pub use error::Error;
