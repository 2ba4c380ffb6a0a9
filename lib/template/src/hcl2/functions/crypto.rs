//! Digests, identifiers, passwords.

use super::{Arguments, Fault, Gives};
use crate::hcl2::value::Value;
use crate::rsa::PrivateKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn md5(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(hex(&md5::Md5::digest(given.text(0)?.as_bytes()))))
}

pub(super) fn sha1(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(hex(&Sha1::digest(given.text(0)?.as_bytes()))))
}

pub(super) fn sha256(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(hex(&Sha256::digest(given.text(0)?.as_bytes()))))
}

pub(super) fn sha512(given: &Arguments<'_>) -> Gives {
    Ok(Value::text(hex(&Sha512::digest(given.text(0)?.as_bytes()))))
}

pub(super) fn uuidv4(given: &Arguments<'_>) -> Gives {
    let (high, low) = (given.names.moment.random(), given.names.moment.random());
    let mut bytes = (high << 64 | low & u128::from(u64::MAX)).to_be_bytes();
    Ok(Value::text(uuid(&mut bytes, 4)))
}

/// Sets version and variant, and writes it (RFC 9562).
fn uuid(bytes: &mut [u8; 16], version: u8) -> String {
    bytes[6] = bytes[6] & 0x0f | version << 4;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(bytes);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

pub(super) fn uuidv5(given: &Arguments<'_>) -> Gives {
    let (space, name) = (given.text(0)?, given.text(1)?);
    // RFC 9562, section 6.6: these differ in one digit.
    let number = match &*space {
        "dns" => 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8,
        "url" => 0x6ba7_b811_9dad_11d1_80b4_00c0_4fd4_30c8,
        "oid" => 0x6ba7_b812_9dad_11d1_80b4_00c0_4fd4_30c8,
        "x500" => 0x6ba7_b814_9dad_11d1_80b4_00c0_4fd4_30c8,
        other => {
            let digits = other.replace('-', "");
            let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
            number.ok_or_else(|| Fault::at(0, "the name space must be dns, url, oid, x500 or a UUID"))?
        }
    };
    let digest = Sha1::new().chain_update(u128::to_be_bytes(number)).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Ok(Value::text(uuid(&mut bytes, 5)))
}

/// `bcrypt(text, cost)`: in the form `$2a$`, with a salt of its own each time, as Go writes it.
pub(super) fn bcrypt(given: &Arguments<'_>) -> Gives {
    /// Go's default, which it also takes for a cost below 4.
    const USUAL: u32 = 10;
    /// Each step doubles the time. Packer goes up to 31, which takes days.
    const MOST: u32 = 16;
    let text = given.text(0)?;
    let cost = match given.get(1) {
        Value::Null => USUAL,
        _ => given.whole(1).map(|cost| u32::try_from(cost.max(0)).unwrap_or(u32::MAX))?,
    };
    if cost > MOST {
        let fault = Fault::at(1, format!("a cost of {cost} takes too long"));
        return Err(fault.hint(format!("from 4 to {MOST}; {USUAL} is usual")));
    }
    let cost = if cost < 4 { USUAL } else { cost };
    // What is longer than 72 bytes counts up to there only.
    match bcrypt::hash_with_result(text.as_bytes(), cost) {
        Ok(parts) => Ok(Value::text(parts.format_for_version(bcrypt::Version::TwoA))),
        Err(error) => Err(Fault::at(0, error.to_string())),
    }
}

/// `rsadecrypt(text, key)`: base64, PKCS #1 v1.5.
pub(super) fn rsadecrypt(given: &Arguments<'_>) -> Gives {
    let text = given.text(0)?;
    let encrypted = STANDARD.decode(text.as_bytes());
    let encrypted = encrypted.map_err(|error| Fault::at(0, format!("this is not base64: {error}")))?;
    let key = PrivateKey::parse(&given.text(1)?).ok_or_else(|| {
        let fault = Fault::at(1, "this is no RSA key in the PEM format without a passphrase");
        fault.hint("rsadecrypt(text, file(\"key.pem\")); 'ssh-keygen -p -N \"\" -m PEM -f FILE' rewrites a key of OpenSSH's form")
    })?;
    let plain = key.decrypt(&encrypted);
    let plain = plain.ok_or_else(|| Fault::whole("this cannot be decrypted with this key"))?;
    String::from_utf8(plain).map(Value::text).map_err(|_| Fault::whole("what was encrypted is no UTF-8 text"))
}
