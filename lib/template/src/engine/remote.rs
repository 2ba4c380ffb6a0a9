//! The functions that ask a service on the network: `vault`, `consul_key`, `aws_secretsmanager`.

use super::functions::{add, fail, string, text};
use super::scope::Scope;
use gotmpl::{FuncMap, TemplateError};
use record::Failure;
use serde_json::Value as Json;
use std::fmt::Debug;

/// Functions that ask a service on the network.
pub const REMOTE: [&str; 4] = ["aws_secretsmanager", "aws_secretsmanager_raw", "consul_key", "vault"];

/// Those whose values are secrets, though no template says so.
pub const SECRET: [&str; 3] = ["aws_secretsmanager", "aws_secretsmanager_raw", "vault"];

/// Asks services for the values of variables. This crate itself asks nothing of the network.
pub trait Remote: Debug + Send + Sync {
    /// The value of a key of a secret in HashiCorp Vault.
    ///
    /// # Errors
    /// When Vault cannot be asked, refuses, or has no such text.
    fn vault(&self, path: &str, key: &str) -> Result<String, Failure>;

    /// The value of a key in Consul.
    ///
    /// # Errors
    /// When Consul cannot be asked, refuses, or has no such key.
    fn consul_key(&self, key: &str) -> Result<String, Failure>;

    /// The whole text of a secret in AWS Secrets Manager, at the stage `AWSCURRENT`.
    ///
    /// # Errors
    /// When AWS cannot be asked, refuses, or the secret is no text.
    fn aws_secret(&self, name: &str) -> Result<String, Failure>;
}

/// Adds the functions that ask what the scope says.
pub(super) fn functions(map: &mut FuncMap, scope: &Scope) {
    let Some(remote) = scope.remote.clone() else { return };
    let asked = remote.clone();
    add(map, "vault", 2, move |given| {
        let (path, key) = (string("vault", given, 0)?, string("vault", given, 1)?);
        asked.vault(path, key).map(text).map_err(|failure| failed("vault", failure))
    });
    let asked = remote.clone();
    add(map, "consul_key", 1, move |given| {
        asked
            .consul_key(string("consul_key", given, 0)?)
            .map(text)
            .map_err(|failure| failed("consul_key", failure))
    });
    let (name, asked) = ("aws_secretsmanager_raw", remote.clone());
    add(map, name, 1, move |given| {
        asked.aws_secret(string(name, given, 0)?).map(text).map_err(|failure| failed(name, failure))
    });
    let name = "aws_secretsmanager";
    map.insert(
        name.into(),
        std::sync::Arc::new(move |given| {
            if !(1..=2).contains(&given.len()) {
                return Err(fail(
                    name,
                    format!("wrong number of arguments: want 1 or 2, got {}", given.len()),
                ));
            }
            let secret = string(name, given, 0)?;
            let key = given.get(1).map(|_| string(name, given, 1)).transpose()?;
            let whole = remote.aws_secret(secret).map_err(|failure| failed(name, failure))?;
            part(secret, &whole, key).map(text).map_err(|failure| failed(name, failure))
        }),
    );
}

/// A function's failure; the hint stands in a line of its own, from where the problem takes it.
fn failed(name: &str, failure: Failure) -> TemplateError {
    let hint = failure.hint.map(|hint| format!("\n{hint}")).unwrap_or_default();
    fail(name, format!("{}{hint}", failure.message.replace('\n', " ")))
}

/// What of a secret is meant (Packer 1.6.6, `template/interpolate/aws/secretsmanager`): of a JSON object the entry `key`,
/// or its only one; any other text whole.
///
/// # Errors
/// When the secret has no such key, or several and none is named.
pub fn part(name: &str, whole: &str, key: Option<&str>) -> Result<String, Failure> {
    let Ok(Json::Object(entries)) = serde_json::from_str::<Json>(whole) else {
        return match key.filter(|key| !key.is_empty()) {
            None => Ok(whole.to_owned()),
            Some(key) => Err(Failure::new(format!("the secret '{name}' is one text and has no key '{key}'"))
                .hint("leave the key out")),
        };
    };
    let keys = || entries.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let value = match key.filter(|key| !key.is_empty()) {
        Some(key) => entries.get(key).ok_or_else(|| {
            Failure::new(format!("the secret '{name}' has no key '{key}'"))
                .hint(format!("it has: {}", keys()))
        })?,
        None if entries.len() == 1 => entries.values().next().unwrap_or(&Json::Null),
        None => {
            return Err(Failure::new(format!(
                "the secret '{name}' has {} keys, and none is named",
                entries.len()
            ))
            .hint(format!("it has: {}", keys())));
        }
    };
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        _ => Err(Failure::new(format!("the secret '{name}' has no text at this key"))),
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_part_of_a_secret_is_found_as_packer_finds_it() {
        let part = |whole, key| part("s", whole, key).map_err(|failure| failure.message);
        assert_eq!(part("plain", None), Ok("plain".into()));
        assert_eq!(part("[1]", None), Ok("[1]".into()));
        assert_eq!(part(r#"{"a": "x"}"#, None), Ok("x".into()));
        assert_eq!(part(r#"{"a": "x", "b": 2}"#, Some("b")), Ok("2".into()));
        assert_eq!(part("plain", Some("a")), Err("the secret 's' is one text and has no key 'a'".into()));
        assert_eq!(part(r#"{"a": "x"}"#, Some("b")), Err("the secret 's' has no key 'b'".into()));
        assert_eq!(
            part(r#"{"a": "x", "b": "y"}"#, None),
            Err("the secret 's' has 2 keys, and none is named".into())
        );
        assert_eq!(part(r#"{"a": {}}"#, None), Err("the secret 's' has no text at this key".into()));
    }
}
