//! `build-qemu` as a filter: real machines under QEMU.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod place;

use kiln_tests::filter;
use place::{Place, planned};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TOOL: &str = env!("CARGO_BIN_EXE_build-qemu");

fn qemu_img(arguments: &[&str], path: &Path) -> String {
    let output = Command::new("qemu-img").args(arguments).arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_disk_becomes_a_compressed_qcow2() {
    let place = Place::new();
    let base = place.idle_disk();
    let before = fs::read(&base).unwrap();
    let built =
        place.build(&planned(&base, json!({ "disk_compression": true, "disk_additional_size": ["1M"] })));
    assert_eq!(built["status"], "built", "{built:#}");
    let artifact = &built["artifacts"][0];
    assert_eq!((&artifact["builder_id"], &artifact["id"]), (&json!("transcend.qemu"), &json!("VM")));
    assert_eq!(artifact["details"]["diskPaths"], json!(["out/web", "out/web-1"]));
    assert_eq!(artifact["details"]["diskType"], "qcow2");
    let info: Value =
        serde_json::from_str(&qemu_img(&["info", "--output=json"], &place.path("out/web"))).unwrap();
    assert_eq!((&info["format"], &info["virtual-size"]), (&json!("qcow2"), &json!(2 << 20)));
    assert!(info.get("backing-filename").is_none(), "{info}");
    let raw = place.path("raw");
    let target = raw.to_str().unwrap();
    let convert = ["convert", "-O", "raw", "-f", "qcow2"];
    let status =
        Command::new("qemu-img").args(convert).arg(place.path("out/web")).arg(target).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read(&raw).unwrap()[..1 << 20], before);
    assert_eq!(fs::read(&base).unwrap(), before, "the image is not touched");
    place.assert_holds(&["base.img", "out", "raw"]);
}

#[test]
fn a_result_can_keep_its_backing_file_or_be_raw() {
    let place = Place::new();
    let base = place.idle_disk();
    let options = json!({ "use_backing_file": true, "skip_compaction": true, "skip_resize_disk": true });
    let built = place.build(&planned(&base, options));
    assert_eq!(built["status"], "built", "{built:#}");
    let info: Value =
        serde_json::from_str(&qemu_img(&["info", "--output=json"], &place.path("out/web"))).unwrap();
    assert_eq!(info["backing-filename"], json!(base));
    let options = json!({ "format": "raw", "skip_compaction": true, "output_directory": "raw" });
    let built = place.build(&planned(&base, options));
    assert_eq!(built["status"], "built", "{built:#}");
    let raw = fs::read(place.path("raw/web")).unwrap();
    assert_eq!((raw.len(), &raw[4096..4105]), (2 << 20, &b"real data"[..]));
    place.assert_holds(&["base.img", "out", "raw"]);
}

#[test]
fn what_fails_leaves_nothing_and_says_why() {
    let place = Place::new();
    let base = place.idle_disk();
    for (options, expected) in [
        (json!({ "disk_size": "1k" }), "qemu-img resize fails: "),
        (json!({ "qemuargs": [["-device", "flux-capacitor"]] }), "QEMU does not start: "),
        (
            json!({ "efi_boot": true, "efi_firmware_code": "/nowhere/code", "efi_firmware_vars": "/nowhere/vars" }),
            "cannot copy the firmware's variables /nowhere/vars: ",
        ),
        (json!({ "qemu_binary": "qemu-system-pdp11" }), "there is no qemu-system-pdp11 here"),
    ] {
        let failed = place.build(&planned(&base, options));
        let message = failed["error"]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(expected), "{failed:#}");
        place.assert_holds(&["base.img"]);
    }
    fs::create_dir(place.path("out")).unwrap();
    let failed = place.build(&planned(&base, json!({})));
    assert_eq!(failed["error"]["message"], "the output folder out exists already");
    assert!(failed.get("machine").is_none(), "{failed:#}");
}

/// The testbed's guest: started, answered over SSH, shut down by command.
#[test]
fn a_guest_is_started_and_shut_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let testbed = std::env::var_os("TESTBED_DIR").map_or_else(|| root.join(".testbed"), PathBuf::from);
    let guest = testbed.join("guest");
    assert!(guest.join("disk.img").is_file(), "{} is missing: run 'make setup' first", guest.display());
    let place = Place::new();
    let built = place.build(&planned(
        &guest.join("disk.img"),
        json!({
            "communicator": "ssh", "ssh_username": "root", "ssh_port": 22, "ssh_timeout": "15m",
            "ssh_private_key_file": guest.join("key"), "shutdown_command": "poweroff", "disk_size": "200M",
            "qemuargs": [["-netdev", "user,id=mine,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:22"],
                         ["-device", "virtio-net,netdev=mine"]],
        }),
    ));
    assert_eq!(built["status"], "built", "{built:#}");
    let info: Value =
        serde_json::from_str(&qemu_img(&["info", "--output=json"], &place.path("out/web"))).unwrap();
    assert_eq!(info["virtual-size"], json!(200 << 20));
    qemu_img(&["check", "-q"], &place.path("out/web"));
    place.assert_holds(&["out"]);
}

#[test]
fn passes_everything_else() {
    filter::passes_everything_else(TOOL, "qemu");
}

#[test]
fn help_says_what_goes_in_and_out() {
    filter::help_says_what_goes_in_and_out(TOOL);
}

#[test]
fn what_no_tool_runs_is_refused_before_there_is_a_machine() {
    let place = Place::new();
    let base = place.idle_disk();
    let mut record =
        planned(&base, json!({"communicator": "ssh", "ssh_username": "root", "ssh_proxy_host": "p"}));
    record["provisioners"] = json!([{"type": "powershell"}]);
    let failed = place.build(&record);
    assert_eq!(failed["status"], "failed", "{failed:#}");
    assert_eq!(
        failed["error"]["message"],
        "no tool of this version connects by 'ssh_proxy_host'; no tool of this version runs the provisioner 'powershell'"
    );
    place.assert_holds(&["base.img"]);
}
