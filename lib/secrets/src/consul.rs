//! Consul's key-value store (<https://developer.hashicorp.com/consul/api-docs/kv>).

use crate::http::{Service, Trust, says, variable};
use crate::vault::PATH;
use percent_encoding::utf8_percent_encode;
use record::Failure;

/// Consul, as `CONSUL_HTTP_ADDR`, `CONSUL_HTTP_SSL`, `CONSUL_HTTP_TOKEN`, `CONSUL_HTTP_TOKEN_FILE`, `CONSUL_NAMESPACE`,
/// `CONSUL_CACERT` and `CONSUL_HTTP_SSL_VERIFY` say.
#[derive(Debug)]
pub struct Consul {
    service: Service,
}

impl Consul {
    /// Finds Consul; asks nothing yet.
    ///
    /// # Errors
    /// When its address cannot be used, or a file that the environment names cannot be read.
    pub fn from_environment() -> Result<Self, Failure> {
        let address = variable("CONSUL_HTTP_ADDR").unwrap_or_else(|| String::from("127.0.0.1:8500"));
        if address.starts_with("unix://") {
            return Err(Failure::new(format!(
                "CONSUL_HTTP_ADDR={address}: sockets of this computer are not supported"
            ))
            .hint("name Consul's HTTP address, such as 127.0.0.1:8500"));
        }
        let address = match address.contains("://") {
            true => address,
            false if says("CONSUL_HTTP_SSL") == Some(true) => format!("https://{address}"),
            false => format!("http://{address}"),
        };
        let mut headers = Vec::new();
        headers.extend(token()?.map(|token| ("X-Consul-Token", token)));
        headers.extend(variable("CONSUL_NAMESPACE").map(|name| ("X-Consul-Namespace", name)));
        let trust = Trust {
            authorities: variable("CONSUL_CACERT"),
            any: says("CONSUL_HTTP_SSL_VERIFY") == Some(false),
        };
        Ok(Self { service: Service::new("Consul", &address, headers, &trust)? })
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When Consul cannot be asked, refuses, has no such key, or its value is empty.
    pub fn value(&self, key: &str) -> Result<String, Failure> {
        let path = format!("/v1/kv/{}?raw", utf8_percent_encode(key.trim_start_matches('/'), PATH));
        match self.service.ask(&path, None)? {
            (200, text) if text.is_empty() => Err(Failure::new(format!("Consul's key '{key}' is empty"))),
            (200, text) => Ok(text),
            (404, _) => Err(Failure::new(format!("Consul has no key '{key}'"))),
            (status, said) => Err(self.service.refused(&format!("'{key}'"), status, said.trim())),
        }
    }
}

fn token() -> Result<Option<String>, Failure> {
    if let Some(token) = variable("CONSUL_HTTP_TOKEN") {
        return Ok(Some(token));
    }
    let Some(path) = variable("CONSUL_HTTP_TOKEN_FILE") else { return Ok(None) };
    let token = std::fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("CONSUL_HTTP_TOKEN_FILE={path}: {error}")))?;
    Ok(Some(token.trim().to_owned()))
}
