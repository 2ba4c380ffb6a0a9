//! Waits a little after the start, then types the boot command.

use super::Settings;
use crate::boot_command::{self, Pace};
use crate::driver::AnyDriver;
use record::{Build, Failure};
use template::Late;
use template::steps::machine as steps;

/// Waits for `boot_wait`, then types the boot command; without one, both are left out.
///
/// # Errors
/// When the command is malformed, a text does not appear on the screen in time, or the driver cannot type.
pub(super) async fn type_command(
    settings: &Settings,
    late: &Late,
    driver: &dyn AnyDriver,
    build: &Build,
) -> Result<(), Failure> {
    let text = late.render(&settings.base.boot.text())?;
    if text.is_empty() {
        return Ok(());
    }
    let pause = settings.base.boot.boot_wait.to_std();
    if !pause.is_zero() {
        let step = build
            .step(steps::BOOT_WAIT)
            .waiting_for(format!("{} after the start", settings.base.boot.boot_wait));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = build.cancelled() => return Err(Failure::interrupted()),
        }
        step.done();
    }
    let step = build.step(steps::TYPE_BOOT_COMMAND);
    let mut keyboard = driver.keyboard(build).await?;
    boot_command::run(&text, Pace::of(&settings.base.boot)?, &mut *keyboard, &|| driver.screen(build), build)
        .await?;
    step.done();
    Ok(())
}
