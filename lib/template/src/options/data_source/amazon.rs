//! Data sources that AWS answers (Packer's amazon plugin 1.8): images, parameters, secrets.

use crate::option_set;
use crate::options::builder::amazon_ebs::{Access, AmiFilter};
use crate::options::{Check, Component};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

option_set! {
    /// Options of `amazon-ami`, which finds an image.
    pub struct AmazonAmi {
        /// How to reach AWS.
        pub access: Access,
        /// Which image.
        pub filter: AmiFilter,
    }
}

impl Component for AmazonAmi {
    const TYPE: &'static str = "amazon-ami";

    fn check(&mut self, check: &mut Check) {
        self.access.check(check);
        if self.filter.filters.is_empty() {
            check
                .missing("filters", "'filters' is missing")
                .hint("filters = { name = \"debian-12-amd64-*\" }");
        }
        if self.filter.owners.is_empty() {
            check
                .missing("owners", "'owners' is missing: anybody can publish an image of that name")
                .hint("owners = [\"136693071363\"], or \"self\", \"amazon\", \"aws-marketplace\"");
        }
    }
}

/// A parameter in Systems Manager's Parameter Store.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Parameter {
    /// Name or ARN of the parameter, with `:VERSION` or `:LABEL` after it where another version than the newest is meant.
    pub name: String,
    /// Whether a parameter of the type SecureString is decrypted. Default: false.
    pub with_decryption: bool,
}

option_set! {
    /// Options of `amazon-parameterstore`, which reads a parameter.
    pub struct AmazonParameterStore {
        /// How to reach AWS.
        pub access: Access,
        /// Which parameter.
        pub parameter: Parameter,
    }
}

impl Component for AmazonParameterStore {
    const TYPE: &'static str = "amazon-parameterstore";

    fn check(&mut self, check: &mut Check) {
        self.access.check(check);
        if self.parameter.name.is_empty() {
            check.missing("name", "'name' is missing").hint("name the parameter: name = \"/web/version\"");
        }
    }
}

/// A secret in Secrets Manager.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Secret {
    /// Name or ARN of the secret.
    pub name: String,
    /// Which value is meant, where the secret is a JSON object with several.
    pub key: String,
    /// Id of the version that is read; goes before `version_stage`.
    pub version_id: String,
    /// Stage of the version that is read. Default: `AWSCURRENT`.
    pub version_stage: String,
}

option_set! {
    /// Options of `amazon-secretsmanager`, which reads a secret.
    pub struct AmazonSecretsManager {
        /// How to reach AWS.
        pub access: Access,
        /// Which secret.
        pub secret: Secret,
    }
}

impl Component for AmazonSecretsManager {
    const TYPE: &'static str = "amazon-secretsmanager";

    fn check(&mut self, check: &mut Check) {
        self.access.check(check);
        if self.secret.name.is_empty() {
            check.missing("name", "'name' is missing").hint("name the secret: name = \"web/password\"");
        }
        if self.secret.version_stage.is_empty() {
            self.secret.version_stage = "AWSCURRENT".to_owned();
        }
    }
}
