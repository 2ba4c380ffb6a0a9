//! `sleep`: waits.

use crate::step::{rest, template_text};
use record::{Build, Failure};
use template::options::provisioner::sleep::Sleep;

pub(super) async fn run(options: &Sleep, build: &Build) -> Result<(), Failure> {
    let length = options.pause.duration.unwrap_or_default().to_std();
    build.say(format!("sleeping {}", template_text(length)));
    rest(length, build).await
}
