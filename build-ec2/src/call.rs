//! One way to call AWS: tried again while the service is at fault, explained when it is not.
//!
//! The SDK's own retries are off: here a build can be stopped between two tries, a call that creates something is
//! never dropped half-way, and clean-up may be more patient than the rest.

use crate::explain;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use record::{Build, Failure};
use std::time::{Duration, Instant};

/// How long something that was just created may stay unknown: EC2 is eventually consistent.
const SETTLE: Duration = Duration::from_secs(90);
/// The longest pause between two tries (AWS SDKs: 20 s).
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How long a try of a call that only reads may take before another one is made: connections die in silence, too. Each
/// further try may take twice as long.
const READ_LIMIT: Duration = Duration::from_secs(5);
/// The same for a call that changes something.
const WRITE_LIMIT: Duration = Duration::from_secs(15);
/// The longest that a try may take.
const LONGEST_LIMIT: Duration = Duration::from_secs(60);

/// Codes by which AWS asks to come back later (AWS SDK "standard" retry mode, and EC2's own).
const THROTTLES: [&str; 15] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "SnapshotCreationPerVolumeRateExceeded",
];
/// Codes of a service that is at fault although the status may say otherwise.
const FAULTS: [&str; 6] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "ServiceUnavailable",
    "Unavailable",
    "RequestTimeout",
];

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The call: `RunInstances`.
    pub call: &'static str,
    /// AWS's code: `InvalidGroup.Duplicate`; empty where AWS itself did not answer.
    pub code: String,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What sort it is.
    pub sort: Sort,
}

/// What to do after a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Come back later.
    Throttled,
    /// The service or the way to it is at fault: try again. The call may have had its effect.
    Fault,
    /// The answer is final.
    Refused,
    /// The build was stopped.
    Interrupted,
}

impl ApiError {
    /// Whether AWS gave this code.
    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// Whether AWS does not know a thing that was named (`InvalidInstanceID.NotFound`, `NoSuchEntity` …).
    pub fn is_not_found(&self) -> bool {
        self.code.ends_with(".NotFound")
            || self.code.ends_with("NotFoundException")
            || self.code == "NoSuchEntity"
    }

    /// Whether a name is taken (`InvalidGroup.Duplicate`, `EntityAlreadyExists` …).
    pub fn is_duplicate(&self) -> bool {
        self.code.ends_with("Duplicate")
            || self.code.ends_with("AlreadyExistsException")
            || self.code == "EntityAlreadyExists"
    }

    fn silence(call: &'static str, limit: Duration) -> Self {
        let message = format!("no answer in {} s", limit.as_secs());
        Self { call, code: String::new(), message, status: None, sort: Sort::Fault }
    }

    /// Whether EC2 does not know an instance profile yet that IAM has just created.
    pub fn is_unknown_profile(&self) -> bool {
        self.is("InvalidParameterValue") && self.message.to_lowercase().contains("iaminstanceprofile")
    }

    /// What an error of the SDK means.
    pub fn of<E>(call: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        if let Some(refused) = error.as_service_error() {
            let code = refused.code().unwrap_or_default().to_owned();
            let message = refused.message().map_or_else(|| no_words(status), str::to_owned);
            let sort = if THROTTLES.contains(&code.as_str()) {
                Sort::Throttled
            } else if status.is_some_and(|status| status >= 500) || FAULTS.contains(&code.as_str()) {
                Sort::Fault
            } else {
                Sort::Refused
            };
            return Self { call, code, message, status, sort };
        }
        let transient = match error {
            SdkError::DispatchFailure(failure) => {
                failure.is_io() || failure.is_timeout() || failure.as_other().is_some()
            }
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
            _ => false,
        };
        let sort = if transient { Sort::Fault } else { Sort::Refused };
        Self { call, code: String::new(), message: record::failure::chain(error), status, sort }
    }
}

/// What to say of an answer that is not AWS's.
pub(crate) fn no_words(status: Option<u16>) -> String {
    match status {
        Some(status) => format!("HTTP status {status} without a message from AWS"),
        None => String::from("no message"),
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        explain::failure(&error)
    }
}

/// How often a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all.
    pub tries: u32,
    /// How long a thing may stay unknown that is known to exist; none: "not found" is final.
    pub settle: Option<Duration>,
}

impl Patience {
    /// As often as the option `max_retries` says; 10 times where it does not.
    pub fn retries(max_retries: i32) -> Self {
        let retries = u32::try_from(max_retries).ok().filter(|retries| *retries > 0).unwrap_or(10);
        Self { tries: retries + 1, settle: None }
    }

    /// Also rides out "not found", for things that exist since a moment ago.
    #[must_use]
    pub fn settling(self) -> Self {
        Self { settle: Some(SETTLE), ..self }
    }
}

/// Calls AWS: `attempt` is one try.
///
/// A call that only reads is dropped at once when the build is stopped. One that changes something is heard out, so that
/// its effect is known, and then not tried again.
///
/// # Errors
/// What AWS said last.
pub async fn call<T, E, F>(
    build: &Build,
    patience: Patience,
    call: &'static str,
    attempt: impl Fn() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let reads = call.starts_with("Describe") || call.starts_with("Get");
    let begun = Instant::now();
    let mut tries = 0;
    let mut limit = if reads { READ_LIMIT } else { WRITE_LIMIT };
    loop {
        if build.is_cancelled() {
            return Err(interrupted(call));
        }
        // On the heap: the SDK's futures are so big that some inside each other overflow a worker's stack.
        let answer = tokio::select! {
            answer = tokio::time::timeout(limit, Box::pin(attempt())) => answer,
            () = build.cancelled(), if reads => return Err(interrupted(call)),
        };
        let error = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => ApiError::of(call, &error),
            Err(_) => {
                let error = ApiError::silence(call, limit);
                limit = (limit * 2).min(LONGEST_LIMIT);
                error
            }
        };
        tries += 1;
        let unsettled = error.is_not_found() || error.is_unknown_profile();
        let settles = unsettled && patience.settle.is_some_and(|limit| begun.elapsed() < limit);
        let again = matches!(error.sort, Sort::Throttled | Sort::Fault) && tries < patience.tries;
        tracing::debug!(call, code = error.code, message = error.message, tries, "call failed");
        if !settles && !again {
            return Err(error);
        }
        if tries == 5 && again {
            build.warn(format!("{call} fails, trying again: {}", explain::what(&error)));
        }
        tokio::select! {
            () = tokio::time::sleep(pause(tries, error.sort)) => {}
            () = build.cancelled() => return Err(error),
        }
    }
}

fn interrupted(call: &'static str) -> ApiError {
    let message = String::from("interrupted");
    ApiError { call, code: String::new(), message, status: None, sort: Sort::Interrupted }
}

/// Exponential, with "full jitter" above a half (AWS Architecture Blog, "Exponential Backoff And Jitter"). A dropped connection is
/// worth a try at once; throttling is not.
pub(crate) fn pause(tries: u32, sort: Sort) -> Duration {
    let first = if sort == Sort::Throttled { 200 } else { 100 };
    let whole = Duration::from_millis(first << tries.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
    let random = u32::try_from(ulid::Ulid::generate().random() & 0xffff).unwrap_or_default();
    whole.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(0xffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        for tries in 1..40 {
            let pause = pause(tries, Sort::Throttled);
            assert!(pause >= Duration::from_millis(100) && pause <= LONGEST_PAUSE, "{tries}: {pause:?}");
        }
        assert!(pause(30, Sort::Fault) >= LONGEST_PAUSE / 2);
    }

    #[test]
    fn patience_is_ten_retries_where_nothing_is_said() {
        assert_eq!(Patience::retries(0).tries, 11);
        assert_eq!(Patience::retries(-3).tries, 11);
        assert_eq!(Patience::retries(2).tries, 3);
    }
}
