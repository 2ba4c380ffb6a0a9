//! The data source `sshkey`, which makes an SSH key pair once and keeps it (the plug-in `ivoronin/sshkey` 1.4).

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which key pair.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Key {
    /// Name of the key pair: the same name and type mean the same pair. Default: `packer`.
    pub name: String,
    /// `rsa` or `ed25519`. Default: `rsa`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `reuse` takes the pair that an earlier run has made; `unique` makes a new one. Default: `reuse`.
    pub cache: String,
}

option_set! {
    /// Options of `sshkey`.
    pub struct SshKey {
        /// Which key pair.
        pub key: Key,
    }
}

impl Component for SshKey {
    const TYPE: &'static str = "sshkey";

    fn check(&mut self, check: &mut Check) {
        let Key { name, kind, cache } = &mut self.key;
        for (path, value, known) in
            [("type", kind, ["rsa", "ed25519"]), ("cache", cache, ["reuse", "unique"])]
        {
            if value.is_empty() {
                *value = known[0].to_owned();
            } else if !known.contains(&value.as_str()) {
                check
                    .error(path, format!("'{value}' is not known here"))
                    .hint(format!("known: {}", known.join(", ")));
            }
        }
        if name.is_empty() {
            *name = "packer".to_owned();
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if !name.chars().all(is_plain) || name.starts_with('.') {
            check
                .error("name", format!("'{name}' can name no file"))
                .hint("letters, digits, '-', '_' and '.' can stand in a key's name");
        }
    }
}
