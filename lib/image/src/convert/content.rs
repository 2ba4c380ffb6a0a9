//! A name for a disk's content, from which identifiers are made.

use crate::uuid::derived;
use sha2::{Digest, Sha256};

/// Digest of a disk's size and of all that isn't zero in it: the same for all layouts. It tells disks apart; it is no seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentId([u8; 32]);

impl ContentId {
    /// Content id of VMDK: changes when the content does. The two highest values mean other things.
    pub(crate) fn cid(&self) -> u32 {
        u32::from_be_bytes([self.0[12], self.0[13], self.0[14], self.0[15]]).min(0xffff_fffd)
    }

    /// VMware's longer form, whose last digits are the short one's.
    pub(crate) fn long(&self) -> String {
        self.0[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
            + &format!("{:08x}", self.cid())
    }

    /// A UUID for a use: another use of the same disk gives another UUID.
    pub fn uuid(&self, purpose: &str) -> String {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        derived(&[&hex, purpose])
    }
}

/// Makes the digest, block by block.
pub(super) struct Hasher(Sha256);

impl Hasher {
    pub(super) fn new(capacity: u64) -> Self {
        Self(Sha256::new().chain_update(capacity.to_le_bytes()))
    }

    /// A grain that isn't zero, by its number and [`checksum`].
    pub(super) fn grain(&mut self, number: u64, checksum: u64) {
        self.0.update(number.to_le_bytes());
        self.0.update(checksum.to_le_bytes());
    }

    pub(super) fn finish(self) -> ContentId {
        ContentId(self.0.finalize().into())
    }
}

/// Two unlike checksums of a grain: 64 bits, at the speed of memory.
pub(super) fn checksum(grain: &[u8]) -> u64 {
    u64::from(libdeflater::crc32(grain)) << 32 | u64::from(libdeflater::adler32(grain))
}
