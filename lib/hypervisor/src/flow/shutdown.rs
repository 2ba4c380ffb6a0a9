//! Shuts the guest down.

use super::answer::Reach;
use super::{Settings, screen};
use crate::driver::AnyDriver;
use communicator::ssh::{Command, Connection, Outcome, Settings as Ssh};
use record::wait::{Seen, Wait};
use record::{Build, Failure, Machine};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use template::steps::machine as steps;

/// How long a guest may take to write its caches before it is switched off.
const SYNC: Duration = Duration::from_secs(60);

/// Shuts the machine down as the template says (Packer's step): waits where the guest does it by itself, presses the power button, or
/// runs the command; without any of these it is switched off.
///
/// # Errors
/// When it does not stop within `shutdown_timeout`.
pub(super) async fn shut_down(
    settings: &Settings,
    machine: &Machine,
    driver: &dyn AnyDriver,
    build: &Build,
) -> Result<(), Failure> {
    let step = build.step(steps::SHUT_DOWN);
    if driver.is_running(build).await? {
        let stopped = stop(settings, machine, driver, build).await;
        if let Err(failure) = stopped {
            return Err(screen::with(failure, driver, build).await);
        }
    }
    let pause = settings.control.post_shutdown_delay.to_std();
    if !pause.is_zero() {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = build.cancelled() => return Err(Failure::interrupted()),
        }
    }
    step.done();
    Ok(())
}

async fn stop(
    settings: &Settings,
    machine: &Machine,
    driver: &dyn AnyDriver,
    build: &Build,
) -> Result<(), Failure> {
    let command = settings.base.shutdown.shutdown_command.trim();
    if settings.control.disable_shutdown {
        build.say("waiting for the guest to shut itself down");
        return wait(settings, driver, build, &Said::default()).await;
    }
    if settings.control.acpi_shutdown {
        driver.press_power_button(build).await?;
        return wait(settings, driver, build, &Said::default()).await;
    }
    let has_shell = Reach::of(&settings.base.communicator).kind == "ssh";
    if command.is_empty() || !has_shell {
        if has_shell {
            // Packer switches off right away; what the guest has not written yet would be lost.
            let limited = build.with_stop(build.stop().child_token());
            let sync = run(settings, machine, "sync", Said::default(), &limited);
            if tokio::time::timeout(SYNC, sync).await.is_err() {
                limited.stop().cancel();
            }
        }
        return driver.power_off(build).await;
    }
    let said = Said::default();
    // The command may never end: the machine is gone before it can say so.
    let running = build.with_stop(build.stop().child_token());
    let ends = {
        let (settings, machine, said, running) =
            (settings.clone(), machine.clone(), said.clone(), running.clone());
        let command = command.to_owned();
        tokio::spawn(async move { run(&settings, &machine, &command, said, &running).await })
    };
    let stopped = wait(settings, driver, build, &said).await;
    running.stop().cancel();
    let _ = ends.await;
    stopped
}

/// What came of the command, for the failure when the machine does not stop.
#[derive(Debug, Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn note(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs a command in the guest. That the connection drops is how a shutdown ends.
async fn run(settings: &Settings, machine: &Machine, command: &str, said: Said, build: &Build) {
    let outcome = async {
        let ssh = Ssh::new(&settings.base.communicator, machine)?;
        let connection = Connection::connect(ssh, build).await?;
        let teller = build.clone();
        let output = Box::new(move |stream, bytes: &[u8]| {
            for line in String::from_utf8_lossy(bytes).lines() {
                teller.output(stream, line);
            }
            Ok(())
        });
        let command = Command { command: command.to_owned(), input: Vec::new(), marker: None, pty: true };
        connection.run(command, output, build).await
    };
    match outcome.await {
        Ok(Outcome::Exited(0) | Outcome::Lost(_)) => {}
        Ok(Outcome::Exited(status)) => said.note(format!("shutdown_command ended with status {status}")),
        Ok(Outcome::Signalled(signal)) => said.note(format!("shutdown_command was ended by SIG{signal}")),
        Err(failure) => said.note(format!("shutdown_command could not be run: {}", failure.message)),
    }
}

async fn wait(
    settings: &Settings,
    driver: &dyn AnyDriver,
    build: &Build,
    said: &Said,
) -> Result<(), Failure> {
    Wait::new("the guest to shut down", settings.base.shutdown.shutdown_timeout.to_std())
        .every(Duration::from_millis(100), Duration::from_secs(1))
        .hint("does shutdown_command switch the machine off ('shutdown -P now', with sudo where it must)? shutdown_timeout waits longer")
        .until(build, async || {
            if !driver.is_running(build).await? {
                return Ok(Seen::Ready(()));
            }
            let said = said.text();
            Ok(Seen::NotYet(if said.is_empty() { "it runs".to_owned() } else { format!("it runs; {said}") }))
        })
        .await
}
