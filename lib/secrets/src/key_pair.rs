//! SSH key pairs.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use record::Failure;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use std::fmt;
use std::path::Path;
use std::process::Command;

/// A key pair without a passphrase.
#[derive(Clone)]
pub struct KeyPair {
    /// The private key, in a form that OpenSSH and libssh2 read.
    pub private: String,
    /// The public key, as a line of `authorized_keys`.
    pub public: String,
}

impl fmt::Debug for KeyPair {
    /// Leaves the private key out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyPair").field("public", &self.public).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// Makes a new key pair of the kind `ed25519`, or of any other that `ssh-keygen` makes; with 0 bits, as many as are usual.
    /// While `ssh-keygen` works, its files are in `folder`.
    ///
    /// # Errors
    /// When the system gives no random numbers, or `ssh-keygen` is not there or refuses.
    pub fn generate(kind: &str, bits: u32, comment: &str, folder: &Path) -> Result<Self, Failure> {
        match kind {
            "ed25519" => ed25519(comment),
            kind => by_ssh_keygen(kind, bits, comment, folder),
        }
    }
}

/// The public key that belongs to a private key, as `ssh-keygen` tells it.
///
/// # Errors
/// When `ssh-keygen` is not there, or cannot read the key without a passphrase.
pub fn public_of(path: &Path) -> Result<String, Failure> {
    let failed = |why: String| Failure::new(format!("cannot read the key {}: {why}", path.display()));
    let said = Command::new("ssh-keygen").args(["-y", "-P", "", "-f"]).arg(path).output();
    let said = said.map_err(|error| failed(format!("ssh-keygen: {error}")))?;
    if !said.status.success() {
        return Err(failed(String::from_utf8_lossy(&said.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}

/// An Ed25519 key pair: the private key in OpenSSH's own format (PROTOCOL.key), and the line for `authorized_keys`.
fn ed25519(comment: &str) -> Result<KeyPair, Failure> {
    let refused = |_| Failure::new("the system gives no random numbers for a key");
    let random = SystemRandom::new();
    let (mut seed, mut check) = ([0; 32], [0; 4]);
    random.fill(&mut seed).map_err(refused)?;
    random.fill(&mut check).map_err(refused)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
        .map_err(|error| Failure::new(format!("cannot make a key: {error}")))?;
    let public = pair.public_key().as_ref();
    Ok(KeyPair { private: openssh(&seed, public, check, comment), public: authorized(public, comment) })
}

fn blob(public: &[u8]) -> Vec<u8> {
    [string(b"ssh-ed25519"), string(public)].concat()
}

fn authorized(public: &[u8], comment: &str) -> String {
    format!("ssh-ed25519 {} {comment}", BASE64_STANDARD.encode(blob(public)))
}

fn openssh(seed: &[u8], public: &[u8], check: [u8; 4], comment: &str) -> String {
    let secret = [seed, public].concat();
    let mut private = [check, check].concat();
    for part in [&b"ssh-ed25519"[..], public, &secret, comment.as_bytes()] {
        private.extend(string(part));
    }
    // Padded to the block size of "no cipher", 8, with 1, 2, 3, …
    private.extend((1..=7).take((8 - private.len() % 8) % 8));
    let mut text = b"openssh-key-v1\0".to_vec();
    for part in [&b"none"[..], b"none", b""] {
        text.extend(string(part));
    }
    text.extend(1_u32.to_be_bytes());
    text.extend(string(&blob(public)));
    text.extend(string(&private));
    let encoded = BASE64_STANDARD.encode(text);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(70).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", lines.join("\n"))
}

/// SSH's form of a string: its length, and its bytes (RFC 4251, 5).
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// The other kinds are made by OpenSSH's program.
fn by_ssh_keygen(kind: &str, bits: u32, comment: &str, folder: &Path) -> Result<KeyPair, Failure> {
    let failed = |why: String| {
        Failure::new(format!("cannot make a key of the kind {kind}: {why}")).hint(
            "install ssh-keygen (openssh-client), or take a key of the type ed25519, which needs no program",
        )
    };
    let folder = tempfile::tempdir_in(folder).map_err(|error| failed(error.to_string()))?;
    let path = folder.path().join("key");
    let mut command = Command::new("ssh-keygen");
    // PEM, since libssh2 reads it of every kind.
    command.args(["-q", "-m", "PEM", "-N", "", "-t", kind, "-C", comment, "-f"]).arg(&path);
    if bits > 0 {
        command.args(["-b", &bits.to_string()]);
    }
    let said = command.output().map_err(|error| failed(error.to_string()))?;
    if !said.status.success() {
        return Err(failed(String::from_utf8_lossy(&said.stderr).trim().to_owned()));
    }
    let read =
        |name| std::fs::read_to_string(folder.path().join(name)).map_err(|error| failed(error.to_string()));
    Ok(KeyPair { private: read("key")?, public: read("key.pub")?.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{KeyPair, authorized, by_ssh_keygen, ed25519, openssh, public_of};

    fn written(private: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        record::file::write(&path, private.as_bytes(), 0o600, false).unwrap();
        public_of(&path).unwrap()
    }

    #[test]
    fn openssh_reads_the_key_that_is_made() {
        for comment in ["c", "kiln_01ARZ3NDEKTSV4RRFFQ69G5FAV", "12345678"] {
            let KeyPair { private, public } = ed25519(comment).unwrap();
            assert_eq!(written(&private), public);
        }
    }

    #[test]
    fn the_same_key_is_written_the_same() {
        let (seed, public) = ([7; 32], [9; 32]);
        assert_eq!(openssh(&seed, &public, [1; 4], "c"), openssh(&seed, &public, [1; 4], "c"));
        assert!(authorized(&public, "me").starts_with("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"));
    }

    #[test]
    fn other_kinds_come_from_ssh_keygen() {
        let folder = tempfile::tempdir().unwrap();
        let make = |kind, bits| by_ssh_keygen(kind, bits, "c", folder.path());
        let KeyPair { private, public } = make("rsa", 1024).unwrap();
        assert!(private.contains("BEGIN RSA PRIVATE KEY"));
        assert!(public.starts_with("ssh-rsa ") && public.ends_with(" c"));
        let refused = make("dsb", 0).unwrap_err().message;
        assert!(refused.starts_with("cannot make a key of the kind dsb"), "{refused}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
