//! Clients of AWS's services, shared by all builds of a process that reach AWS the same way.

use crate::json_call::{self, JsonClient};
use crate::{credentials, http};
use aws_config::{Region, SdkConfig};
use aws_sdk_ec2::config::retry::RetryConfig;
use record::Failure;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use template::options::builder::amazon_ebs::{Access, AwsPolling};
use tokio::sync::OnceCell;

/// Where the clients of a process are kept.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    known: Arc<Mutex<HashMap<String, Arc<OnceCell<Clients>>>>>,
}

impl Pool {
    /// The clients for these options; made when they are first asked for.
    ///
    /// # Errors
    /// See [`credentials::load`].
    pub async fn clients(&self, access: &Access) -> Result<Clients, Failure> {
        // How long to wait is no matter of how AWS is reached.
        let access = Access { aws_polling: AwsPolling::default(), ..access.clone() };
        let key = serde_json::to_string(&access).unwrap_or_default();
        let cell = self.known.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        let clients = cell.get_or_try_init(async || {
            let config = credentials::load(&access).await?;
            Ok::<_, Failure>(Clients::new(config, &access))
        });
        clients.await.cloned()
    }
}

/// Clients that share credentials and connections.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    endpoint: Option<String>,
    /// Whether any certificate is taken.
    insecure: bool,
    regions: Arc<Mutex<HashMap<String, aws_sdk_ec2::Client>>>,
}

impl Clients {
    /// Clients of a configuration; `custom_endpoint_ec2` serves every region.
    pub fn new(config: SdkConfig, access: &Access) -> Self {
        // `call` retries.
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        let endpoint = Some(access.custom_endpoint_ec2.clone()).filter(|endpoint| !endpoint.is_empty());
        Self { config, endpoint, insecure: access.insecure_skip_tls_verify, regions: Arc::default() }
    }

    /// The region that the configuration names.
    pub fn region(&self) -> String {
        self.config.region().map(ToString::to_string).unwrap_or_default()
    }

    /// EC2 in a region.
    pub fn ec2(&self, region: &str) -> aws_sdk_ec2::Client {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let client = regions.entry(region.to_owned()).or_insert_with(|| {
            let mut config =
                aws_sdk_ec2::config::Builder::from(&self.config).region(Region::new(region.to_owned()));
            if let Some(endpoint) = &self.endpoint {
                config = config.endpoint_url(endpoint);
            }
            aws_sdk_ec2::Client::from_conf(config.build())
        });
        client.clone()
    }

    /// IAM.
    pub fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config)
    }

    /// Secrets Manager.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        aws_sdk_secretsmanager::Client::new(&self.config)
    }

    /// Systems Manager in a region.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn ssm(&self, region: &str) -> Result<JsonClient, Failure> {
        self.json(json_call::SSM, region)
    }

    /// EC2 Instance Connect in a region.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn instance_connect(&self, region: &str) -> Result<JsonClient, Failure> {
        self.json(json_call::INSTANCE_CONNECT, region)
    }

    fn json(&self, service: json_call::Service, region: &str) -> Result<JsonClient, Failure> {
        let connector = if self.insecure { http::trusting() } else { http::checking(&self.config) };
        Ok(JsonClient::new(service, region, &self.config, connector?))
    }

    /// STS.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }
}
