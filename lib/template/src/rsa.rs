//! Decrypting with an RSA key (PKCS #1 v1.5): passwords of Windows machines, and the function `rsadecrypt`.

use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A private key of 2048 bits or more.
#[derive(Debug)]
pub struct PrivateKey(Pkcs1PrivateDecryptingKey);

impl PrivateKey {
    /// Reads PEM (RFC 7468) as PKCS #8, or as PKCS #1. Gives nothing where it is no such key, or has a passphrase.
    pub fn parse(pem: &str) -> Option<Self> {
        let begin = pem.find("-----BEGIN ")?;
        let (label, rest) = pem[begin + 11..].split_once("-----")?;
        let body: String = rest.split("-----END").next()?.split_whitespace().collect();
        let der = STANDARD.decode(body).ok()?;
        let der = match label {
            "PRIVATE KEY" => der,
            "RSA PRIVATE KEY" => pkcs8(&der),
            _ => return None,
        };
        Pkcs1PrivateDecryptingKey::new(PrivateDecryptingKey::from_pkcs8(&der).ok()?).ok().map(Self)
    }

    /// Decrypts what was encrypted with the public key. Gives nothing where that was another key's.
    pub fn decrypt(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        let mut plain = vec![0; self.0.min_output_size()];
        self.0.decrypt(encrypted, &mut plain).ok().map(|plain| plain.to_vec())
    }
}

/// Version 0, and the algorithm rsaEncryption without parameters (RFC 5208, RFC 8017 A.1).
const RSA: [u8; 18] = [
    0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05,
    0x00,
];

/// Wraps a PKCS #1 key as PKCS #8.
fn pkcs8(key: &[u8]) -> Vec<u8> {
    let mut content = RSA.to_vec();
    content.extend(element(0x04, key));
    element(0x30, &content)
}

/// An element of DER: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut element = vec![tag];
    match digits.as_slice() {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            element.extend(long);
        }
    }
    element.extend(content);
    element
}

#[cfg(test)]
mod tests {
    use super::{PrivateKey, STANDARD, element};
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::{KeySize, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
    use base64::Engine;

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    #[test]
    fn either_form_of_the_key_decrypts() {
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let public = Pkcs1PublicEncryptingKey::new(private.public_key()).unwrap();
        let mut encrypted = vec![0; public.ciphertext_size()];
        let encrypted = public.encrypt("hünter2 (;".as_bytes(), &mut encrypted).unwrap();
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&private).unwrap();
        let der = der.as_ref();
        // Outer sequence (4), version and algorithm (18), octet string (4).
        for key in [pem("PRIVATE KEY", der), pem("RSA PRIVATE KEY", &der[26..])] {
            let plain = PrivateKey::parse(&key).unwrap().decrypt(encrypted);
            assert_eq!(plain.as_deref(), Some("hünter2 (;".as_bytes()));
        }
        let other = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
        let other = AsDer::<Pkcs8V1Der<'_>>::as_der(&other).unwrap();
        let other = PrivateKey::parse(&pem("PRIVATE KEY", other.as_ref())).unwrap();
        assert_ne!(other.decrypt(encrypted).as_deref(), Some("hünter2 (;".as_bytes()));
    }

    #[test]
    fn what_is_no_such_key_is_refused() {
        for text in
            ["", "-----BEGIN RSA PRIVATE KEY", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END", "x"]
        {
            assert!(PrivateKey::parse(text).is_none(), "{text}");
        }
        assert!(PrivateKey::parse(&pem("RSA PRIVATE KEY", b"abc")).is_none());
    }

    #[test]
    fn lengths_are_written_as_der_wants() {
        assert_eq!(element(4, &[]), [4, 0]);
        assert_eq!(element(4, &[7; 127])[..3], [4, 127, 7]);
        assert_eq!(element(4, &[7; 128])[..4], [4, 0x81, 128, 7]);
        assert_eq!(element(4, &[7; 300])[..5], [4, 0x82, 1, 44, 7]);
    }
}
