//! Steps of `provision`, and of the builders that it does itself; `postprocess` names its steps as the template does.

use super::course::{Writer, is, named};
use crate::options::communicator::Communicator;
use crate::options::fields_of;
use crate::options::provisioner::reaches_machine;
use crate::packer_json::Planned;
use serde_json::{Map, Value};

/// The tool.
pub const TOOL: &str = "provision";
/// The tool that runs post-processors.
pub const POSTPROCESS: &str = "postprocess";

/// Connects to the machine.
pub const CONNECT: &str = "connect";
/// The builder `file`.
pub const WRITE_FILE: &str = "write file";

/// Hands the machine to its builder's tool, to be captured or destroyed.
pub fn hand_over(tool: &str) -> String {
    format!("hand over to {tool}")
}

/// A provisioner, by its type and its place among all: from 1.
pub fn provisioner(kind: &str, number: usize, of: usize) -> String {
    format!("{kind} ({number} of {of})")
}

/// Whether a provisioner works in the machine rather than here.
pub fn needs_machine(options: &Map<String, Value>) -> bool {
    options.get("type").and_then(Value::as_str).is_none_or(reaches_machine)
}

pub(super) fn write_file(writer: &mut Writer<'_>, makes: &mut Vec<String>) {
    writer.rest(TOOL, WRITE_FILE);
    makes.push(format!("file {}", super::course::text(writer.options, "target")));
}

pub(super) fn provisioners(kind: &str, planned: &Planned, writer: &mut Writer<'_>) {
    let steps = &planned.provisioners;
    if kind == "file" {
        // There is no machine: the file is all.
        return;
    }
    let reached = reached(&planned.builder);
    if reached && (kind == "null" || steps.iter().any(needs_machine)) {
        writer.step(TOOL, CONNECT, if kind == "null" { fields_of::<Communicator>() } else { &[] });
    }
    for options in steps {
        writer.own(named(TOOL, options));
    }
}

/// Whether the machine is reached at all.
pub(super) fn reached(builder: &Map<String, Value>) -> bool {
    super::course::text(builder, "communicator") != "none"
}

/// Whether a temporary key pair is made for SSH: none of the user's own is named.
pub(super) fn needs_key(builder: &Map<String, Value>) -> bool {
    let given = |name: &str| !super::course::text(builder, name).is_empty();
    !given("ssh_private_key_file") && !given("ssh_keypair_name") && !is(builder, "ssh_agent_auth")
}
