//! What stood on the screen when something went wrong.

use crate::driver::AnyDriver;
use record::{Build, Failure, FailureKind, state};
use std::time::Duration;

/// The rows of text, beside the picture.
const TEXT: &str = state::SCREEN_TEXT;
/// How long a driver may take for a picture.
const LIMIT: Duration = Duration::from_secs(20);
/// How many of the last rows stand in the failure's output.
const ROWS: usize = 25;

/// Keeps what stands on the screen in the state folder and names it in the failure. A driver that can't look leaves the failure as it is.
pub(super) async fn with(mut failure: Failure, driver: &dyn AnyDriver, build: &Build) -> Failure {
    if failure.kind == FailureKind::Interrupted {
        return failure;
    }
    let cleanup = build.for_cleanup(LIMIT);
    let Ok(Ok(screen)) = tokio::time::timeout(LIMIT, driver.screen(&cleanup)).await else { return failure };
    let mut kept = Vec::new();
    if let Some(picture) = &screen.png
        && let Ok(path) = build.folder().write(state::SCREENSHOT, picture)
    {
        kept.push(path.display().to_string());
    }
    let rows: Vec<String> = screen.text.unwrap_or_default();
    let rows: Vec<String> = rows.into_iter().filter(|row| !row.trim().is_empty()).collect();
    if !rows.is_empty() {
        if let Ok(path) = build.folder().write(TEXT, format!("{}\n", rows.join("\n")).as_bytes()) {
            kept.push(path.display().to_string());
        }
        failure.output.extend(rows.iter().skip(rows.len().saturating_sub(ROWS)).cloned());
    }
    if !kept.is_empty() {
        failure.message = format!("{}; the screen is in {}", failure.message, kept.join(" and "));
    }
    failure
}
