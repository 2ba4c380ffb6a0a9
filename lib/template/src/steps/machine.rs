//! Steps of the builders of virtual machines, `build-vmware`, `build-virtualbox` and `build-qemu`, which take the same ones.

use super::course::{Writer, is, text, tool_of};
use super::provision::{needs_key, reached};
use crate::options::builder::machine::{Boot, Http, Iso, Output, Shutdown, ShutdownControl};
use crate::options::communicator::Communicator;
use crate::options::fields_of;
use serde_json::{Map, Value};

/// Makes the temporary key pair.
pub const MAKE_KEY_PAIR: &str = "make key pair";
/// Serves files to the guest.
pub const SERVE_FILES: &str = "serve files by HTTP";
/// Makes the machine with its media, switched off.
pub const CREATE: &str = "create the machine";
/// Switches it on.
pub const START: &str = "start the machine";
/// Waits before the first key.
pub const BOOT_WAIT: &str = "boot wait";
/// Types.
pub const TYPE_BOOT_COMMAND: &str = "type the boot command";
/// Waits until the guest answers.
pub const WAIT_FOR_GUEST: &str = "wait for the guest";
/// Uploads what VirtualBox is called there.
pub const UPLOAD_VERSION: &str = "upload VirtualBox's version";
/// Uploads VirtualBox's guest additions.
pub const UPLOAD_ADDITIONS: &str = "upload guest additions";
/// Uploads VMware's tools.
pub const UPLOAD_TOOLS: &str = "upload the tools";
/// Shuts the machine down.
pub const SHUT_DOWN: &str = "shut down";
/// Makes the result of it.
pub const EXPORT: &str = "export";
/// Removes all but the result.
pub const REMOVE: &str = "remove the machine";

/// What is fetched: an installer's CD.
pub const ISO: &str = "ISO";
/// What is fetched: an appliance.
pub const APPLIANCE: &str = "appliance";
/// What is fetched: a disk.
pub const DISK_IMAGE: &str = "disk image";

/// Fetches an image, or finds it on this computer.
pub fn fetch(what: &str) -> String {
    format!("fetch {what}")
}

/// Options of what becomes of the machine.
const RESULT: [&str; 15] = [
    "bundle_iso",
    "compression_level",
    "disk_compression",
    "export_opts",
    "format",
    "keep_registered",
    "output_filename",
    "ovftool_options",
    "skip_compaction",
    "skip_export",
    "vboxmanage_post",
    "vmx_data_post",
    "vmx_disk_compact",
    "vmx_remove_ethernet_interfaces",
    "remote_output_directory",
];

/// Whether a builder makes virtual machines.
pub(super) fn is_machine(kind: &str) -> bool {
    kind == "qemu" || kind.starts_with("virtualbox-") || kind.starts_with("vmware-")
}

/// How the driver is chosen.
pub(super) fn driver(kind: &str, options: &Map<String, Value>) -> Option<String> {
    let own = match kind {
        "qemu" => return None,
        _ if kind.starts_with("virtualbox-") => "vboxmanage where VirtualBox is installed",
        _ => "vmrun where VMware is installed",
    };
    Some(match text(options, "driver") {
        "" | "auto" => format!("{own}, else qemu"),
        driver => driver.to_owned(),
    })
}

pub(super) fn start(kind: &str, writer: &mut Writer<'_>) {
    let options = writer.options;
    let tool = tool_of(kind);
    let set = |name: &str| options.contains_key(name);
    match kind {
        "virtualbox-vm" | "vmware-vmx" => {}
        "virtualbox-ovf" => {
            writer.step(&tool, &fetch(APPLIANCE), &["source_path", "checksum", "target_path"]);
        }
        _ if is(options, "disk_image") => writer.step(&tool, &fetch(DISK_IMAGE), fields_of::<Iso>()),
        _ => writer.step(&tool, &fetch(ISO), fields_of::<Iso>()),
    }
    if matches!(text(options, "communicator"), "" | "ssh") && needs_key(options) {
        let key = ["temporary_key_pair_name", "temporary_key_pair_type", "temporary_key_pair_bits"];
        writer.step(&tool, MAKE_KEY_PAIR, &key);
    }
    if set("http_directory") || set("http_content") {
        writer.step(&tool, SERVE_FILES, fields_of::<Http>());
    }
    writer.rest(&tool, CREATE);
    writer.step(&tool, START, &["headless"]);
    if set("boot_command") {
        if !text(options, "boot_wait").starts_with('-') {
            writer.step(&tool, BOOT_WAIT, &["boot_wait"]);
        }
        writer.step(&tool, TYPE_BOOT_COMMAND, fields_of::<Boot>());
    }
    if reached(options) {
        writer.step(&tool, WAIT_FOR_GUEST, fields_of::<Communicator>());
    }
    if matches!(text(options, "communicator"), "" | "ssh") {
        upload(&tool, writer);
    }
}

/// What is put into the guest as soon as it answers.
fn upload(tool: &str, writer: &mut Writer<'_>) {
    let options = writer.options;
    if text(options, "guest_additions_mode") == "upload" {
        let additions =
            ["guest_additions_mode", "guest_additions_path", "guest_additions_url", "guest_additions_sha256"];
        writer.step(tool, UPLOAD_ADDITIONS, &additions);
    }
    if text(options, "tools_mode") == "upload" {
        let tools = ["tools_mode", "tools_upload_flavor", "tools_upload_path", "tools_source_path"];
        writer.step(tool, UPLOAD_TOOLS, &tools);
    }
}

pub(super) fn finish(kind: &str, writer: &mut Writer<'_>, makes: &mut Vec<String>) {
    let options = writer.options;
    let tool = tool_of(kind);
    let shutdown = [fields_of::<Shutdown>(), fields_of::<ShutdownControl>()].concat();
    writer.step(&tool, SHUT_DOWN, &shutdown);
    let exports =
        !is(options, "skip_export") || (kind.starts_with("vmware-") && text(options, "driver") != "esxi");
    if exports {
        writer.step(&tool, EXPORT, &[fields_of::<Output>(), &RESULT].concat());
        makes.push(format!("files in {}", text(options, "output_directory")));
    }
    writer.step(&tool, REMOVE, &[]);
}
