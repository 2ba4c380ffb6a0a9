//! One request and its answer.

use record::Failure;
use std::path::Path;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// How long an answer may take: services answer in milliseconds, but a proxy may have to wake one.
const LIMIT: Duration = Duration::from_secs(60);
/// Most bytes of an answer (Consul stores 512 KiB at a key, Vault 1 MiB).
const MOST: u64 = 4 << 20;

/// A service behind an HTTP API.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its name, as people call it.
    pub(crate) name: &'static str,
    address: String,
    headers: Vec<(&'static str, String)>,
    agent: Agent,
}

/// How the service's certificate is checked.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    /// PEM file with the authorities to trust instead of the usual ones.
    pub(crate) authorities: Option<String>,
    /// Whether any certificate will do.
    pub(crate) any: bool,
}

impl Service {
    /// A service at `address`, such as `https://vault:8200`; each request carries `headers`.
    pub(crate) fn new(
        name: &'static str,
        address: &str,
        headers: Vec<(&'static str, String)>,
        trust: &Trust,
    ) -> Result<Self, Failure> {
        let mut tls = TlsConfig::builder().disable_verification(trust.any);
        if let Some(path) = &trust.authorities {
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates(name, Path::new(path))?));
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(LIMIT))
            .tls_config(tls.build())
            .build();
        Ok(Self { name, address: address.trim_end_matches('/').to_owned(), headers, agent: agent.into() })
    }

    /// Sends a request (`GET`, or `PUT` with a body) and gives status and body.
    pub(crate) fn ask(&self, path: &str, body: Option<&str>) -> Result<(u16, String), Failure> {
        let url = format!("{}{path}", self.address);
        let answer = match body {
            None => with(self.agent.get(&url), &self.headers).call(),
            Some(body) => with(self.agent.put(&url), &self.headers).send(body),
        };
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(MOST).read_to_string();
        Ok((status, text.map_err(|error| self.unreachable(&error))?))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        Failure::from_error(format!("{} at {} cannot be asked", self.name, self.address), error)
    }

    /// The failure of a request that the service has refused.
    pub(crate) fn refused(&self, what: &str, status: u16, said: &str) -> Failure {
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        Failure::new(format!("{} at {} refuses {what} (HTTP {status}){said}", self.name, self.address))
    }
}

fn with<Body>(
    request: ureq::RequestBuilder<Body>,
    headers: &[(&'static str, String)],
) -> ureq::RequestBuilder<Body> {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

fn certificates(name: &str, path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let wrong =
        |why: String| Failure::new(format!("the certificates for {name} in {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(wrong(String::from("there is none")));
    }
    Ok(certificates)
}

/// An environment variable's value, where it is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether an environment variable says yes, as Go's `strconv.ParseBool` reads it.
pub(crate) fn says(name: &str) -> Option<bool> {
    match variable(name)?.as_str() {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}
