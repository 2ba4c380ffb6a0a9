//! Makes the machine of an appliance.

use super::MACHINE;
use super::create::Maker;
use super::hardware::call;
use hypervisor::flow::Media;
use record::Failure;
use template::options::builder::virtualbox::Source;

/// Imports the appliance under the machine's name.
pub(super) async fn import(maker: &Maker<'_>, source: &Source, media: &Media) -> Result<(), Failure> {
    let Some(image) = &media.image else {
        return Err(Failure::new("the appliance was not fetched").hint("set source_path"));
    };
    let name = maker.options.settings.name.as_str();
    // VirtualBox gives the UUID. No machine had this name before, so one that has it is this one.
    maker.site.note(MACHINE, name)?;
    let mut words = call(&["import", &image.display().to_string(), "--vsys", "0", "--vmname", name]);
    words.extend(maker.base_folder());
    words.extend(source.import_flags.iter().cloned());
    if !source.import_opts.is_empty() {
        words.extend(call(&["--options", &source.import_opts]));
    }
    let step = maker.build.step("import");
    maker.run(&[words]).await?;
    let info = maker.info().await?;
    let uuid = info.get("UUID").unwrap_or(name).to_owned();
    maker.site.note(MACHINE, uuid)?;
    maker.site.note("folder", info.folder().display().to_string())?;
    step.done();
    Ok(())
}
