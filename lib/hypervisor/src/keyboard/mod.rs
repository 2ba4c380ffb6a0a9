//! Keys, and what presses them.

pub mod codes;

pub use template::boot_command::Key;

use record::Failure;
use std::pin::Pin;
use std::time::Duration;

/// A key goes down or up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyEvent {
    /// Which key.
    pub key: Key,
    /// Down, or up.
    pub down: bool,
}

/// Types on a machine's keyboard: over QMP, VNC, or VBoxManage's scan codes. Codes of keys are in [`codes`].
pub trait Keyboard: Send + Sync {
    /// Sends the events in order; returns when the machine has taken them. Shift is among the events where a character
    /// needs it.
    fn send<'a>(
        &'a mut self,
        events: &'a [KeyEvent],
    ) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

    /// How many events it takes best at once, where each call costs: with scan codes, VBoxManage's 25 codes. 1: each
    /// key by itself.
    fn batch(&self) -> usize {
        1
    }

    /// The pause after each call that machines need, where the template does not say: Packer's 100 ms. A keyboard that knows
    /// when the guest has taken a key needs less.
    fn interval(&self) -> Duration {
        Duration::from_millis(100)
    }
}
