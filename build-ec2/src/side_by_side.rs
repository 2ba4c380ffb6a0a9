//! Creating several things at the same time.

use crate::context::Context;
use record::Failure;
use std::sync::OnceLock;
use tokio_util::sync::CancellationToken;

/// Work that runs side by side. The first failure stops the rest, but all of it is heard out: a call that creates
/// something and is dropped half-way may create it after the clean-up has looked for it.
pub struct SideBySide {
    /// The context in which to work: stopped by the first failure.
    pub context: Context,
    stop: CancellationToken,
    first: OnceLock<Failure>,
}

impl SideBySide {
    /// Work for this build.
    pub fn new(context: &Context) -> Self {
        let stop = context.build.stop().child_token();
        Self { context: context.with_stop(&stop), stop, first: OnceLock::new() }
    }

    /// Hears one piece of work out; nothing when it failed.
    pub async fn part<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        match Box::pin(work).await {
            Ok(value) => Some(value),
            Err(failure) => {
                self.stop.cancel();
                let _ = self.first.set(failure);
                None
            }
        }
    }

    /// What failed first.
    pub fn failure(self) -> Failure {
        self.first.into_inner().unwrap_or_else(Failure::interrupted)
    }
}
