//! What every step of a build holds.

use crate::call::{self, ApiError, Patience};
use crate::clients::{Clients, Pool};
use crate::reach::Reach;
use crate::resources::{Resource, Resources};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use record::wait::Wait;
use record::{Build, Failure, Record};
use serde_json::{Map, Value};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use template::Late;
use template::options::builder::amazon_ebs::{AmazonEbs, AwsPolling};
use tokio_util::sync::CancellationToken;

/// How long something that exists may stay out of AWS's lists.
pub const SHOWS: Duration = Duration::from_secs(15);

/// Where the machine's state keeps the tags of the image that it was started from: `{{.SourceAMITags.KEY}}` for the process that captures it.
pub const SOURCE_TAGS: &str = "source_ami_tags";

/// What every step of a build holds: the build, its options, the way to AWS, and what it has created.
#[derive(Debug, Clone)]
pub struct Context {
    /// Says, logs, and knows when to stop.
    pub build: Build,
    /// The builder's options.
    pub options: Arc<AmazonEbs>,
    /// How the machine is to be reached.
    pub reach: Arc<Reach>,
    /// The region in which the machine runs.
    pub region: String,
    /// The way to AWS.
    pub clients: Clients,
    /// What the build has created.
    pub resources: Arc<Resources>,
    late: Arc<RwLock<Late>>,
    patience: Patience,
}

impl Context {
    /// Reads a record's options and finds the way to AWS; calls nothing.
    ///
    /// # Errors
    /// When an option is not of its type, or no region is known.
    pub async fn open(record: &Record, build: &Build, pool: &Pool) -> Result<Self, Failure> {
        let object = record.builder()?;
        let options: AmazonEbs = template::options::read(&object)?;
        hide_secrets(build, &options);
        let reach = Reach::of(&options.communicator);
        let clients = pool.clients(&options.access).await?;
        let mut late = Late::of(record)?;
        let region = clients.region();
        late.set("BuildRegion", region.as_str());
        let state = record.machine()?.map(|machine| machine.state).unwrap_or_default();
        if let Some(tags) = state.get(SOURCE_TAGS) {
            late.set("SourceAMITags", tags.clone());
        }
        let resources = Resources::open(build.folder(), noted(&state)?);
        Ok(Self {
            build: build.clone(),
            patience: Patience::retries(options.access.max_retries),
            options: Arc::new(options),
            reach: Arc::new(reach),
            region,
            clients,
            resources: Arc::new(resources),
            late: Arc::new(RwLock::new(late)),
        })
    }

    /// The same for clean-up: goes on although the build was stopped, for `limit`, and is more patient with AWS.
    #[must_use]
    pub fn for_cleanup(&self, limit: Duration) -> Self {
        let patience = Patience { tries: self.patience.tries.max(20), ..self.patience };
        Self { build: self.build.for_cleanup(limit), patience, ..self.clone() }
    }

    /// The same with another reason to stop.
    #[must_use]
    pub fn with_stop(&self, stop: &CancellationToken) -> Self {
        Self { build: self.build.with_stop(stop.clone()), ..self.clone() }
    }

    /// Looks again, for a while, for something that AWS says exists but that may not show yet.
    ///
    /// # Errors
    /// The look's own.
    pub async fn shown<T, F>(&self, look: impl Fn() -> F) -> Result<Option<T>, Failure>
    where
        F: Future<Output = Result<Option<T>, Failure>>,
    {
        let begun = Instant::now();
        loop {
            let found = look().await?;
            if found.is_some() || begun.elapsed() > SHOWS || self.build.is_cancelled() {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// EC2 in the build's region.
    pub fn ec2(&self) -> aws_sdk_ec2::Client {
        self.clients.ec2(&self.region)
    }

    /// Name of the build's temporary things.
    pub fn name(&self) -> String {
        format!("kiln_{}", self.build.id())
    }

    /// A client token: the same for every try of one creating call (EC2: up to 64 ASCII characters).
    pub fn token(&self, part: &str) -> String {
        let token = format!("{}-{part}", self.build.id());
        token.chars().take(64).collect()
    }

    /// What late templates see.
    pub fn late(&self) -> Late {
        self.late.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets a variable of late templates.
    pub fn set_late(&self, name: &str, value: impl Into<Value>) {
        self.late.write().unwrap_or_else(PoisonError::into_inner).set(name, value);
    }

    /// Calls AWS and tries again while the service is at fault: `context.call("DescribeVpcs", || client.describe_vpcs().send())`.
    ///
    /// # Errors
    /// What AWS said last; `?` turns it into a failure with its explanation.
    pub async fn call<T, E, F>(&self, name: &'static str, attempt: impl Fn() -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        call::call(&self.build, self.patience, name, attempt).await
    }

    /// The same for a call that names a thing just created: "not found" is tried again for a while.
    ///
    /// # Errors
    /// What AWS said last.
    pub async fn call_settling<T, E, F>(
        &self,
        name: &'static str,
        attempt: impl Fn() -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        call::call(&self.build, self.patience.settling(), name, attempt).await
    }

    /// How long the template lets waits last, where it says so.
    pub fn limit(&self) -> Option<Duration> {
        polling_limit(&self.options.access.aws_polling)
    }

    /// A wait for something of AWS's: for as long as the template says, else for `default`.
    pub fn wait(&self, what: impl Into<String>, default: Duration) -> Wait {
        Wait::new(what, self.limit().unwrap_or(default))
            .hint("raise max_attempts or delay_seconds in aws_polling to wait longer")
    }
}

/// Keeps the secrets that the template itself gives out of everything that people read.
fn hide_secrets(build: &Build, options: &AmazonEbs) {
    let (access, communicator) = (&options.access, &options.communicator);
    let given = [&access.secret_key, &access.token, &access.mfa_code].into_iter();
    let passwords = [&communicator.ssh_password, &communicator.winrm_password].into_iter().flatten();
    for secret in given.chain(passwords).filter(|secret| !secret.is_empty()) {
        build.hide(secret);
    }
}

/// What the state of the record's machine says of the things that exist for it.
fn noted(state: &Map<String, Value>) -> Result<Vec<Resource>, Failure> {
    let resources = state.get("resources").cloned().unwrap_or(Value::Array(Vec::new()));
    serde_json::from_value(resources).map_err(|error| {
        Failure::new(format!("the record's machine.state.resources is not as it should be: {error}"))
            .hint("pass records of machines on unchanged")
    })
}

/// `delay_seconds` times `max_attempts`, from the template or the environment (Packer's amazon plugin 1.8: an unset delay counts
/// as 2 s, without a number of attempts there is no limit of its own).
fn polling_limit(polling: &AwsPolling) -> Option<Duration> {
    let number = |value: i32, name: &str| {
        u64::try_from(value)
            .ok()
            .filter(|value| *value > 0)
            .or_else(|| std::env::var(name).ok()?.parse().ok().filter(|value| *value > 0))
    };
    let attempts = number(polling.max_attempts, "AWS_MAX_ATTEMPTS")?;
    Some(Duration::from_secs(attempts * number(polling.delay_seconds, "AWS_POLL_DELAY_SECONDS").unwrap_or(2)))
}
