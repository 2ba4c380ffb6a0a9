use super::{Parallel, Serial, VMwareIso, VMwareVmx};
use crate::options::{Check, Component, Finding, read};
use serde_json::{Map, Value, json};

/// Options that are right, with some of them replaced.
fn with(base: Value, changes: Value) -> Map<String, Value> {
    let (Value::Object(mut base), Value::Object(changes)) = (base, changes) else { panic!("objects") };
    base.extend(changes);
    base
}

fn iso(changes: Value) -> (Map<String, Value>, Vec<String>) {
    let base = json!({
        "iso_url": "https://example.org/a.iso", "iso_checksum": "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "ssh_username": "root", "ssh_password": "x",
    });
    checked::<VMwareIso>(&with(base, changes))
}

fn vmx(changes: Value) -> (Map<String, Value>, Vec<String>) {
    checked::<VMwareVmx>(&with(json!({"ssh_username": "root", "ssh_password": "x"}), changes))
}

/// The options with their defaults, and what is found, as `path: message`; warnings have a `?` before them.
fn checked<C: Component>(options: &Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    let mut options: C = read(options).unwrap();
    let mut check = Check { build: "web".into(), ..Check::default() };
    options.check(&mut check);
    let say = |finding: &Finding| {
        format!("{}{}: {}", if finding.warning { "? " } else { "" }, finding.path, finding.message)
    };
    (options.encode(), check.findings.iter().map(say).collect())
}

fn defaults(found: &Map<String, Value>, expected: Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(found.get(name).unwrap_or(&Value::Null), value, "{name}");
    }
}

#[test]
fn what_is_not_said_is_filled_in() {
    let (options, findings) = iso(json!({}));
    assert_eq!(findings, [""; 0]);
    defaults(
        &options,
        json!({
            "driver": "auto", "vm_name": "packer-web", "display_name": "packer-web", "version": 21,
            "guest_os_type": "other-64", "format": "vmx", "disk_size": 40000, "disk_adapter_type": "lsilogic",
            "vmdk_name": "disk", "disk_type_id": "1", "cpus": 1, "memory": 512, "network": "nat",
            "network_adapter_type": "e1000", "usb_version": "3.1", "output_directory": "output-web",
            "vnc_bind_address": "127.0.0.1", "vnc_port_min": 5900, "vnc_port_max": 6000, "boot_wait": "10s",
            "shutdown_timeout": "5m0s", "tools_upload_path": "{{ .Flavor }}.iso", "remote_type": null,
        }),
    );
}

#[test]
fn esxi_has_defaults_of_its_own() {
    let (options, findings) = iso(json!({"remote_type": "esx5", "remote_host": "esx.example.org"}));
    assert_eq!(findings, [""; 0]);
    defaults(
        &options,
        json!({
            "driver": "esxi", "remote_type": "esxi", "remote_port": 22, "remote_username": "root",
            "remote_datastore": "datastore1", "remote_cache_datastore": "datastore1",
            "remote_cache_directory": "packer_cache", "remote_output_directory": "packer-web",
            "disk_type_id": "zeroedthick", "skip_compaction": true, "format": "ovf",
        }),
    );
}

#[test]
fn mistakes_of_vmware_iso() {
    for (changes, expected) in [
        (json!({"disk_adapter_type": "SCSI", "disk_type_id": "0"}), vec![]),
        (
            json!({"disk_adapter_type": "virtio"}),
            vec!["disk_adapter_type: 'virtio' is not a value of disk_adapter_type"],
        ),
        (json!({"disk_type_id": "thin"}), vec!["disk_type_id: 'thin' is not a value of disk_type_id"]),
        (json!({"disk_additional_size": [100, 0]}), vec!["disk_additional_size[1]: a disk cannot have 0 MB"]),
        (json!({"format": "qcow2"}), vec!["format: 'qcow2' is not a value of format"]),
        (json!({"memory": 1023}), vec!["? memory: 1023 MB is no multiple of 4, as VMware asks for"]),
        (json!({"cpus": 3, "cores": 2}), vec!["cores: 3 processors do not fill sockets of 2"]),
        (json!({"vm_name": "a/b"}), vec!["vm_name: 'a/b' cannot name files"]),
        (json!({"version": 3}), vec!["version: 3 is no version of VMware's hardware"]),
        (json!({"tools_mode": "upload"}), vec!["tools_mode: upload needs to know which tools"]),
        (json!({"tools_upload_flavor": "linux"}), vec![]),
        (
            json!({"tools_upload_flavor": "linux", "driver": "qemu"}),
            vec!["tools_mode: VMware's tools come with its products, and qemu is the driver"],
        ),
        (json!({"serial": "PIPE:/p,client"}), vec!["serial: app or vm is missing, where '' stands"]),
        (json!({"parallel": "USB:"}), vec!["parallel: 'USB' is no kind of parallel port"]),
        (json!({"remote_type": "esxi"}), vec!["remote_host: the ESXi host is not named"]),
        (
            json!({"remote_type": "esxi", "remote_host": "h", "driver": "qemu"}),
            vec!["driver: remote_type asks for ESXi, and driver for qemu"],
        ),
        (
            json!({"remote_type": "esxi", "remote_host": "h", "remote_output_directory": "../x"}),
            vec!["remote_output_directory: '../x' is not a folder within a datastore"],
        ),
        (
            json!({"remote_type": "esxi", "remote_host": "h", "vnc_over_websocket": true}),
            vec!["vnc_over_websocket: VNC through the host's web server is not supported"],
        ),
        (json!({"vmx_data": {"a": "x\ny"}}), vec!["vmx_data.a: this cannot stand in a .vmx file"]),
        (
            json!({"ovftool_options": ["--x"]}),
            vec!["? ovftool_options: ovftool is not used: the format is vmx"],
        ),
        (
            json!({"disable_vnc": true, "boot_command": ["x"]}),
            vec!["disable_vnc: boot_command is typed over VNC, which is disabled"],
        ),
    ] {
        assert_eq!(iso(changes.clone()).1, expected, "{changes}");
    }
}

#[test]
fn mistakes_of_vmware_vmx() {
    let file = tempfile::Builder::new().suffix(".ova").tempfile().unwrap();
    let ova = file.path().to_str().unwrap();
    for (changes, expected) in [
        (json!({"source_path": ova}), vec![]),
        (json!({}), vec!["source_path: the machine to begin with is missing".to_owned()]),
        (
            json!({"source_path": "/none/a.vmx"}),
            vec!["source_path: there is no file '/none/a.vmx'".to_owned()],
        ),
        (
            json!({"source_path": ova, "linked": true}),
            vec!["linked: an appliance has neither snapshots nor disks to link to".to_owned()],
        ),
        (
            json!({"source_path": ova, "disk_size": 5}),
            vec!["disk_size: vmware-vmx takes the disks of its source as they are".to_owned()],
        ),
        (
            json!({"source_path": "/vmfs/a.ova", "driver": "esxi", "remote_host": "h"}),
            vec!["source_path: '/vmfs/a.ova' is not a .vmx file on the ESXi host".to_owned()],
        ),
        (json!({"source_path": "/vmfs/a.vmx", "driver": "esxi", "remote_host": "h"}), vec![]),
    ] {
        assert_eq!(vmx(changes.clone()).1, expected, "{changes}");
    }
    let (options, _) = vmx(json!({"source_path": ova}));
    assert!(options["vm_name"].as_str().unwrap().starts_with("packer-web-"));
}

#[test]
fn ports() {
    let path = || "/dev/p".to_owned();
    assert_eq!(Serial::parse(""), Ok(Serial::None));
    assert_eq!(Serial::parse("file:/dev/p,yield"), Ok(Serial::File { path: path(), yields: true }));
    assert_eq!(Serial::parse("DEVICE:/dev/p"), Ok(Serial::Device { path: path(), yields: false }));
    assert_eq!(Serial::parse("AUTO:yield"), Ok(Serial::Auto { yields: true }));
    let pipe = Serial::Pipe { path: path(), server: true, machine: false, yields: false };
    assert_eq!(Serial::parse("PIPE:/dev/p,server,app"), Ok(pipe));
    assert_eq!(Parallel::parse("NONE"), Ok(Parallel::None));
    assert_eq!(Parallel::parse("FILE:/dev/p"), Ok(Parallel::File(path())));
    assert_eq!(Parallel::parse("DEVICE:/dev/p,bi"), Ok(Parallel::Device { path: path(), both_ways: true }));
    assert_eq!(Parallel::parse("AUTO:uni"), Ok(Parallel::Auto { both_ways: false }));
}

#[test]
fn cds_go_with_the_disks() {
    for (disk, cd, place) in [
        ("lsilogic", "", ("ide", 0, 0)),
        ("ide", "", ("ide", 0, 1)),
        ("sata", "", ("sata", 0, 1)),
        ("nvme", "", ("sata", 0, 0)),
        ("pvscsi", "scsi", ("scsi", 0, 1)),
        ("pvscsi", "sata", ("sata", 0, 0)),
    ] {
        let disks = super::Disks {
            disk_adapter_type: disk.into(),
            cdrom_adapter_type: cd.into(),
            ..super::Disks::default()
        };
        assert_eq!(disks.cdrom_place(), place, "{disk} {cd}");
    }
}
