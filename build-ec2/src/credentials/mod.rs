//! Where the credentials come from: the options, Vault, else what all AWS tools use; then, maybe, a code of an MFA device;
//! then, maybe, a role.

mod mfa;
mod role;
mod session;
mod vault;

use crate::http;
use aws_config::SdkConfig;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_ec2::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::http::http_client_fn;
use record::Failure;
use std::time::Duration;
use template::options::builder::amazon_ebs::Access;

/// Settles region, credentials and endpoints.
///
/// # Errors
/// When no region is known, or Vault, the MFA device or TLS fail.
pub async fn load(access: &Access) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(
        TimeoutConfig::builder()
            .connect_timeout(http::CONNECT)
            .operation_attempt_timeout(Duration::from_secs(60))
            .build(),
    );
    if access.insecure_skip_tls_verify {
        let connector = http::trusting()?;
        loader = loader.http_client(http_client_fn(move |_, _| connector.clone()));
    }
    if !access.region.is_empty() {
        loader = loader.region(Region::new(access.region.clone()));
    }
    if !access.profile.is_empty() {
        loader = loader.profile_name(&access.profile);
    }
    let mut config = with_credentials(loader, access).load().await;
    if config.region().is_none() {
        return Err(Failure::new("no region is given")
            .hint("set region in the template, AWS_REGION, or a region in the AWS profile"));
    }
    if !access.vault_aws_engine.name.is_empty() {
        config = with(&config, vault::credentials(&config, access).await?);
    }
    if !access.mfa_code.is_empty() {
        config = mfa::authenticate(config, access).await?;
    }
    Ok(if access.assume_role.role_arn.is_empty() {
        config
    } else {
        role::assume(&config, &access.assume_role)
    })
}

/// The same way to AWS with other credentials.
fn with(config: &SdkConfig, credentials: Credentials) -> SdkConfig {
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// The shared files, where the template names one of its own.
fn files(access: &Access) -> Option<EnvConfigFiles> {
    (!access.shared_credentials_file.is_empty()).then(|| {
        EnvConfigFiles::builder()
            .include_default_config_file(true)
            .with_file(EnvConfigFileKind::Credentials, &access.shared_credentials_file)
            .build()
    })
}

fn with_credentials(loader: ConfigLoader, access: &Access) -> ConfigLoader {
    if !access.access_key.is_empty() {
        let token = Some(&access.token).filter(|token| !token.is_empty()).cloned();
        return loader.credentials_provider(Credentials::new(
            &access.access_key,
            &access.secret_key,
            token,
            None,
            "template",
        ));
    }
    let files = files(access);
    let loader = match &files {
        Some(files) => loader.profile_files(files.clone()),
        None => loader,
    };
    if !access.skip_metadata_api_check {
        return loader;
    }
    let mut profile = ProfileFileCredentialsProvider::builder();
    if let Some(files) = files {
        profile = profile.profile_files(files);
    }
    if !access.profile.is_empty() {
        profile = profile.profile_name(&access.profile);
    }
    let chain = CredentialsProviderChain::first_try(
        "Environment",
        aws_config::environment::EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("Profile", profile.build())
    .or_else(
        "WebIdentity",
        aws_config::web_identity_token::WebIdentityTokenCredentialsProvider::builder().build(),
    )
    .or_else("Container", aws_config::ecs::EcsCredentialsProvider::builder().build());
    loader.credentials_provider(chain)
}
