//! Waits until the guest answers.

use super::{Settings, screen};
use crate::driver::AnyDriver;
use communicator::ssh;
use record::wait::{Seen, Wait};
use record::{Build, Failure};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use template::options::communicator::Communicator;
use template::steps::machine as steps;
use tokio::net::TcpStream;

/// How long one try may take: a guest that boots lets connections hang.
const TRY: Duration = Duration::from_secs(5);
/// How many looks in a row must find the machine off before it counts: it may be just between two states.
const OFF: u32 = 2;

/// What a template's communicator options say of reaching the guest, with their defaults.
pub(super) struct Reach {
    /// `ssh`, `winrm` or `none`.
    pub(super) kind: String,
    /// Address given in the template; the driver finds it where it is empty.
    host: String,
    /// Port in the guest.
    port: u16,
    /// User to log in as.
    pub(super) user: String,
    /// How long to wait.
    limit: Duration,
}

impl Reach {
    pub(super) fn of(options: &Communicator) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let length = |duration: Option<template::Duration>, default| {
            let length = duration.map(template::Duration::to_std).filter(|length| !length.is_zero());
            length.unwrap_or(Duration::from_secs(default))
        };
        let kind = options.kind().to_owned();
        if kind == "winrm" {
            let port = if options.winrm_use_ssl == Some(true) { 5986 } else { 5985 };
            return Self {
                kind,
                host: text(&options.winrm_host),
                port: options.winrm_port.filter(|port| *port > 0).unwrap_or(port),
                user: text(&options.winrm_username),
                limit: length(options.winrm_timeout, 1800),
            };
        }
        Self {
            kind,
            host: text(&options.ssh_host),
            port: options.ssh_port.filter(|port| *port > 0).unwrap_or(22),
            user: text(&options.ssh_username),
            limit: length(options.ssh_timeout, 300),
        }
    }
}

/// Waits until the communicator answers, and gives where: SSH with its greeting, WinRM by accepting a connection. With the
/// communicator `none` there is nothing to wait for.
///
/// # Errors
/// When time is up, with how far it came and what stands on the screen; when the machine switches itself off.
pub(super) async fn wait(
    settings: &Settings,
    driver: &dyn AnyDriver,
    build: &Build,
) -> Result<Option<(String, u16)>, Failure> {
    let reach = Reach::of(&settings.base.communicator);
    if reach.kind == "none" {
        return Ok(None);
    }
    let what = format!("{} in the guest", if reach.kind == "ssh" { "SSH" } else { "WinRM" });
    let step = build.step(steps::WAIT_FOR_GUEST).waiting_for(what.clone());
    let off = AtomicU32::new(0);
    let found = Wait::new(what, reach.limit)
        .every(Duration::from_millis(200), Duration::from_secs(2))
        .hint(format!("did the guest start, and its server? {}_timeout waits longer", reach.kind))
        .until(build, async || match look(&reach, driver, build).await? {
            Ok(place) => Ok(Seen::Ready(place)),
            Err(why) => is_on(driver, &off, build).await.map(|()| Seen::NotYet(why)),
        })
        .await;
    match found {
        Ok(place) => {
            step.done();
            Ok(Some(place))
        }
        Err(failure) => Err(screen::with(failure, driver, build).await),
    }
}

/// One look; says how far it came.
async fn look(
    reach: &Reach,
    driver: &dyn AnyDriver,
    build: &Build,
) -> Result<Result<(String, u16), String>, Failure> {
    let place = if reach.host.is_empty() {
        driver.reach(reach.port, build).await?
    } else {
        Some((reach.host.clone(), reach.port))
    };
    let Some((host, port)) = place else { return Ok(Err("the guest has no address yet".to_owned())) };
    if reach.kind == "ssh" {
        let greeted = ssh::banner(&host, port, TRY).await;
        return Ok(greeted.map(|_| (host, port)).map_err(|error| error.to_string()));
    }
    Ok(match tokio::time::timeout(TRY, TcpStream::connect((host.as_str(), port))).await {
        Err(_) => Err(format!("{host} does not answer on port {port}")),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(_)) => Ok((host, port)),
    })
}

/// Fails when the machine is off to stay.
async fn is_on(driver: &dyn AnyDriver, off: &AtomicU32, build: &Build) -> Result<(), Failure> {
    if driver.is_running(build).await? {
        off.store(0, Ordering::Relaxed);
    } else if off.fetch_add(1, Ordering::Relaxed) + 1 >= OFF {
        return Err(Failure::new("the machine switched itself off before it answered")
            .hint("an installer has to end with a restart, not with a shutdown"));
    }
    Ok(())
}
