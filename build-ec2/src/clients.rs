//! Clients of AWS's services, shared by all builds of a process that reach AWS the same way.

use crate::credentials;
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
            Ok::<_, Failure>(Clients::new(config, &access.custom_endpoint_ec2))
        });
        clients.await.cloned()
    }
}

/// Clients that share credentials and connections.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    endpoint: Option<String>,
    regions: Arc<Mutex<HashMap<String, aws_sdk_ec2::Client>>>,
}

impl Clients {
    /// Clients of a configuration; `endpoint` is the option `custom_endpoint_ec2`, and serves every region.
    pub fn new(config: SdkConfig, endpoint: &str) -> Self {
        // `call` retries.
        let config = config.to_builder().retry_config(RetryConfig::disabled()).build();
        let endpoint = Some(endpoint.to_owned()).filter(|endpoint| !endpoint.is_empty());
        Self { config, endpoint, regions: Arc::default() }
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

    /// STS.
    pub fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }
}
