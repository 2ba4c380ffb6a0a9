//! The data source `http`, which reads what a URL gives.

use crate::option_set;
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The methods that a request can have (Packer's own list).
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// What is sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Request {
    /// The URL. Its answer must be a text, and its status 2xx.
    pub url: String,
    /// The method: `DELETE`, `GET`, `HEAD`, `OPTIONS`, `PATCH`, `POST` or `PUT`. Default: `GET`.
    pub method: String,
    /// Headers of the request.
    pub request_headers: BTreeMap<String, String>,
    /// Body of the request.
    pub request_body: String,
}

option_set! {
    /// Options of `http`.
    pub struct Http {
        /// The request.
        pub request: Request,
    }
}

impl Component for Http {
    const TYPE: &'static str = "http";

    fn check(&mut self, check: &mut Check) {
        let Request { url, method, .. } = &mut self.request;
        if url.is_empty() {
            check.missing("url", "'url' is missing").hint("url = \"https://…\"");
        } else if !url.starts_with("http://") && !url.starts_with("https://") {
            check
                .error("url", format!("'{url}' is no URL of the web"))
                .hint("it begins with https:// or http://");
        }
        if method.is_empty() {
            *method = "GET".to_owned();
        } else if !METHODS.contains(&method.as_str()) {
            check
                .error("method", format!("there is no method '{method}' here"))
                .hint(format!("known: {}", METHODS.join(", ")));
        }
    }
}
