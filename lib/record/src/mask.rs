//! Hiding secrets in all that people read.

use std::sync::{Arc, RwLock};

/// What stands in a secret's place; Packer's own word for it.
pub const MASKED: &str = "<sensitive>";

/// The secrets of a process, shared by everything that prints.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    secrets: Arc<RwLock<Vec<String>>>,
}

impl Masker {
    /// Hides a value from now on. An empty value hides nothing.
    pub fn add(&self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        let mut secrets = self.secrets.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !secrets.iter().any(|known| known == secret) {
            secrets.push(secret.to_owned());
            secrets.sort_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }

    /// The text with every secret in it hidden.
    pub fn mask(&self, text: &str) -> String {
        let secrets = self.secrets.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASKED))
    }
}
