//! Machines under the stand-in for `vmrun`.

use crate::place::Place;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Command;

/// A clone is changed and exported; what comes out is a machine that another build begins with, under QEMU.
#[test]
fn a_clone_under_vmrun_becomes_a_vmx_and_then_an_ova_under_qemu() {
    let place = Place::new(true);
    place.guest_machine("pvscsi", "vmxnet3");
    let record = place.record(
        "vmware-vmx",
        json!({"driver": "vmrun", "source_path": "source/base.vmx", "snapshot_name": "clean", "vmx_data": {"annotation": "x"},
               "vmx_data_post": {"annotation": "done"}, "disk_additional_size": [8]}),
    );
    let mut running = place.run(&record, "running");
    assert_eq!(running["machine"]["driver"], "vmrun");
    assert!(running["machine"]["host"].as_str().unwrap().starts_with("127.77."), "{running}");
    place.ssh(&running, "echo hello > /root/provisioned; sync");
    running["status"] = "provisioned".into();
    let built = place.run(&running, "built");
    let names: Vec<&str> = paths(&built);
    assert_eq!(
        names,
        [
            "out/disk-1-000001.vmdk",
            "out/disk-1-s001.vmdk",
            "out/disk-1.vmdk",
            "out/web-000001.vmdk",
            "out/web.vmdk",
            "out/web.vmsd",
            "out/web.vmx"
        ]
    );
    let vmx = fs::read_to_string(place.work("out/web.vmx")).unwrap();
    for line in [
        "scsi0.virtualDev = \"pvscsi\"",
        "scsi0:0.fileName = \"web-000001.vmdk\"",
        "scsi0:1.fileName = \"disk-1-000001.vmdk\"",
        "ethernet0.virtualDev = \"vmxnet3\"",
        "annotation = \"done\"",
        "displayName = \"web\"",
    ] {
        assert!(vmx.contains(line), "{line} is not in\n{vmx}");
    }
    assert!(!vmx.to_lowercase().contains("remotedisplay"), "{vmx}");
    place.is_clean();

    let again = Place::new(false);
    let source = place.work("out/web.vmx");
    let record = again.record(
        "vmware-vmx",
        json!({"driver": "qemu", "source_path": source, "format": "ova", "vm_name": "again"}),
    );
    let mut running = again.run(&record, "running");
    assert_eq!(running["machine"]["driver"], "qemu");
    let found = again
        .ssh(&running, "cat /root/provisioned; ls /sys/block; readlink /sys/class/net/eth0/device/driver");
    assert!(
        found.starts_with("hello\n") && found.contains("sdb") && found.trim_end().ends_with("/vmxnet3"),
        "{found}"
    );
    running["status"] = "provisioned".into();
    let built = again.run(&running, "built");
    assert_eq!(paths(&built), ["out/again.ova"]);
    let listed = Command::new("tar").arg("tf").arg(again.work("out/again.ova")).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed, "again.ovf\nagain.mf\nagain-disk001.vmdk\nagain-disk002.vmdk\n");
    again.is_clean();
}

fn paths(record: &Value) -> Vec<&str> {
    let files = record["artifacts"][0]["files"].as_array().unwrap();
    files.iter().map(|file| file["path"].as_str().unwrap()).collect()
}

/// `kill -9` while the guest boots; `sweep` leaves nothing.
#[test]
fn what_a_killed_tool_leaves_is_swept() {
    let place = Place::new(true);
    place.guest_machine("lsilogic", "e1000");
    let record = place.record("vmware-vmx", json!({"driver": "vmrun", "source_path": "source/base.vmx"}));
    let mut child = place.start(&record);
    let said = BufReader::new(child.stderr.take().unwrap());
    let runs = said.lines().map_while(Result::ok).any(|line| line.contains("machine web runs (vmrun)"));
    assert!(runs, "the machine was never started");
    child.kill().unwrap();
    child.wait().unwrap();
    let listed = place.program("vmrun").args(["-T", "ws", "list"]).output().unwrap();
    assert!(String::from_utf8(listed.stdout).unwrap().starts_with("Total running VMs: 1\n"));
    let swept = place.sweep();
    let said = String::from_utf8(swept.stderr).unwrap();
    assert!(swept.status.success(), "{said}");
    assert!(String::from_utf8(swept.stdout).unwrap().contains("\"kind\":\"folder\""), "{said}");
    let listed = place.program("vmrun").args(["-T", "ws", "list"]).output().unwrap();
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), "Total running VMs: 0\n");
    place.is_clean();
    assert!(place.work("source/disk.vmdk").is_file() && !place.work("out").exists());
}

/// From the installer's CD: the boot command is typed over VNC, the answers come by HTTP.
#[test]
fn an_iso_is_installed_by_typing() {
    let place = Place::new(true);
    let key = fs::read_to_string(crate::place::testbed("key.pub")).unwrap();
    let record = place.record(
        "vmware-iso",
        json!({
            "driver": "vmrun", "iso_url": crate::place::testbed("installer.iso"), "iso_checksum": "none", "memory": 256, "cpus": 1,
            "disk_size": 160, "disk_type_id": "0", "disk_adapter_type": "lsilogic", "network": "nat",
            "network_adapter_type": "e1000", "http_port_min": 8000, "http_port_max": 9000, "boot_wait": "25s",
            "http_content": {"/answers.cfg": format!("hostname = installed\nauthorized_key = {key}\n")},
            "boot_command": ["install answers=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.cfg<enter>"],
        }),
    );
    let mut running = place.run(&record, "running");
    let found = place.ssh(&running, "hostname; cat /var/log/installer");
    assert!(found.starts_with("installed\n") && found.contains("answers=http://"), "{found}");
    running["status"] = "provisioned".into();
    let built = place.run(&running, "built");
    assert_eq!(paths(&built), ["out/disk.vmdk", "out/web.vmx"]);
    let vmx = fs::read_to_string(place.work("out/web.vmx")).unwrap();
    assert!(vmx.contains("ide0:0.fileName = \"auto detect\"") && !vmx.contains("installer.iso"), "{vmx}");
    place.is_clean();
}
