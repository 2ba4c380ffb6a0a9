//! Values that are secret by what they are: passwords and keys in options, and passwords in URLs.

use record::mask::Masker;
use serde_json::Value;

/// Adds to the masker what is secret in values.
pub(super) fn note(values: &[Value], masker: &Masker) {
    let mut secrets = Vec::new();
    for value in values {
        gather(value, &mut secrets);
    }
    masker.add_all(secrets);
}

fn gather<'v>(value: &'v Value, secrets: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => secrets.extend(passwords(text)),
        Value::Array(items) => {
            for item in items {
                gather(item, secrets);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if is_secret(name) => secrets.push(text),
                    value => gather(value, secrets),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether an option of that name holds a secret.
fn is_secret(name: &str) -> bool {
    name.ends_with("password") || matches!(name, "secret_key" | "token" | "mfa_code" | "access_token")
}

/// Passwords in the URLs of a text: `https://user:password@host/`.
fn passwords(text: &str) -> impl Iterator<Item = &str> {
    text.split("://").skip(1).filter_map(|rest| {
        let end = rest.find(['/', ' ', '"', '\'', '\n']).unwrap_or(rest.len());
        let (user, _) = rest[..end].rsplit_once('@')?;
        Some(user.split_once(':')?.1)
    })
}

#[cfg(test)]
mod tests {
    use super::note;
    use record::mask::Masker;
    use serde_json::json;

    #[test]
    fn passwords_are_found_wherever_they_stand() {
        let value = json!({
            "ssh_password": "first-secret",
            "steps": [{"iso_urls": ["https://me:second-secret@host/a.iso"], "vnc_disable_password": true}],
            "inline": ["curl http://host/x@y https://a:third-secret@b"],
        });
        let masker = Masker::default();
        note(std::slice::from_ref(&value), &masker);
        let masked = masker.mask(&value.to_string());
        assert!(!masked.contains("-secret"), "{masked}");
        assert!(masked.contains("x@y"), "{masked}");
    }
}
