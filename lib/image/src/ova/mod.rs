//! OVA: an appliance in one file, a tar archive without compression.
//!
//! The descriptor comes first, as every reader wants. The manifest follows it, as VMware's tools write it (DSP0243,
//! section 6.3, and VirtualBox allow it there and at the end), then the disks.

mod read;
mod write;

pub use read::{Archive, Member};
pub use write::{Slot, Writer};

/// The time that files of an archive bear: `SOURCE_DATE_EPOCH` where it is set, else the first of January 1980. So the
/// same content gives the same bytes. In seconds since 1970.
#[must_use]
pub fn modification_time() -> u64 {
    const FIXED: u64 = 315_532_800;
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    epoch.and_then(|text| text.trim().parse().ok()).unwrap_or(FIXED)
}
