//! Builds VirtualBox images.
//!
//! This version knows the types and passes everything else on; it cannot build them yet, and says so.

use record::{Build, Failure, Record, Status, Tool};

/// The types of builders that are this tool's.
pub const TYPES: &[&str] = &["virtualbox-iso", "virtualbox-ovf", "virtualbox-vm"];

/// The tool: a filter over build records.
#[derive(Debug)]
pub struct BuildVirtualBox;

impl Tool for BuildVirtualBox {
    fn name(&self) -> &'static str {
        "build-virtualbox"
    }

    fn takes(&self, record: &Record) -> bool {
        record.status() == Status::Planned && TYPES.contains(&record.kind())
    }

    async fn process(&self, mut record: Record, build: Build) -> Record {
        let failure = Failure::new(format!("this version of Kiln cannot build {} yet", record.kind()))
            .hint(format!("leave it out: validate --except={} TEMPLATE", record.build()));
        build.fail(&mut record, &failure);
        record
    }

    /// Nothing to destroy: no machine is ever made here.
    async fn abandon(&self, _record: Record, _build: Build) {}
}
