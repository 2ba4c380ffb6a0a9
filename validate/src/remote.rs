//! The services that variables get their values from: Vault and Consul over HTTP, AWS through the tool that knows it.

use crate::platform::Aws;
use record::Failure;
use secrets::{Consul, Vault};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use template::engine::Remote;
use template::options::data_source::amazon::AmazonSecretsManager;
use template::options::{Component, OptionSet};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Question {
    Vault(String, String),
    Consul(String),
    Aws(String),
}

/// Asks each thing once, when it is first wanted.
#[derive(Debug, Default)]
pub(crate) struct Services {
    aws: Aws,
    known: Mutex<HashMap<Question, Result<String, Failure>>>,
}

impl Services {
    /// Services of which AWS is asked through `aws`.
    pub(crate) fn new(aws: Aws) -> Self {
        Self { aws, known: Mutex::default() }
    }

    /// The whole text of a secret.
    fn secret(&self, name: &str) -> Result<String, Failure> {
        let mut asked = AmazonSecretsManager::default();
        asked.secret.name = name.to_owned();
        asked.secret.version_stage = "AWSCURRENT".to_owned();
        let answer = self.aws.ask(AmazonSecretsManager::TYPE, &asked.encode())?;
        match answer.value.get("secret_string").and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Failure::new(format!("the secret '{name}' is binary"))
                .hint("a template's variable holds text")),
        }
    }

    fn ask(
        &self,
        question: Question,
        ask: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<String, Failure> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(question).or_insert_with(ask).clone()
    }
}

impl Remote for Services {
    fn vault(&self, path: &str, key: &str) -> Result<String, Failure> {
        let question = Question::Vault(path.to_owned(), key.to_owned());
        self.ask(question, || Vault::from_environment()?.value(path, key))
    }

    fn consul_key(&self, key: &str) -> Result<String, Failure> {
        self.ask(Question::Consul(key.to_owned()), || Consul::from_environment()?.value(key))
    }

    fn aws_secret(&self, name: &str) -> Result<String, Failure> {
        self.ask(Question::Aws(name.to_owned()), || self.secret(name))
    }
}
