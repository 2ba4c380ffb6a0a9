//! The options of the three builder types, in one form.

use hypervisor::flow::Settings;
use hypervisor::iso::Request;
use record::{Failure, Record};
use std::path::PathBuf;
use template::Late;
use template::options::builder::virtualbox::{
    Common, Devices, Disks, Export, GuestAdditions, Hardware, Machine, Ports, Snapshots, Source,
    VirtualBoxIso, VirtualBoxOvf, VirtualBoxVm, Vrdp,
};
use template::steps::machine as steps;

/// What a build was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// `auto`, `vboxmanage` or `qemu`.
    pub driver: String,
    /// Where the machine comes from.
    pub origin: Origin,
    /// How it is run and changed.
    pub common: Common,
    /// The forwarded port.
    pub ports: Ports,
    /// The remote display.
    pub vrdp: Vrdp,
    /// Guest additions.
    pub additions: GuestAdditions,
    /// What it becomes.
    pub export: Export,
    /// What the shared steps need.
    pub settings: Settings,
}

/// Where a machine comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// It is made and installed: `virtualbox-iso`.
    New(Box<(Hardware, Disks, Devices)>),
    /// It is made of an appliance: `virtualbox-ovf`.
    Appliance(Source),
    /// VirtualBox has it: `virtualbox-vm`.
    Existing(Snapshots),
}

impl Options {
    /// Reads a record's options.
    ///
    /// # Errors
    /// When an option is not of its type.
    pub fn read(record: &Record) -> Result<Self, Failure> {
        let object = record.builder()?;
        let mut options = match record.kind() {
            "virtualbox-ovf" => {
                let options: VirtualBoxOvf = template::options::read(&object)?;
                let image = appliance(&options.source);
                Self::of(options.machine, Origin::Appliance(options.source), image)
            }
            "virtualbox-vm" => {
                let options: VirtualBoxVm = template::options::read(&object)?;
                Self::of(options.machine, Origin::Existing(options.snapshots), None)
            }
            _ => {
                let options: VirtualBoxIso = template::options::read(&object)?;
                let hardware = Box::new((options.hardware, options.disks, options.devices));
                Self::of(options.machine, Origin::New(hardware), Some(Request::of(&options.iso)))
            }
        };
        // Packer's default; the time is the record's own, so that each tool finds the same name.
        let name = match options.common.vm_name.as_str() {
            "" => format!("packer-{}-{}", record.build(), Late::of(record)?.render("{{timestamp}}")?),
            name => name.to_owned(),
        };
        if options.export.output_filename.is_empty() {
            options.export.output_filename.clone_from(&name);
        }
        options.settings.name = name;
        Ok(options)
    }

    /// What the three types have in common, and where the machine comes from.
    fn of(machine: Machine, origin: Origin, image: Option<Request>) -> Self {
        let Machine { driver, common, ports, vrdp, guest_additions, control, export, base } = machine;
        let exports = !export.skip_export;
        let settings = Settings { name: String::new(), image, base, control, exports };
        let (driver, additions) = (driver.driver, guest_additions);
        Self { driver, origin, common, ports, vrdp, additions, export, settings }
    }
}

/// The appliance, as something to fetch. A file of this computer is used where it is.
fn appliance(source: &Source) -> Option<Request> {
    let none = source.checksum.is_empty();
    let target = Some(&source.target_path).filter(|path| !path.is_empty());
    Some(Request {
        what: steps::APPLIANCE.to_owned(),
        urls: vec![source.source_path.clone()],
        checksum: if none { "none".to_owned() } else { source.checksum.clone() },
        target: target.map(PathBuf::from),
        extension: if source.source_path.ends_with(".ovf") { "ovf" } else { "ova" }.to_owned(),
        options: ("source_path", "checksum"),
    })
}
