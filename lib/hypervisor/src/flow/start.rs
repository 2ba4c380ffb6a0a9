//! From `planned` to `running`: a machine that answers.

use super::answer::{self, Reach};
use super::key::Key;
use super::{Platform, Settings, Site, boot, prepare, screen};
use crate::http;
use record::{Build, Failure, Machine, Record};
use std::collections::BTreeMap;
use std::path::Path;
use template::Late;
use template::steps::machine as steps;

/// Starts a machine.
///
/// # Errors
/// What went wrong; what was made so far stands in the site's notes.
pub(super) async fn start<P: Platform>(
    platform: &P,
    record: &Record,
    build: &Build,
) -> Result<Machine, Failure> {
    let settings = platform.settings();
    output_is_free(settings)?;
    if let Some(problem) = platform.look(build).await.into_iter().next() {
        return Err(problem.failure);
    }
    let image = prepare::image(settings, build).await?;
    let site = Site::plan(platform.driver_name(), Path::new(&settings.base.output.output_directory), build)?;
    site.make()?;
    let mut late = Late::of(record)?;
    let prepared = prepare::all(platform, &site, image, &mut late, build).await?;
    let step = build.step(steps::CREATE);
    platform.create(&site, &prepared.media, &late, build).await?;
    step.done();
    let driver = platform.driver(&site, build);
    // Until the guest answers, what it fetches tells how far its installer is.
    let _watch = prepared.http_port.map(|_| http::Watch::new(build));
    let step = build.step(steps::START);
    driver.start(build).await?;
    build.say(format!("machine {} runs ({})", settings.name, driver.name()));
    step.done();
    if let Err(failure) = boot::type_command(settings, &late, &*driver, build).await {
        return Err(screen::with(failure, &*driver, build).await);
    }
    let place = answer::wait(settings, &*driver, build).await?;
    let mut machine = machine(settings, &prepared, place, driver.name(), build);
    platform.answered(&machine, &late, build).await?;
    machine.state = site.state();
    Ok(machine)
}

/// Checks that the output folder's place is free.
///
/// # Errors
/// When it is taken, and was not to be replaced.
pub(super) fn output_is_free(settings: &Settings) -> Result<(), Failure> {
    let output = Path::new(&settings.base.output.output_directory);
    if !settings.exports
        || settings.base.output.replace_output_directory
        || output.symlink_metadata().is_err()
    {
        return Ok(());
    }
    Err(Failure::new(format!("the output folder {} exists already", output.display()))
        .hint("remove it, choose another output_directory, or replace it with 'validate --force'"))
}

/// The machine as the record carries it.
fn machine(
    settings: &Settings,
    prepared: &prepare::Prepared,
    place: Option<(String, u16)>,
    driver: &str,
    build: &Build,
) -> Machine {
    let reach = Reach::of(&settings.base.communicator);
    let (host, port) = place.unzip();
    let host = host.unwrap_or_default();
    Machine {
        driver: driver.to_owned(),
        id: settings.name.clone(),
        communicator: reach.kind.clone(),
        host: host.clone(),
        port,
        user: reach.user.clone(),
        key_file: prepared.key.file.as_ref().map(|file| file.display().to_string()),
        build: generated(settings, prepared, (&host, port), &reach, build),
        ..Machine::default()
    }
}

/// What ``{{build `KEY`}}`` gives.
fn generated(
    settings: &Settings,
    prepared: &prepare::Prepared,
    (host, port): (&str, Option<u16>),
    reach: &Reach,
    build: &Build,
) -> BTreeMap<String, String> {
    let Key { file, public } = &prepared.key;
    let text = |name: &str, value: String| (name.to_owned(), value);
    let mut given = vec![
        text("ID", settings.name.clone()),
        text("ConnType", reach.kind.clone()),
        text("Host", host.to_owned()),
        text("Port", port.unwrap_or_default().to_string()),
        text("User", reach.user.clone()),
        text("PackerRunUUID", build.id().to_owned()),
        text("PackerHTTPAddr", prepared.http_address()),
        text("PackerHTTPIP", prepared.network.host.to_string()),
        text("PackerHTTPPort", prepared.http_port.unwrap_or_default().to_string()),
        text("SSHPublicKey", public.clone()),
    ];
    given.extend(file.as_ref().map(|file| text("SSHPrivateKeyFile", file.display().to_string())));
    given.into_iter().collect()
}
