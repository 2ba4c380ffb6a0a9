//! `virtualbox-vm`: a machine that VirtualBox has already, with its snapshots; and what can stay in VirtualBox.

use crate::failures::empty;
use crate::sandbox::{Sandbox, guest, testbed, with};
use serde_json::json;
use std::fs;
use std::process::Command;

/// Registers the guest as `own`, with a snapshot `base`. Its disk is left out of snapshots, since QEMU cannot write what differs from one.
fn register(sandbox: &Sandbox) {
    let (raw, disk) = (testbed("guest/disk.img").display().to_string(), sandbox.text("own.vdi"));
    let place = ["--storagectl", "SATA", "--port", "0", "--device", "0", "--type", "hdd"];
    let folder = sandbox.text("machines");
    for call in [
        &["convertfromraw", &raw, &disk, "--format", "VDI"][..],
        &["createvm", "--name", "own", "--ostype", "Debian_64", "--register", "--basefolder", &folder],
        &["modifyvm", "own", "--memory", "256", "--nic1", "nat"],
        &["storagectl", "own", "--name", "SATA", "--add", "sata", "--portcount", "1"],
        &[&["storageattach", "own"], &place[..], &["--medium", &disk, "--mtype", "writethrough"]].concat(),
        &["snapshot", "own", "take", "base"],
        &["modifyvm", "own", "--description", "as it was"],
        &["snapshot", "own", "take", "now"],
    ] {
        sandbox.virtualbox(call);
    }
}

fn snapshots(sandbox: &Sandbox) -> Vec<String> {
    let said = sandbox.virtualbox(&["snapshot", "own", "list", "--machinereadable"]);
    let names = said.lines().filter(|line| line.starts_with("SnapshotName"));
    names.filter_map(|line| Some(line.split_once('=')?.1.trim_matches('"').to_owned())).collect()
}

/// The snapshot at which the machine is.
fn current(sandbox: &Sandbox) -> String {
    let said = sandbox.virtualbox(&["snapshot", "own", "list", "--machinereadable"]);
    let line = said.lines().find_map(|line| line.strip_prefix("CurrentSnapshotName="));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

#[test]
fn a_machine_of_virtualboxs_is_built_from_a_snapshot_and_given_back() {
    let sandbox = Sandbox::with_virtualbox();
    register(&sandbox);
    fs::write(sandbox.path("additions.iso"), "guest additions").unwrap();
    let options = json!({
        "driver": "vboxmanage", "vm_name": "own", "attach_snapshot": "base", "target_snapshot": "made", "format": "ovf",
        "output_directory": "out", "output_filename": "own", "guest_additions_mode": "upload",
        "guest_additions_url": sandbox.path("additions.iso"), "guest_additions_path": "/root/{{.Version}}.iso",
        "shutdown_command": "test \"$(cat /root/7.*.iso)\" = 'guest additions' && test -s .vbox_version && poweroff",
    });
    let wanted = with(&guest(), options);
    sandbox.plan("virtualbox-vm", wanted.clone());
    let record = sandbox.built();
    assert_eq!(record["artifacts"][0]["files"][1]["path"], "out/own.ovf");
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
    // It stays, as it was: without the forwarded port, at the snapshot where it was, and with the new one.
    assert_eq!(snapshots(&sandbox), ["base", "now", "made"]);
    assert_eq!(current(&sandbox), "now");
    let info = sandbox.virtualbox(&["showvminfo", "own", "--machinereadable"]);
    assert!(info.contains("VMState=\"poweroff\"") && !info.contains("packercomm"), "{info}");
    // The same again: the snapshot is in the way, unless it may go.
    fs::remove_dir_all(sandbox.path("out")).unwrap();
    sandbox.plan("virtualbox-vm", wanted.clone());
    let record = sandbox.build();
    assert_eq!(record["error"]["message"], "the machine 'own' has a snapshot 'made' already");
    let options = json!({
        "force_delete_snapshot": true, "communicator": "none", "virtualbox_version_file": "", "guest_additions_mode": "disable",
        "shutdown_command": "", "skip_export": true,
    });
    sandbox.plan("virtualbox-vm", with(&wanted, options));
    let record = sandbox.built();
    assert_eq!(record["artifacts"], json!([]));
    assert_eq!(snapshots(&sandbox), ["base", "now", "made"]);
    sandbox.plan(
        "virtualbox-vm",
        with(&wanted, json!({ "attach_snapshot": "gone", "force_delete_snapshot": true })),
    );
    let checked = sandbox.check();
    assert!(
        checked.contains(r#""path":"attach_snapshot","message":"the machine 'own' has no snapshot 'gone'""#),
        "{checked}"
    );
}

#[test]
fn a_machine_can_stay_in_virtualbox_and_its_cd_in_the_result() {
    let sandbox = Sandbox::with_virtualbox();
    fs::write(sandbox.path("additions.iso"), vec![0; 1 << 20]).unwrap();
    let options = json!({
        "communicator": "none", "virtualbox_version_file": "", "firmware": "efi", "keep_registered": true, "bundle_iso": true,
        "export_opts": ["--options", "iso"], "format": "ova", "guest_additions_mode": "attach", "memory": 128,
        "guest_additions_url": sandbox.path("additions.iso"), "cd_content": { "/a": "b" }, "floppy_content": { "/a": "b" },
    });
    sandbox.plan("virtualbox-iso", with(&empty(&sandbox, "vboxmanage"), options));
    sandbox.built();
    let list = Command::new("tar").arg("tf").arg(sandbox.path("out/web.ova")).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert_eq!(list.lines().filter(|name| name.ends_with(".iso")).count(), 1, "{list}");
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
    let info = sandbox.virtualbox(&["showvminfo", "web", "--machinereadable"]);
    let machines = sandbox.text("machines");
    for part in
        [r#"firmware="EFI""#, r#"VMState="poweroff""#, &format!(r#"CfgFile="{machines}/web/web.vbox""#)]
    {
        assert!(info.contains(part), "{part}: {info}");
    }
    for medium in ["empty.iso", "additions.iso", "cd.iso", "floppy", "packercomm"] {
        assert!(!info.contains(medium), "{medium}: {info}");
    }
    sandbox.virtualbox(&["unregistervm", "web", "--delete"]);
}
