//! The temporary SSH key pair.

use super::Settings;
use record::{Build, Failure, state};
use secrets::KeyPair;
use std::path::PathBuf;
use template::steps::machine as steps;

/// The key with which the machine is reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Key {
    /// The private key's file, where it is a temporary one.
    pub(super) file: Option<PathBuf>,
    /// The public key, as a line of `authorized_keys`: `{{.SSHPublicKey}}`.
    pub(super) public: String,
}

/// Makes a temporary key pair where the template gives no key: `{{.SSHPublicKey}}` in the boot command or on media tells it to the guest.
/// Packer's VM builders make one unless a private key file, an agent or a key pair's name is given; then the public key of the file is told.
pub(super) fn prepare(settings: &Settings, build: &Build) -> Result<Key, Failure> {
    let options = &settings.base.communicator;
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if options.kind() != "ssh" || options.ssh_agent_auth == Some(true) || given(&options.ssh_keypair_name) {
        return Ok(Key::default());
    }
    if let Some(file) = options.ssh_private_key_file.as_deref().filter(|file| !file.is_empty()) {
        let public = std::fs::read_to_string(format!("{file}.pub")).unwrap_or_default();
        return Ok(Key { file: None, public: public.trim().to_owned() });
    }
    let step = build.step(steps::MAKE_KEY_PAIR);
    let kind = options.temporary_key_pair_type.as_deref().unwrap_or_default();
    let bits = options.temporary_key_pair_bits.unwrap_or_default();
    let comment = format!("kiln_{}", build.id());
    let kind = if kind.is_empty() { "ed25519" } else { kind };
    let KeyPair { private, public } = KeyPair::generate(kind, bits, &comment, build.folder().path())?;
    build.hide(&private);
    let file = build.folder().write(state::KEY, private.as_bytes())?;
    step.done();
    // With a password, the key is only offered to whoever puts it into the guest.
    Ok(Key { file: Some(file), public })
}
