//! Waits for a text on the guest's screen.

use super::Look;
use crate::driver::Screen;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use std::time::Duration;

/// Waits until a text stands on the screen.
///
/// # Errors
/// When it does not in time: names the last row that was seen.
pub(super) async fn wait(text: &str, limit: Duration, look: &Look<'_>, build: &Build) -> Result<(), Failure> {
    let step = build.step(format!("wait for \"{text}\" on the screen")).waiting_for(text.to_owned());
    Wait::new(format!("\"{text}\" on the screen"), limit)
        .every(Duration::from_millis(100), Duration::from_millis(500))
        .hint("compare the text with the screen, letter by letter; <waitScreen \"text\" 10m> waits longer")
        .until(build, async || {
            let screen = look().await?;
            Ok(if shows(&screen, text) { Seen::Ready(()) } else { Seen::NotYet(describe(&screen)) })
        })
        .await?;
    step.done();
    Ok(())
}

/// Whether a text stands on the screen: in one row, or where a row that is full goes on in the next.
fn shows(screen: &Screen, text: &str) -> bool {
    let Some(rows) = &screen.text else { return false };
    rows.iter().any(|row| row.contains(text)) || rows.concat().contains(text)
}

/// What is seen, in a few words: the last row that is not empty.
fn describe(screen: &Screen) -> String {
    let Some(rows) = &screen.text else {
        return "a screen that is not in text mode, or that this driver cannot read".to_owned();
    };
    match rows.iter().rev().map(|row| row.trim()).find(|row| !row.is_empty()) {
        None => "an empty screen".to_owned(),
        Some(row) => format!("\"{}\"", row.chars().take(100).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::{describe, shows};
    use crate::driver::Screen;

    #[test]
    fn finds_a_text_in_a_row_and_around_the_edge() {
        let rows = ["Debian GNU/Linux", "please log", "in: _", ""].map(str::to_owned).to_vec();
        let screen = Screen { png: None, text: Some(rows) };
        assert!(shows(&screen, "GNU") && shows(&screen, "login:"));
        assert!(!shows(&screen, "gnu") && !shows(&Screen::default(), "GNU"));
        assert_eq!(describe(&screen), "\"in: _\"");
    }
}
