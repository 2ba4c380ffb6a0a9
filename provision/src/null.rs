//! The builder `null`: the machine is there already, and stays.

use record::{Artifact, Failure, Machine, Record, Status};
use std::collections::BTreeMap;
use template::options::communicator::Communicator;

/// Notes how the machine is reached.
pub(crate) fn start(record: &mut Record) -> Result<(), Failure> {
    let options = Communicator::of(&record.builder()?)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let machine = Machine {
        driver: "null".into(),
        id: "Null".into(),
        communicator: options.kind().to_owned(),
        host: text(&options.ssh_host),
        port: options.ssh_port,
        user: text(&options.ssh_username),
        key_file: options.ssh_private_key_file.clone(),
        build: BTreeMap::from([("ID".to_owned(), "Null".to_owned())]),
        ..Machine::default()
    };
    record.set_machine(Some(&machine));
    record.set_status(Status::Running);
    Ok(())
}

/// Nothing is captured: the artifact says so (Packer 1.6.6, `builder/null/artifact_export.go`).
pub(crate) fn finish(record: &mut Record) {
    record.set_machine(None);
    let artifact = Artifact {
        kind: "files".into(),
        builder_id: "fnoeding.null".into(),
        id: "Null".into(),
        ..Artifact::default()
    };
    record.set("artifacts", &[artifact]);
    record.set_status(Status::Built);
}
