//! Whole appliances: a machine and its disks as an OVF with its files, or as one OVA; and back.
//!
//! Disks are compressed straight to where they belong, also inside an OVA, on all cores. The same machine and disks give
//! the same bytes: ids are derived from the content, times come from [`crate::ova::modification_time`].

mod open;
mod write;

pub use open::{Opened, open};

use crate::convert::{Options, WrittenFile};
use crate::disk;
use crate::machine::{ControllerKind, DriveKind, Machine};
use crate::manifest::Algorithm;
use crate::ovf::{Disk, Envelope, Product, STREAM_OPTIMIZED, Style};
use crate::vmdk::Adapter;
use std::num::NonZeroUsize;

/// An appliance to be written.
#[derive(Debug, Clone)]
pub struct Appliance {
    /// What the descriptor says. Sizes and ids of the disks are filled in when they are written.
    pub envelope: Envelope,
    /// How the descriptor says it.
    pub style: Style,
    /// Digests of the manifest; `None`: no manifest.
    pub manifest: Option<Algorithm>,
    /// The content of each disk, in the order of the envelope's disks.
    pub sources: Vec<disk::Disk>,
    /// Number of threads that compress; all cores where it isn't said.
    pub threads: Option<NonZeroUsize>,
}

impl Appliance {
    /// An appliance of a machine, with a SHA-256 manifest. `base` begins the disks' names: `web` gives
    /// `web-disk001.vmdk`, as VirtualBox has it. `sources` are the drives' disks: index in [`Machine::drives`] and content.
    #[must_use]
    pub fn new(machine: Machine, base: &str, sources: Vec<(usize, disk::Disk)>, style: Style) -> Self {
        let disks = sources.iter().enumerate().map(|(index, (drive, source))| Disk {
            drive: *drive,
            file: format!("{base}-disk{:03}.vmdk", index + 1),
            size: None,
            capacity: source.capacity(),
            populated: None,
            format: STREAM_OPTIMIZED.to_owned(),
            uuid: None,
        });
        Self {
            envelope: Envelope {
                disks: disks.collect(),
                machine,
                product: Product::default(),
                forwardings: Vec::new(),
            },
            style,
            manifest: Some(Algorithm::Sha256),
            sources: sources.into_iter().map(|(_, source)| source).collect(),
            threads: None,
        }
    }

    /// Bytes of all disks as the guest sees them: what progress counts.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.sources.iter().map(disk::Disk::capacity).sum()
    }

    fn options(&self, disk: &Disk) -> Options {
        let machine = &self.envelope.machine;
        let drive = machine.drives.get(disk.drive).filter(|drive| drive.kind == DriveKind::Disk);
        let controller = drive.and_then(|drive| machine.controllers.get(drive.controller));
        let adapter = match controller.map(|controller| controller.kind) {
            Some(ControllerKind::Ide) => Adapter::Ide,
            Some(ControllerKind::BusLogic) => Adapter::BusLogic,
            _ => Adapter::LsiLogic,
        };
        Options { adapter, threads: self.threads, ..Options::default() }
    }
}

/// The files of an appliance that has been written: the descriptor (or the OVA) first.
pub type Files = Vec<WrittenFile>;
