//! A role that is assumed.

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ec2::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use template::options::builder::amazon_ebs::AssumeRole;

/// The same way to AWS as somebody else.
pub(super) fn assume(config: &SdkConfig, role: &AssumeRole) -> SdkConfig {
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
