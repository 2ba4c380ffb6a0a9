//! What people see when it goes wrong.

use crate::sandbox::{Sandbox, guest, with};
use serde_json::{Value, json};
use std::fs;

/// A machine that starts from a CD with nothing on it.
pub(crate) fn empty(sandbox: &Sandbox, driver: &str) -> Value {
    fs::write(sandbox.path("empty.iso"), vec![0; 1 << 20]).unwrap();
    let options = json!({
        "driver": driver, "iso_url": sandbox.path("empty.iso"), "iso_checksum": "none", "iso_target_extension": "iso",
        "vm_name": "web", "guest_os_type": "Other", "firmware": "bios", "chipset": "piix3", "cpus": 1, "memory": 32,
        "disk_size": 8, "hard_drive_interface": "ide", "iso_interface": "ide", "nic_type": "82540EM", "format": "ovf",
        "sound": "none", "audio_controller": "ac97", "usb_controller": "none", "mouse": "ps2", "keyboard": "ps2",
        "gfx_vram_size": 4, "output_directory": "out", "output_filename": "web",
    });
    with(&guest(), options)
}

#[test]
fn a_guest_that_never_answers_is_shown() {
    let sandbox = Sandbox::new();
    sandbox.plan("virtualbox-iso", with(&empty(&sandbox, "qemu"), json!({ "ssh_timeout": "8s" })));
    let record = sandbox.build();
    assert_eq!(record["status"], "failed");
    let error = &record["error"];
    let message = error["message"].as_str().unwrap();
    assert_eq!(error["step"], "wait for the guest");
    assert!(message.starts_with("waited 8 s for SSH in the guest; last seen: port "), "{message}");
    let state = sandbox.state();
    let picture = state.join("console.png");
    assert!(message.contains(&format!("; the screen is in {}", picture.display())), "{message}");
    assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
    assert!(fs::read_to_string(state.join("console.txt")).unwrap().contains("bootable"));
    assert!(error["output"].to_string().contains("bootable"), "{error}");
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
}

#[test]
fn what_is_there_already_is_said_before_anything_is_made() {
    let sandbox = Sandbox::with_virtualbox();
    let folder = sandbox.text("machines");
    sandbox.virtualbox(&["createvm", "--name", "web", "--register", "--basefolder", &folder]);
    // A look finds all at once.
    let more = json!({ "guest_os_type": "Hurd", "iso_url": "/nowhere.iso", "output_directory": "." });
    sandbox.plan("virtualbox-iso", with(&empty(&sandbox, "vboxmanage"), more));
    let found = sandbox.check();
    for part in [
        r#""path":"vm_name","message":"VirtualBox has a machine 'web' already: "#,
        r#""path":"guest_os_type","message":"VirtualBox knows no operating system 'Hurd'""#,
        r#""path":"iso_url","message":"cannot get the ISO from /nowhere.iso: No such file or directory""#,
        r#""path":"output_directory","message":"the output folder . exists already""#,
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(!sandbox.state().exists(), "a look leaves nothing");
    sandbox.plan("virtualbox-iso", empty(&sandbox, "vboxmanage"));
    let record = sandbox.build();
    let message = record["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("VirtualBox has a machine 'web' already: "), "{message}");
    fs::create_dir(sandbox.path("out")).unwrap();
    let record = sandbox.build();
    assert_eq!(record["error"]["message"], "the output folder out exists already");
    // The other's machine is still there.
    assert!(sandbox.virtualbox(&["list", "vms"]).starts_with("\"web\""));
    sandbox.virtualbox(&["unregistervm", "web", "--delete"]);
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
}

#[test]
fn virtualbox_that_is_not_there_is_said() {
    let sandbox = Sandbox::new();
    sandbox.plan("virtualbox-vm", json!({ "driver": "vboxmanage", "vm_name": "web" }));
    let record = sandbox.build();
    assert_eq!(record["error"]["message"], "VBoxManage is not installed, or not on PATH");
    assert!(
        sandbox
            .check()
            .starts_with(r#"{"build":"web","path":"driver","message":"VBoxManage is not installed"#)
    );
}
