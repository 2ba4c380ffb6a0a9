//! Types the boot command: keys, pauses, and waits for a text on the screen. Its language is
//! [`template::boot_command`].

mod screen;

use crate::driver::Screen;
use crate::keyboard::{Key, KeyEvent, Keyboard};
use record::{Build, Failure};
use std::pin::Pin;
use std::time::Duration;
use template::boot_command::{Step, parse};
use template::options::builder::machine::Boot;

/// A look at the machine's screen: `&|| driver.screen(build)`.
pub type Look<'a> =
    dyn Fn() -> Pin<Box<dyn Future<Output = Result<Screen, Failure>> + Send + 'a>> + Send + Sync + 'a;

/// The environment variable that gives the pause after each key (Packer).
const INTERVAL: &str = "PACKER_KEY_INTERVAL";

/// How fast is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Pause after each key, or after each call of a keyboard that takes many; `None`: what the keyboard needs.
    pub key: Option<Duration>,
    /// Pause after each group of keys: before what is no key, and at the end.
    pub group: Duration,
}

impl Pace {
    /// What the options say, else the environment variable `PACKER_KEY_INTERVAL`.
    ///
    /// # Errors
    /// When the variable is no duration.
    pub fn of(options: &Boot) -> Result<Self, Failure> {
        let group = options.boot_keygroup_interval.to_std();
        if !options.boot_key_interval.is_zero() {
            return Ok(Self { key: Some(options.boot_key_interval.to_std()), group });
        }
        let Some(text) = std::env::var(INTERVAL).ok().filter(|text| !text.is_empty()) else {
            return Ok(Self { key: None, group });
        };
        let key = template::Duration::parse(&text).map_err(|reason| {
            Failure::new(format!("the environment variable {INTERVAL}: {reason}")).hint("such as 50ms")
        })?;
        Ok(Self { key: Some(key.to_std()), group })
    }
}

/// Types a boot command, rendered already.
///
/// # Errors
/// When the text is malformed, the keyboard or the screen fails, a text does not appear in time, or the build is stopped.
pub async fn run(
    text: &str,
    pace: Pace,
    keyboard: &mut dyn Keyboard,
    look: &Look<'_>,
    build: &Build,
) -> Result<(), Failure> {
    let steps = steps(text)?;
    let keys = |step: &&Step| !matches!(step, Step::Wait(_) | Step::WaitScreen(..));
    let total = steps.iter().filter(keys).count();
    let mut typist = Typist { keyboard, pace, build, held: Vec::new(), waiting: Vec::new(), typed: 0, total };
    let typed = typist.steps(&steps, look).await;
    // A key that stays down would repeat itself for as long as the machine runs.
    let released = typist.release().await;
    typed.and(released)
}

/// Reads a boot command.
fn steps(text: &str) -> Result<Vec<Step>, Failure> {
    let (steps, problems) = parse(text);
    match problems.into_iter().find(|problem| !problem.warning) {
        None => Ok(steps),
        Some(problem) => {
            let failure = Failure::new(format!("boot_command: {}", problem.message));
            Err(problem.hint.into_iter().fold(failure, Failure::hint))
        }
    }
}

struct Typist<'a> {
    keyboard: &'a mut dyn Keyboard,
    pace: Pace,
    build: &'a Build,
    /// Keys that are down.
    held: Vec<Key>,
    /// Events that are to be sent together.
    waiting: Vec<KeyEvent>,
    /// Keys sent so far.
    typed: usize,
    total: usize,
}

impl Typist<'_> {
    async fn steps(&mut self, steps: &[Step], look: &Look<'_>) -> Result<(), Failure> {
        for step in steps {
            match step {
                Step::Press(key) => self.key(*key, &[true, false]).await?,
                Step::Hold(key) => {
                    self.held.push(*key);
                    self.key(*key, &[true]).await?;
                }
                Step::Release(key) => {
                    self.held.retain(|held| held != key);
                    self.key(*key, &[false]).await?;
                }
                Step::Wait(time) => {
                    self.flush().await?;
                    self.pause(self.pace.group + *time).await?;
                }
                Step::WaitScreen(text, limit) => {
                    self.flush().await?;
                    self.pause(self.pace.group).await?;
                    screen::wait(text, *limit, look, self.build).await?;
                }
            }
        }
        self.flush().await?;
        self.pause(self.pace.group).await
    }

    /// Adds a key's events, with shift around them where it needs it, and sends when there are enough.
    async fn key(&mut self, key: Key, downs: &[bool]) -> Result<(), Failure> {
        let shift = |down| key.needs_shift().then_some(KeyEvent { key: Key::Named("leftshift"), down });
        let mut events: Vec<KeyEvent> = Vec::with_capacity(4);
        for down in downs {
            let before = if *down { shift(true) } else { None };
            let after = if *down { None } else { shift(false) };
            events.extend(before.into_iter().chain([KeyEvent { key, down: *down }]).chain(after));
        }
        if !self.waiting.is_empty() && self.waiting.len() + events.len() > self.keyboard.batch() {
            self.flush().await?;
        }
        self.waiting.extend(events);
        self.typed += 1;
        if self.waiting.len() >= self.keyboard.batch() {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends what waits.
    async fn flush(&mut self) -> Result<(), Failure> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let events = std::mem::take(&mut self.waiting);
        tokio::select! {
            sent = self.keyboard.send(&events) => sent?,
            () = self.build.cancelled() => return Err(Failure::interrupted()),
        }
        self.build.progress(self.typed as u64, Some(self.total as u64), "keys");
        let interval = self.pace.key.unwrap_or_else(|| self.keyboard.interval());
        self.pause(interval).await
    }

    async fn pause(&self, time: Duration) -> Result<(), Failure> {
        if time.is_zero() {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.build.cancelled() => Err(Failure::interrupted()),
        }
    }

    /// Lets go of all keys that are still down.
    async fn release(&mut self) -> Result<(), Failure> {
        let held = std::mem::take(&mut self.held);
        let events: Vec<KeyEvent> = held.into_iter().rev().map(|key| KeyEvent { key, down: false }).collect();
        if events.is_empty() { Ok(()) } else { self.keyboard.send(&events).await }
    }
}

#[cfg(test)]
mod tests;
