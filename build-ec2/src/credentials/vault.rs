//! Credentials that HashiCorp Vault gives out: its secrets engine for AWS.

use super::session::{self, Session, now};
use super::with;
use crate::call::ApiError;
use crate::clients::Clients;
use aws_config::SdkConfig;
use aws_sdk_ec2::config::Credentials;
use record::Failure;
use secrets::{Lease, Vault};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use template::options::builder::amazon_ebs::{Access, VaultAwsEngine};

/// The option, as messages name it.
const NAME: &str = "vault_aws_engine";

/// How long AWS may take to know a user that Vault has just made.
const SETTLE: Duration = Duration::from_secs(60);

/// Asks Vault: without an ARN it reads `ENGINE/creds/NAME`, with one it writes to `ENGINE/sts/NAME` (Packer's amazon plugin
/// 1.8).
///
/// # Errors
/// When Vault cannot be asked, refuses, or gives no credentials.
pub(super) async fn credentials(config: &SdkConfig, access: &Access) -> Result<Credentials, Failure> {
    let options = access.vault_aws_engine.clone();
    let address = std::env::var("VAULT_ADDR").unwrap_or_default();
    let parts = [&options.engine_name, &options.name, &options.role_arn, &options.ttl].map(String::clone);
    let mut question = vec!["vault", address.as_str()];
    question.extend(parts.iter().map(String::as_str));
    let session = session::kept(&question, async || {
        let asking = tokio::task::spawn_blocking(move || ask(&options));
        let asked = asking.await.map_err(|error| Failure::from_error("Vault was not asked", &error))?;
        let session = asked?;
        if session.token.is_none() {
            settle(&with(config, session.credentials(NAME)), access).await;
        }
        Ok(session)
    });
    Ok(session.await.map_err(|failure| failure.context(NAME))?.credentials(NAME))
}

/// Waits until EC2 knows a new user. Where it never does, the next call says so.
async fn settle(config: &SdkConfig, access: &Access) {
    let client = Clients::new(config.clone(), access);
    let client = client.ec2(&client.region());
    let begun = Instant::now();
    loop {
        let unknown = match Box::pin(client.describe_regions().send()).await {
            Ok(_) => false,
            Err(error) => {
                let error = ApiError::of("DescribeRegions", &error);
                ["AuthFailure", "InvalidClientTokenId"].iter().any(|code| error.is(code))
            }
        };
        if !unknown || begun.elapsed() > SETTLE {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn ask(options: &VaultAwsEngine) -> Result<Session, Failure> {
    let vault = Vault::from_environment()?;
    let engine = match options.engine_name.as_str() {
        "" => "aws",
        name => name,
    };
    let lease = if options.role_arn.is_empty() {
        vault.read(&format!("{engine}/creds/{}", options.name))?
    } else {
        let mut body = Map::from_iter([("role_arn".to_owned(), json!(options.role_arn))]);
        if !options.ttl.is_empty() {
            body.insert("ttl".into(), json!(options.ttl));
        }
        vault.write(&format!("{engine}/sts/{}", options.name), &Value::Object(body))?
    };
    let Lease { data, seconds } = lease;
    let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
    let (Some(access_key), Some(secret_key)) = (text("access_key"), text("secret_key")) else {
        return Err(Failure::new(format!("Vault's answer for '{}' holds no AWS credentials", options.name))
            .hint("engine_name must name a secrets engine of the type aws"));
    };
    let end = if seconds == 0 { 0 } else { now() + seconds };
    Ok(Session { access_key, secret_key, token: text("security_token"), begin: now(), end })
}
