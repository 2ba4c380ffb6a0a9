//! Vault (<https://developer.hashicorp.com/vault/api-docs>).

use crate::http::{Service, Trust, says, variable};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use record::Failure;
use serde_json::{Map, Value};
use std::path::Path;

/// What a path in a URL cannot hold as it is.
pub(crate) const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// Vault, as `VAULT_ADDR`, `VAULT_TOKEN` (or the file `~/.vault-token`), `VAULT_NAMESPACE`, `VAULT_CACERT` and
/// `VAULT_SKIP_VERIFY` say.
#[derive(Debug)]
pub struct Vault {
    service: Service,
}

/// What Vault answers.
#[derive(Debug)]
pub struct Lease {
    /// The secret's data.
    pub data: Map<String, Value>,
    /// How many seconds it is good for; 0 where that has no end.
    pub seconds: u64,
}

impl Vault {
    /// Finds Vault; asks nothing yet.
    ///
    /// # Errors
    /// When there is no token, or the file of certificates cannot be read.
    pub fn from_environment() -> Result<Self, Failure> {
        let address = variable("VAULT_ADDR").unwrap_or_else(|| String::from("https://127.0.0.1:8200"));
        let token = variable("VAULT_TOKEN").or_else(kept_token).ok_or_else(|| {
            Failure::new("there is no token for Vault")
                .hint("set VAULT_TOKEN (and VAULT_ADDR), or log in with 'vault login'")
        })?;
        let mut headers = vec![("X-Vault-Token", token), ("X-Vault-Request", String::from("true"))];
        headers.extend(variable("VAULT_NAMESPACE").map(|name| ("X-Vault-Namespace", name)));
        let trust = Trust {
            authorities: variable("VAULT_CACERT"),
            any: says("VAULT_SKIP_VERIFY").unwrap_or_default(),
        };
        Ok(Self { service: Service::new("Vault", &address, headers, &trust)? })
    }

    /// Reads what stands at a path, such as `secret/data/web` or `aws/creds/builder`.
    ///
    /// # Errors
    /// When Vault cannot be asked, refuses, or has nothing there.
    pub fn read(&self, path: &str) -> Result<Lease, Failure> {
        self.ask(path, None)
    }

    /// Writes to a path, and gives what that makes, such as credentials of `aws/sts/builder`.
    ///
    /// # Errors
    /// As for [`Vault::read`].
    pub fn write(&self, path: &str, body: &Value) -> Result<Lease, Failure> {
        self.ask(path, Some(&body.to_string()))
    }

    /// The value of a key of a secret of the engine KV; version 2 keeps its data one level deeper than version 1.
    ///
    /// # Errors
    /// As for [`Vault::read`]; when the secret has no such key, or its value is no text.
    pub fn value(&self, path: &str, key: &str) -> Result<String, Failure> {
        let data = self.read(path)?.data;
        let data = match data.get("data") {
            Some(Value::Object(inner)) => inner,
            _ => &data,
        };
        match data.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(Failure::new(format!("Vault's secret '{path}' has no text at '{key}'"))),
            None => {
                let keys: Vec<&str> = data.keys().map(String::as_str).collect();
                let failure = Failure::new(format!("Vault's secret '{path}' has no key '{key}'"));
                Err(failure.hint(format!("it has: {}", keys.join(", "))))
            }
        }
    }

    fn ask(&self, path: &str, body: Option<&str>) -> Result<Lease, Failure> {
        let path = path.trim_matches('/');
        let (status, text) = self.service.ask(&format!("/v1/{}", utf8_percent_encode(path, PATH)), body)?;
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        match status {
            200..300 => {}
            404 => {
                return Err(Failure::new(format!("Vault has nothing at '{path}'")).hint(
                    "a secret of KV version 2 is named with 'data/' after its engine: 'secret/data/web'",
                ));
            }
            _ => {
                let errors = answer["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let said = errors.collect::<Vec<_>>().join("; ");
                return Err(self.service.refused(&format!("'{path}'"), status, said.trim()));
            }
        }
        match answer["data"].as_object() {
            Some(data) => Ok(Lease {
                data: data.clone(),
                seconds: answer["lease_duration"].as_u64().unwrap_or_default(),
            }),
            None => Err(Failure::new(format!("Vault's answer for '{path}' has no data"))
                .hint("does VAULT_ADDR name a Vault?")),
        }
    }
}

/// The token that `vault login` keeps.
fn kept_token() -> Option<String> {
    let path = Path::new(&variable("HOME")?).join(".vault-token");
    let token = std::fs::read_to_string(path).ok()?.trim().to_owned();
    Some(token).filter(|token| !token.is_empty())
}
