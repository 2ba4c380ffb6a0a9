//! Waiting for a platform: one helper for everything that takes its time.

use crate::build::Build;
use crate::failure::Failure;
use std::time::{Duration, Instant};

/// What a probe saw.
#[derive(Debug)]
pub enum Seen<T> {
    /// What was awaited is there.
    Ready(T),
    /// Not yet; in which state it is now.
    NotYet(String),
}

/// A wait: what for, how long at most, how often to look.
#[derive(Debug, Clone)]
pub struct Wait {
    /// What is awaited, as people read it: `instance i-1 to run`.
    pub what: String,
    /// How long to wait at the most.
    pub limit: Duration,
    /// Pause before the second look; the first is at once.
    pub first: Duration,
    /// Longest pause between two looks.
    pub most: Duration,
    /// How many looks in a row must find it ready, where a platform answers inconsistently.
    pub streak: u32,
    /// What to do when the time is up.
    pub hint: Option<String>,
}

impl Wait {
    /// A wait that looks after 0.2 s, then ever less often: at a tenth of the time waited so far,
    /// at most every 15 s. So it ends at most a tenth later than the platform does.
    pub fn new(what: impl Into<String>, limit: Duration) -> Self {
        Self {
            what: what.into(),
            limit,
            first: Duration::from_millis(200),
            most: Duration::from_secs(15),
            streak: 1,
            hint: None,
        }
    }

    /// Sets the pauses.
    #[must_use]
    pub fn every(mut self, first: Duration, most: Duration) -> Self {
        self.first = first;
        self.most = most;
        self
    }

    /// Says what to do when the time is up.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Asks for `streak` good answers in a row.
    #[must_use]
    pub fn streak(mut self, streak: u32) -> Self {
        self.streak = streak;
        self
    }

    /// Looks until the probe says ready.
    ///
    /// # Errors
    /// The probe's own failure at once; a time-out that names the state last seen; an interruption.
    pub async fn until<T, Look>(self, build: &Build, mut probe: impl FnMut() -> Look) -> Result<T, Failure>
    where
        Look: Future<Output = Result<Seen<T>, Failure>>,
    {
        let start = Instant::now();
        let mut streak = 0;
        let mut last = String::from("nothing yet");
        loop {
            let left = self.limit.saturating_sub(start.elapsed());
            let looked = tokio::select! {
                looked = tokio::time::timeout(left, probe()) => looked,
                () = build.cancelled() => return Err(Failure::interrupted()),
            };
            match looked {
                Err(_) => return Err(self.timed_out(&last)),
                Ok(Err(failure)) => return Err(failure),
                Ok(Ok(Seen::Ready(value))) => {
                    streak += 1;
                    if streak >= self.streak {
                        return Ok(value);
                    }
                }
                Ok(Ok(Seen::NotYet(seen))) => {
                    streak = 0;
                    build.waiting(&self.what, &seen, start.elapsed());
                    last = seen;
                }
            }
            let pause = self.pause(start.elapsed());
            if start.elapsed() + pause > self.limit {
                return Err(self.timed_out(&last));
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = build.cancelled() => return Err(Failure::interrupted()),
            }
        }
    }

    fn pause(&self, waited: Duration) -> Duration {
        let pause = (waited / 10).clamp(self.first, self.most.max(self.first));
        pause.mul_f64(jitter())
    }

    fn timed_out(&self, last: &str) -> Failure {
        let failure = Failure::new(format!(
            "waited {} for {}; last seen: {last}",
            crate::report::duration(self.limit),
            self.what
        ));
        match &self.hint {
            Some(hint) => failure.hint(hint.clone()),
            None => failure,
        }
    }
}

/// A factor from 0.85 to 1, so that many builds do not ask in step.
fn jitter() -> f64 {
    let random = u32::try_from(ulid::Ulid::generate().random() & 0xffff).unwrap_or_default();
    1.0 - 0.15 * f64::from(random) / f64::from(0xffff)
}

#[cfg(test)]
mod tests {
    use super::{Seen, Wait};
    use crate::build::Build;
    use crate::failure::{Failure, FailureKind};
    use std::cell::RefCell;
    use std::time::Duration;
    use tokio_util::sync::CancellationToken;

    /// Plays these answers, then says that the thing is gone.
    async fn play(wait: Wait, answers: &[&str], stop: CancellationToken) -> Result<usize, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let build = Build::in_folder(folder.path(), stop.clone()).unwrap();
        let answers = RefCell::new(answers.iter());
        let looks = RefCell::new(0);
        wait.until(&build, async || {
            *looks.borrow_mut() += 1;
            match answers.borrow_mut().next().copied() {
                Some("ready") => Ok(Seen::Ready(*looks.borrow())),
                Some("stop") => {
                    stop.cancel();
                    Ok(Seen::NotYet("stopping".to_owned()))
                }
                Some(seen) => Ok(Seen::NotYet(seen.to_owned())),
                None => Err(Failure::new("it is gone")),
            }
        })
        .await
    }

    fn soon(limit: Duration) -> Wait {
        let every = Duration::from_millis(1);
        Wait::new("the thing", limit).every(every, every).hint("look at the thing")
    }

    #[tokio::test]
    async fn waits_until_it_is_there() {
        let (long, stop) = (Duration::from_secs(60), CancellationToken::new());
        assert_eq!(play(soon(long), &["pending", "pending", "ready"], stop.clone()).await.unwrap(), 3);
        let flapping = ["ready", "pending", "ready", "ready"];
        assert_eq!(play(soon(long).streak(2), &flapping, stop.clone()).await.unwrap(), 4);
        assert_eq!(play(soon(long), &["pending"], stop).await.unwrap_err().message, "it is gone");
    }

    #[tokio::test]
    async fn says_what_was_last_seen() {
        let answers = vec!["pending"; 10_000];
        let failure =
            play(soon(Duration::from_millis(20)), &answers, CancellationToken::new()).await.unwrap_err();
        assert_eq!(failure.message, "waited 0 s for the thing; last seen: pending");
        assert_eq!(failure.hint.as_deref(), Some("look at the thing"));
        let failure = soon(Duration::from_secs(300)).timed_out("pending");
        assert_eq!(failure.message, "waited 5 min for the thing; last seen: pending");
    }

    #[tokio::test]
    async fn an_interrupt_ends_it() {
        let answers = ["pending", "stop", "pending", "pending"];
        let failure =
            play(soon(Duration::from_secs(60)), &answers, CancellationToken::new()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Interrupted);
    }

    #[test]
    fn looks_ever_less_often() {
        let wait = Wait::new("the thing", Duration::from_secs(600));
        for (waited, least, most) in
            [(0.0, 0.17, 0.2), (10.0, 0.85, 1.0), (100.0, 8.5, 10.0), (500.0, 12.75, 15.0)]
        {
            let pause = wait.pause(Duration::from_secs_f64(waited)).as_secs_f64();
            assert!((least..=most).contains(&pause), "{pause} after {waited}");
        }
    }
}
