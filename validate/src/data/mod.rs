//! Data sources of HCL2: asked here, or through the tool that knows the platform.

mod http;
mod ssh_key;

use crate::platform::Aws;
use record::Failure;
use serde_json::{Map, Value, json};
use template::hcl2::{Answer, Ask};
use template::options::data_source::amazon::{AmazonAmi, AmazonParameterStore, AmazonSecretsManager};
use template::options::data_source::http::Http;
use template::options::data_source::null::Null;
use template::options::data_source::ssh_key::SshKey;
use template::options::{Component, read};

/// Asks for data, or leaves placeholders.
pub(crate) struct Data {
    /// Whether nothing is asked.
    pub(crate) placeholders: bool,
    pub(crate) aws: Aws,
}

impl Ask for Data {
    fn ask(&self, kind: &str, options: &Map<String, Value>) -> Result<Option<Answer>, Failure> {
        if kind == Null::TYPE {
            let options: Null = read(options)?;
            return Ok(Some(open(json!({ "output": options.input.input }))));
        }
        if self.placeholders {
            return Ok(None);
        }
        let answer = match kind {
            AmazonAmi::TYPE | AmazonParameterStore::TYPE | AmazonSecretsManager::TYPE => {
                self.aws.ask(kind, options)?
            }
            Http::TYPE => open(http::get(&read::<Http>(options)?.request)?),
            SshKey::TYPE => open(ssh_key::get(&read::<SshKey>(options)?.key)?),
            _ => {
                return Err(Failure::new(format!("this version cannot ask '{kind}'")).hint(
                    "--no-data leaves placeholders, so that the rest is checked; for a build, give the value as a variable",
                ));
            }
        };
        Ok(Some(answer))
    }
}

/// An answer without secrets.
fn open(value: Value) -> Answer {
    let value = if let Value::Object(value) = value { value } else { Map::new() };
    Answer { value, secrets: Vec::new() }
}
