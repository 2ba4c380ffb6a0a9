//! The data source `sshkey`: made once, and kept where the plug-in keeps it.

use record::{Failure, cache, file};
use secrets::{KeyPair, public_of};
use serde_json::{Value, json};
use std::path::Path;
use template::options::data_source::ssh_key::Key;
use ulid::Ulid;

/// Gives `private_key_path` and `public_key`; the private key itself stays in its file.
pub(super) fn get(key: &Key) -> Result<Value, Failure> {
    let Key { name, kind, cache } = key;
    let folder = cache::folder()?;
    std::fs::create_dir_all(&folder).map_err(|error| file::io(&folder, "cannot make the folder", &error))?;
    let unique = if cache == "unique" { format!("_{}", Ulid::generate()) } else { String::new() };
    let path = folder.join(format!("ssh_private_key_{name}_{kind}{unique}.pem"));
    let public = if path.exists() { public(&path)? } else { make(&path, kind, name)? };
    // What stands behind the key is a comment: its name.
    let words: Vec<&str> = public.split_whitespace().take(2).collect();
    Ok(json!({ "private_key_path": path, "public_key": format!("{} {name}", words.join(" ")) }))
}

fn make(path: &Path, kind: &str, name: &str) -> Result<String, Failure> {
    let bits = if kind == "rsa" { 2048 } else { 0 };
    let folder = path.parent().unwrap_or(path);
    let KeyPair { private, public } = KeyPair::generate(kind, bits, name, folder)?;
    let written = file::write(path, private.as_bytes(), 0o600, false);
    if path.exists() && written.is_err() {
        // Another run has been quicker.
        return public_of(path);
    }
    written?;
    file::write(&beside(path), format!("{public}\n").as_bytes(), 0o644, true)?;
    Ok(public)
}

/// The public key is kept beside the private one; where it is gone, `ssh-keygen` tells it.
fn public(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(beside(path)).or_else(|_| public_of(path))
}

fn beside(path: &Path) -> std::path::PathBuf {
    path.with_extension("pem.pub")
}
