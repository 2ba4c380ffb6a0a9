//! A code of an MFA device: the credentials are exchanged for a session that counts as authenticated with it.
//!
//! No option names the device; it is the `mfa_serial` of the profile, as for AWS's own tools. The session comes from
//! GetSessionToken, so that it outlives a role's: a code works once, and a role may have to be assumed again.

use super::session::{self, Session, now};
use super::{files, role, with};
use aws_config::SdkConfig;
use aws_config::profile::{Profile, ProfileFileCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_sdk_ec2::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::os_shim_internal::{Env, Fs};
use record::Failure;
use template::options::builder::amazon_ebs::{Access, AssumeRole};

/// How long a session lasts, in seconds: AWS's own default for users.
const LENGTH: i32 = 43200;

/// Exchanges the credentials; a role of the profile is assumed with those that come of it.
///
/// # Errors
/// When no device is known, there are no credentials, or AWS refuses the code.
pub(super) async fn authenticate(config: SdkConfig, access: &Access) -> Result<SdkConfig, Failure> {
    let profile = Chosen::find(access).await?;
    let base = match &profile.source {
        Some(source) => {
            let provider = ProfileFileCredentialsProvider::builder()
                .profile_files(profile.files.clone())
                .profile_name(source);
            config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider.build())).build()
        }
        None => config,
    };
    let session = session(&base, &profile.serial, &access.mfa_code).await?;
    let config = with(&base, session.credentials("mfa_code"));
    Ok(if profile.role.role_arn.is_empty() { config } else { role::assume(&config, &profile.role) })
}

async fn session(config: &SdkConfig, serial: &str, code: &str) -> Result<Session, Failure> {
    let credentials = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await,
        None => return Err(Failure::new("mfa_code: there are no credentials")),
    };
    let credentials =
        credentials.map_err(|error| Failure::from_error("mfa_code: there are no credentials", &error))?;
    session::kept(&["mfa", credentials.access_key_id(), serial, code], async || {
        let client = aws_sdk_sts::Client::new(config);
        let request =
            client.get_session_token().serial_number(serial).token_code(code).duration_seconds(LENGTH);
        let answer = Box::pin(request.send()).await.map_err(|error| {
            let error = crate::ApiError::of("GetSessionToken", &error);
            Failure::from(error).context("mfa_code").hint("a code works once, and for half a minute")
        })?;
        let got = answer.credentials.ok_or_else(|| Failure::new("GetSessionToken gave no credentials"))?;
        Ok(Session {
            access_key: got.access_key_id,
            secret_key: got.secret_access_key,
            token: Some(got.session_token),
            begin: now(),
            end: u64::try_from(got.expiration.secs()).unwrap_or_default(),
        })
    })
    .await
}

/// What the profile says of the device, and of the role behind it.
struct Chosen {
    files: EnvConfigFiles,
    serial: String,
    /// The profile that has the credentials, where this one has a role.
    source: Option<String>,
    role: AssumeRole,
}

impl Chosen {
    async fn find(access: &Access) -> Result<Self, Failure> {
        let files = files(access).unwrap_or_default();
        let name = Some(access.profile.clone()).filter(|name| !name.is_empty());
        let (disk, environment) = (Fs::real(), Env::real());
        let profiles = aws_config::profile::load(&disk, &environment, &files, name.map(Into::into)).await;
        let profiles =
            profiles.map_err(|error| Failure::from_error("mfa_code: the profiles cannot be read", &error))?;
        let name = profiles.selected_profile();
        let profile = profiles.get_profile(name);
        let Some(serial) = profile.and_then(|profile| profile.get("mfa_serial")) else {
            return Err(Failure::new(format!("mfa_code: the profile '{name}' names no MFA device")).hint(
                "write 'mfa_serial = arn:aws:iam::ACCOUNT:mfa/NAME' under the profile in ~/.aws/config",
            ));
        };
        let role = profile.map(role_of).unwrap_or_default();
        let source =
            profile.filter(|_| !role.role_arn.is_empty()).and_then(|profile| profile.get("source_profile"));
        Ok(Self { serial: serial.to_owned(), source: source.map(str::to_owned), role, files })
    }
}

fn role_of(profile: &Profile) -> AssumeRole {
    let text = |key| profile.get(key).unwrap_or_default().to_owned();
    AssumeRole {
        role_arn: text("role_arn"),
        external_id: text("external_id"),
        session_name: text("role_session_name"),
        duration_seconds: text("duration_seconds").parse().unwrap_or_default(),
        ..AssumeRole::default()
    }
}
