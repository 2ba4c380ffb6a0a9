//! UUIDs that follow from what they name, so that two runs write the same bytes.

use sha2::{Digest, Sha256};

/// Gives the UUID of `parts`: the first half of their SHA-256, marked as version 8 (RFC 9562, section 5.8: "custom").
/// The same parts give the same UUID; where one part ends and the next begins counts.
#[must_use]
pub fn derived(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_version_8_uuid_and_depends_on_the_borders() {
        let uuid = derived(&["disk", "1"]);
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "8");
        assert_eq!(uuid, derived(&["disk", "1"]));
        assert_ne!(uuid, derived(&["dis", "k1"]));
    }
}
