//! Options of disks and CD drives.

use crate::options::Check;
use crate::options::words::{fill, one_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Disks and CD drives.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Disks {
    /// Size of the first disk in MB (2^20 bytes); only `vmware-iso`. Default: 40000.
    pub disk_size: u64,
    /// Sizes of more disks in MB.
    pub disk_additional_size: Vec<u64>,
    /// What the disks hang on: `ide`, `sata`, `nvme`, or a SCSI adapter: `lsilogic` (also `scsi`), `lsisas1068`, `pvscsi`, `buslogic`.
    /// Default: `lsilogic`.
    pub disk_adapter_type: String,
    /// Name of the disk files, without `.vmdk`. Default: `disk`.
    pub vmdk_name: String,
    /// Form of the disk files: 0 growable in one file, 1 growable in files of 2 GB, 2 preallocated in one file, 3 preallocated in
    /// files of 2 GB, 4 preallocated for ESX, 5 compressed (streamOptimized). On ESXi: zeroedthick, eagerzeroedthick, thin. Default: 1; on ESXi
    /// zeroedthick.
    pub disk_type_id: String,
    /// What the CD drives hang on: `ide`, `sata` or `scsi`. Default: what goes with `disk_adapter_type`.
    pub cdrom_adapter_type: String,
}

/// Disk adapters.
const ADAPTERS: [&str; 8] = ["lsilogic", "scsi", "ide", "sata", "nvme", "lsisas1068", "pvscsi", "buslogic"];

/// Most that `vmware-vdiskmanager` takes, in MB: 8192 GB.
const LARGEST: u64 = 8192 << 10;

impl Disks {
    /// Checks the options and fills in defaults.
    pub(super) fn check(&mut self, esxi: bool, makes_disk: bool, check: &mut Check) {
        if makes_disk && self.disk_size == 0 {
            self.disk_size = 40000;
        } else if !makes_disk && self.disk_size > 0 {
            check
                .error("disk_size", "vmware-vmx takes the disks of its source as they are")
                .hint("leave out disk_size; disk_additional_size makes more disks");
        }
        let sizes = self.disk_additional_size.iter().enumerate();
        let paths = sizes.map(|(index, size)| (format!("disk_additional_size[{index}]"), *size));
        for (path, size) in paths.chain([("disk_size".to_owned(), self.disk_size.max(1))]) {
            if size == 0 || size > LARGEST {
                check.error(path, format!("a disk cannot have {size} MB")).hint("1 to 8388608 MB");
            }
        }
        self.disk_adapter_type = self.disk_adapter_type.to_lowercase();
        one_of("disk_adapter_type", &self.disk_adapter_type, &ADAPTERS, check);
        if matches!(self.disk_adapter_type.as_str(), "" | "scsi") {
            "lsilogic".clone_into(&mut self.disk_adapter_type);
        }
        self.cdrom_adapter_type = self.cdrom_adapter_type.to_lowercase();
        one_of("cdrom_adapter_type", &self.cdrom_adapter_type, &["ide", "sata", "scsi"], check);
        fill(&mut self.vmdk_name, "disk");
        if self.vmdk_name.contains('/') || self.vmdk_name.starts_with('.') {
            check.error("vmdk_name", format!("'{}' cannot name a file", self.vmdk_name));
        }
        let kinds: &[&str] = match esxi {
            true => &["zeroedthick", "eagerzeroedthick", "thin"],
            false => &["0", "1", "2", "3", "4", "5"],
        };
        one_of("disk_type_id", &self.disk_type_id, kinds, check);
        fill(&mut self.disk_type_id, if esxi { "zeroedthick" } else { "1" });
    }

    /// The kind of bus that disks hang on: `ide`, `sata`, `nvme` or `scsi`.
    pub fn bus(&self) -> &str {
        match self.disk_adapter_type.as_str() {
            bus @ ("ide" | "sata" | "nvme") => bus,
            _ => "scsi",
        }
    }

    /// Where the CD that the machine is installed from hangs: bus, controller and unit (packer-plugin-vmware,
    /// `step_create_vmx.go`).
    pub fn cdrom_place(&self) -> (&str, u32, u32) {
        match (self.cdrom_adapter_type.as_str(), self.bus()) {
            ("", bus @ ("ide" | "sata")) => (bus, 0, 1),
            ("", "nvme") => ("sata", 0, 0),
            ("", _) => ("ide", 0, 0),
            (bus, disks) if bus == disks => (bus, 0, 1),
            (bus, _) => (bus, 0, 0),
        }
    }
}
