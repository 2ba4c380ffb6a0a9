//! Where the credentials come from: the options, else what all AWS tools use; then, maybe, a role.

use aws_config::SdkConfig;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_ec2::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::timeout::TimeoutConfig;
use record::Failure;
use std::time::Duration;
use template::options::builder::amazon_ebs::{Access, AssumeRole};

/// Settles region, credentials and endpoints.
///
/// # Errors
/// When an option cannot be served, or no region is known.
pub async fn load(access: &Access) -> Result<SdkConfig, Failure> {
    refuse_what_cannot_be(access)?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(10))
            .operation_attempt_timeout(Duration::from_secs(60))
            .build(),
    );
    if !access.region.is_empty() {
        loader = loader.region(Region::new(access.region.clone()));
    }
    if !access.profile.is_empty() {
        loader = loader.profile_name(&access.profile);
    }
    let config = with_credentials(loader, access).load().await;
    if config.region().is_none() {
        return Err(Failure::new("no region is given")
            .hint("set region in the template, AWS_REGION, or a region in the AWS profile"));
    }
    Ok(if access.assume_role.role_arn.is_empty() { config } else { assume(&config, &access.assume_role) })
}

fn refuse_what_cannot_be(access: &Access) -> Result<(), Failure> {
    if access.insecure_skip_tls_verify {
        return Err(Failure::new("insecure_skip_tls_verify is not possible with the AWS SDK for Rust").hint(
            "put the endpoint's certificate into a PEM file and name it in the environment variable SSL_CERT_FILE",
        ));
    }
    if !access.vault_aws_engine.name.is_empty() {
        return Err(Failure::new("vault_aws_engine is not supported yet")
            .hint("run the pipeline under 'vault' tooling that sets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"));
    }
    if !access.mfa_code.is_empty() {
        return Err(Failure::new("mfa_code needs the serial number of the device, which no option gives")
            .hint("get a session first: 'aws sts get-session-token --serial-number … --token-code …'"));
    }
    Ok(())
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
    let files = (!access.shared_credentials_file.is_empty()).then(|| {
        EnvConfigFiles::builder()
            .include_default_config_file(true)
            .with_file(EnvConfigFileKind::Credentials, &access.shared_credentials_file)
            .build()
    });
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

fn assume(config: &SdkConfig, role: &AssumeRole) -> SdkConfig {
    let provider = AssumedRole { client: aws_sdk_sts::Client::new(config), role: role.clone() };
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// Credentials of an assumed role; the SDK's own provider knows no transitive tags.
#[derive(Debug)]
struct AssumedRole {
    client: aws_sdk_sts::Client,
    role: AssumeRole,
}

impl AssumedRole {
    async fn assume(&self) -> aws_credential_types::provider::Result {
        use aws_sdk_sts::types::{PolicyDescriptorType, Tag};
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut request = self
            .client
            .assume_role()
            .role_arn(&self.role.role_arn)
            .role_session_name(some(&self.role.session_name).unwrap_or_else(|| String::from("kiln")))
            .set_external_id(some(&self.role.external_id))
            .set_policy(some(&self.role.policy))
            .set_duration_seconds(Some(self.role.duration_seconds).filter(|seconds| *seconds > 0));
        for arn in &self.role.policy_arns {
            request = request.policy_arns(PolicyDescriptorType::builder().arn(arn).build());
        }
        for (key, value) in &self.role.tags {
            request = request.tags(
                Tag::builder().key(key).value(value).build().map_err(CredentialsError::provider_error)?,
            );
        }
        for key in &self.role.transitive_tag_keys {
            request = request.transitive_tag_keys(key);
        }
        let answer = request.send().await.map_err(CredentialsError::provider_error)?;
        let got = answer
            .credentials
            .ok_or_else(|| CredentialsError::provider_error("AssumeRole gave no credentials"))?;
        let expiry =
            std::time::SystemTime::try_from(got.expiration).map_err(CredentialsError::provider_error)?;
        Ok(Credentials::new(
            got.access_key_id,
            got.secret_access_key,
            Some(got.session_token),
            Some(expiry),
            "assume_role",
        ))
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        aws_credential_types::provider::future::ProvideCredentials::new(self.assume())
    }
}
