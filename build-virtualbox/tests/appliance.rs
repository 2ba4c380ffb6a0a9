//! From an appliance to an appliance, with the real VirtualBox.

use crate::sandbox::{Sandbox, guest, testbed, with};
use serde_json::json;
use std::process::Command;

/// Has VirtualBox make an appliance of the tiny guest's disk.
fn source(sandbox: &Sandbox) -> String {
    let (disk, source) = (sandbox.text("source.vmdk"), sandbox.text("source.ova"));
    let raw = testbed("guest/disk.img").display().to_string();
    sandbox.virtualbox(&["convertfromraw", &raw, &disk, "--format", "VMDK", "--variant", "Stream"]);
    let folder = sandbox.text("machines");
    for call in [
        &["createvm", "--name", "mini", "--ostype", "Debian_64", "--register", "--basefolder", &folder][..],
        &["storagectl", "mini", "--name", "SATA", "--add", "sata", "--portcount", "1"],
        &[
            "storageattach",
            "mini",
            "--storagectl",
            "SATA",
            "--port",
            "0",
            "--device",
            "0",
            "--type",
            "hdd",
            "--medium",
            &disk,
        ],
        &["modifyvm", "mini", "--memory", "512", "--nic1", "nat"],
        &["export", "mini", "--output", &source],
        &["unregistervm", "mini", "--delete"],
    ] {
        sandbox.virtualbox(call);
    }
    source
}

#[test]
fn the_same_disk_gives_the_same_bytes() {
    let first = Sandbox::with_virtualbox();
    let source = source(&first);
    let made = [first, Sandbox::new()].map(|sandbox| {
        // Switched off before it has written anything.
        let options = json!({
            "driver": "qemu", "source_path": source, "checksum": "none", "vm_name": "web", "format": "ova",
            "output_directory": "out", "output_filename": "web", "communicator": "none", "boot_wait": "-1s",
            "export_opts": ["--manifest"], "virtualbox_version_file": "",
        });
        sandbox.plan("virtualbox-ovf", with(&guest(), options));
        sandbox.built();
        (std::fs::read(sandbox.path("out/web.ova")).unwrap(), sandbox)
    });
    let [(first, _), (second, _)] = &made;
    assert!(first.len() > 1 << 20, "{} bytes", first.len());
    assert!(first == second, "the appliances differ");
}

#[test]
fn virtualbox_makes_an_appliance_of_an_appliance() {
    let sandbox = Sandbox::with_virtualbox();
    let source = source(&sandbox);
    let options = json!({
        "driver": "vboxmanage", "source_path": source, "vm_name": "web", "format": "ova", "output_directory": "out",
        "vboxmanage": [["modifyvm", "{{.Name}}", "--memory", "384"]], "vboxmanage_post": [["modifyvm", "{{.Name}}", "--cpus", "2"]],
        "export_opts": ["--manifest", "--vsys", "0", "--product", "Kiln's web"], "output_filename": "result",
    });
    sandbox.plan("virtualbox-ovf", with(&guest(), options));
    let record = sandbox.built();
    let artifact = &record["artifacts"][0];
    assert_eq!(artifact["builder_id"], "mitchellh.virtualbox");
    assert_eq!(artifact["files"][0]["path"], "out/result.ova");
    let list = Command::new("tar").arg("tf").arg(sandbox.path("out/result.ova")).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(list.starts_with("result.ovf\n") && list.ends_with("result.mf\n"), "{list}");
    // Nothing of the build is left in VirtualBox, and the result can be imported.
    assert_eq!(sandbox.virtualbox(&["list", "vms"]), "");
    assert_eq!(sandbox.virtualbox(&["list", "hdds"]).trim(), "");
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
    let result = sandbox.text("out/result.ova");
    sandbox.virtualbox(&["import", &result, "--vsys", "0", "--vmname", "again"]);
    let info = sandbox.virtualbox(&["showvminfo", "again", "--machinereadable"]);
    assert!(info.contains("memory=384\n") && info.contains("cpus=2\n"), "{info}");
    assert!(!info.contains("packercomm"), "{info}");
    sandbox.virtualbox(&["unregistervm", "again", "--delete"]);
}
