//! The options of both builder types, as the rest of this tool reads them.

use hypervisor::flow::Settings;
use hypervisor::iso::Request;
use record::{Failure, Record};
use template::options::builder::machine::Vnc;
use template::options::builder::vmware::{
    Disks, Hardware, Machine, Remote, Source, VMwareIso, VMwareVmx, Vm,
};
use template::options::read;

/// What the template says of a machine.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The machine and its result.
    pub vm: Vm,
    /// Its disks.
    pub disks: Disks,
    /// How it is reached by VNC.
    pub vnc: Vnc,
    /// The ESXi host.
    pub remote: Remote,
    /// What it begins with.
    pub origin: Origin,
}

/// What a machine begins with.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Nothing: it is installed from a CD.
    New(Box<Hardware>),
    /// Another machine.
    Other(Source),
}

impl Default for Origin {
    fn default() -> Self {
        Self::Other(Source::default())
    }
}

impl Options {
    /// Reads a record's options, and what the flow needs of them.
    ///
    /// # Errors
    /// When an option is not of its type.
    pub fn read(record: &Record) -> Result<(Self, Settings), Failure> {
        let builder = record.builder()?;
        Ok(if record.kind() == "vmware-iso" {
            let options: VMwareIso = read(&builder)?;
            let image = Some(Request::of(&options.iso));
            Self::of(options.machine, Origin::New(Box::new(options.hardware)), image)
        } else {
            let options: VMwareVmx = read(&builder)?;
            Self::of(options.machine, Origin::Other(options.source), None)
        })
    }

    /// What both types have in common, and what the machine begins with.
    fn of(machine: Machine, origin: Origin, image: Option<Request>) -> (Self, Settings) {
        let Machine { vm, disks, vnc, remote, base } = machine;
        let (name, exports) = (vm.vm_name.clone(), exports(&vm));
        let settings = Settings { name, image, base, exports, ..Settings::default() };
        (Self { vm, disks, vnc, remote, origin }, settings)
    }

    /// File name of a disk: 0 is the first, the others are additional ones.
    pub fn disk_file(&self, number: usize) -> String {
        match number {
            0 => format!("{}.vmdk", self.disks.vmdk_name),
            number => format!("{}-{number}.vmdk", self.disks.vmdk_name),
        }
    }

    /// The place of an additional disk on its bus. Unit 7 of a SCSI bus is the adapter's own, and a CD may have unit 1.
    pub fn unit(&self, number: usize) -> u32 {
        let bus = self.disks.bus();
        let (cd_bus, controller, cd_unit) = self.disks.cdrom_place();
        let is_free = |unit: &u32| {
            *unit != 0
                && !(bus == "scsi" && *unit == 7)
                && !(bus == cd_bus && controller == 0 && *unit == cd_unit)
        };
        (0..).filter(is_free).nth(number.saturating_sub(1)).unwrap_or_default()
    }

    /// Whether the result is the machine's files, rather than an OVF or OVA.
    pub fn keeps_files(&self) -> bool {
        self.vm.format == "vmx" || self.vm.skip_export
    }

    /// Whether disks are compacted.
    pub fn compacts(&self) -> bool {
        !self.vm.skip_compaction.unwrap_or_default()
    }

    /// Path of the machine that this one begins with.
    pub fn source(&self) -> Option<&std::path::Path> {
        match &self.origin {
            Origin::New(_) => None,
            Origin::Other(source) => Some(std::path::Path::new(&source.source_path)),
        }
    }
}

/// Whether there is a result here. On ESXi the machine itself can be the result.
fn exports(vm: &Vm) -> bool {
    !(vm.driver == "esxi" && vm.skip_export)
}

#[cfg(test)]
mod tests {
    use super::Options;
    use template::options::builder::vmware::Disks;

    #[test]
    fn additional_disks_leave_places_out() {
        for (adapter, cd, units) in [
            ("lsilogic", "", [1, 2, 3, 4, 5, 6, 8]),
            ("sata", "", [2, 3, 4, 5, 6, 7, 8]),
            ("pvscsi", "scsi", [2, 3, 4, 5, 6, 8, 9]),
            ("nvme", "", [1, 2, 3, 4, 5, 6, 7]),
        ] {
            let disks = Disks {
                disk_adapter_type: adapter.into(),
                cdrom_adapter_type: cd.into(),
                ..Disks::default()
            };
            let options = Options { disks, ..Options::default() };
            let found: Vec<u32> = (1..=7).map(|number| options.unit(number)).collect();
            assert_eq!(found, units, "{adapter} {cd}");
        }
    }
}
