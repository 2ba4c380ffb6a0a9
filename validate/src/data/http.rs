//! The data source `http`.

use record::Failure;
use serde_json::{Map, Value, json};
use std::time::Duration;
use template::options::data_source::http::Request;
use ureq::Agent;
use ureq::http::{self, HeaderMap};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(60);
/// Most bytes of an answer: what is longer belongs into no template.
const MOST: u64 = 64 << 20;

/// Sends the request, and gives `url`, `body`, and the answer's headers, which Packer calls `request_headers`.
pub(super) fn get(request: &Request) -> Result<Value, Failure> {
    let shown = shown(&request.url);
    let failed = |why: String| {
        Failure::new(format!("{} {shown}: {why}", request.method))
            .hint("the URL must answer with status 2xx and a text")
    };
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .timeout_global(Some(LIMIT))
        .build()
        .into();
    let mut asked = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.request_headers {
        asked = asked.header(name, value);
    }
    let explain = |error: ureq::Error| failed(record::failure::chain(&error));
    let answer = if request.request_body.is_empty() {
        agent.run(asked.body(()).map_err(|error| failed(error.to_string()))?)
    } else {
        agent.run(asked.body(request.request_body.as_str()).map_err(|error| failed(error.to_string()))?)
    };
    let mut answer = answer.map_err(explain)?;
    if !answer.status().is_success() {
        return Err(failed(format!("the answer is HTTP {}", answer.status())));
    }
    let bytes = answer.body_mut().with_config().limit(MOST).read_to_vec().map_err(explain)?;
    let body = String::from_utf8(bytes).map_err(|_| failed("the answer is no UTF-8 text".to_owned()))?;
    let headers = headers(answer.headers());
    Ok(json!({ "url": request.url, "body": body, "request_headers": headers, "response_headers": headers }))
}

/// Headers as Go names them; those of one name are one, joined by commas (RFC 9110, 5.2).
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let mut joined = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        joined.insert(canonical(name.as_str()), values.join(", ").into());
    }
    joined
}

/// `content-type` is `Content-Type` in Go.
fn canonical(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_uppercase() + rest
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// A URL without the user and the password that may stand in it.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..host].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
