//! From a machine that is off to its appliance.

use super::hardware::call;
use super::{MACHINE, Program, attach, existing, forward, lists};
use crate::options::{Options, Origin};
use hypervisor::flow::Site;
use record::{Build, Failure};
use std::path::Path;
use template::Late;

/// Takes out what was put in for the build, runs `vboxmanage_post`, exports into the folder `into`.
///
/// # Errors
/// What VirtualBox refuses.
pub async fn export(
    program: &Program,
    options: &Options,
    site: &Site,
    into: &Path,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let machine = site.noted_text(MACHINE);
    prepare(program, options, site, late, build).await?;
    let export = &options.export;
    let file = into.join(format!("{}.{}", export.output_filename, export.format));
    let mut words = call(&["export", &machine, "--output", &file.display().to_string()]);
    for word in &export.export_opts {
        words.push(late.render(word)?);
    }
    program.call(&words, build).await.map(drop)
}

/// What comes before the export, and also where there is none.
async fn prepare(
    program: &Program,
    options: &Options,
    site: &Site,
    late: &Late,
    build: &Build,
) -> Result<(), Failure> {
    let machine = site.noted_text(MACHINE);
    attach::remove(program, site, &machine, false, build).await?;
    if site.noted(forward::PORT).is_some() {
        program.try_call(&["modifyvm", &machine, "--natpf1", "delete", forward::RULE], build).await?;
    }
    lists::run(program, &options.common.vboxmanage_post, late, build).await?;
    match &options.origin {
        Origin::Existing(snapshots) => existing::take(program, snapshots, &machine, build).await,
        _ => Ok(()),
    }
}

/// What is done once the result is complete. `true`: the machine stays in VirtualBox.
///
/// # Errors
/// What VirtualBox refuses.
pub async fn finished(
    program: &Program,
    options: &Options,
    site: &Site,
    late: &Late,
    build: &Build,
) -> Result<bool, Failure> {
    if options.export.skip_export {
        prepare(program, options, site, late, build).await?;
    }
    let machine = site.noted_text(MACHINE);
    if matches!(options.origin, Origin::Existing(_)) {
        attach::remove(program, site, &machine, true, build).await?;
        existing::restore(program, site, &machine, build).await?;
        return Ok(true);
    }
    if options.common.keep_registered {
        // What is still in a drive lies in the work folder, or the cache.
        attach::remove(program, site, &machine, true, build).await?;
        build.say(format!("the machine '{}' stays in VirtualBox", options.settings.name));
    }
    Ok(options.common.keep_registered)
}
