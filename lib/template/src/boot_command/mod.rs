//! What is typed on a machine's keyboard: the language of `boot_command` (Packer plugin SDK, `bootcommand`; the page for
//! people is docs/boot-command.md).
//!
//! `<enter>`, `<f10>`, `<leftCtrlOn>` … are keys, `<wait>`, `<wait5>`, `<wait1m30s>` pauses, and Kiln's own
//! `<waitScreen "text" 60s>` waits for a text on the screen. All else is typed as it stands, `<` included.

mod check;
mod key;
mod parse;

pub use check::check;
pub use key::{Key, NAMES};
pub use parse::parse;

use std::time::Duration;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Press a key and let it go.
    Press(Key),
    /// Press a key and keep it down.
    Hold(Key),
    /// Let a key go.
    Release(Key),
    /// Do nothing for so long.
    Wait(Duration),
    /// Wait until a text stands on the screen, for so long at the most.
    WaitScreen(String, Duration),
}

/// How long `<waitScreen "text">` waits.
pub const SCREEN_LIMIT: Duration = Duration::from_secs(300);
