use super::make;
use crate::options::{Options, Origin};
use crate::vmx::{Vmx, Vnc, clean, configure, finish};
use hypervisor::flow::Media;
use std::path::{Path, PathBuf};
use template::Late;
use template::options::builder::vmware::{Disks, Hardware, Machine, VMwareIso};
use template::options::{Check, Component};

/// Options with their defaults.
fn options(change: impl FnOnce(&mut VMwareIso)) -> (Options, Hardware) {
    let mut iso = VMwareIso::default();
    change(&mut iso);
    iso.check(&mut Check { build: "web".into(), ..Check::default() });
    let origin = Origin::New(Box::new(iso.hardware.clone()));
    let Machine { vm, disks, vnc, remote, .. } = iso.machine;
    (Options { vm, disks, vnc, remote, origin }, iso.hardware)
}

fn made(change: impl FnOnce(&mut VMwareIso)) -> (Vmx, Options) {
    let (options, hardware) = options(change);
    (make(&options, &hardware, Path::new("/cache/a.iso"), &Late::default()).unwrap(), options)
}

/// Keys and values as text; `-` stands for a key that is not there.
fn holds(vmx: &Vmx, expected: &[(&str, &str)]) {
    for (key, value) in expected {
        assert_eq!(vmx.get(key).as_deref().unwrap_or("-"), *value, "{key}");
    }
}

#[test]
fn the_built_in_template() {
    let (vmx, _) = made(|_| {});
    holds(
        &vmx,
        &[
            ("virtualHW.version", "21"),
            ("displayName", "packer-web"),
            ("guestOS", "other-64"),
            ("nvram", "packer-web.nvram"),
            ("numvcpus", "1"),
            ("memsize", "512"),
            ("firmware", "-"),
            ("cpuid.coresPerSocket", "-"),
            ("scsi0.virtualDev", "lsilogic"),
            ("scsi0:0.fileName", "disk.vmdk"),
            ("ide0:0.deviceType", "cdrom-image"),
            ("ide0:0.fileName", "/cache/a.iso"),
            ("ethernet0.connectionType", "nat"),
            ("ethernet0.virtualDev", "e1000"),
            ("ethernet0.pciSlotNumber", "33"),
            ("usb.present", "-"),
            ("serial0.present", "FALSE"),
            ("sata0.present", "-"),
        ],
    );
}

#[test]
fn options_reach_their_keys() {
    let (vmx, _) = made(|iso| {
        let hardware = &mut iso.hardware;
        (hardware.cpus, hardware.cores, hardware.memory) = (4, 2, 2048);
        hardware.firmware = "efi-secure".into();
        hardware.network = "vmnet3".into();
        hardware.network_adapter_type = "vmxnet3".into();
        hardware.serial = "PIPE:/tmp/p,server,vm,yield".into();
        (hardware.sound, hardware.usb, hardware.vhv_enabled) = (true, true, true);
        iso.machine.disks.disk_adapter_type = "nvme".into();
        iso.machine.disks.disk_additional_size = vec![10, 20];
        iso.machine.vm.display_name = "a \"b\"".into();
    });
    holds(
        &vmx,
        &[
            ("numvcpus", "4"),
            ("cpuid.coresPerSocket", "2"),
            ("memsize", "2048"),
            ("firmware", "efi"),
            ("uefi.secureBoot.enabled", "TRUE"),
            ("vhv.enable", "TRUE"),
            ("ethernet0.connectionType", "custom"),
            ("ethernet0.vnet", "vmnet3"),
            ("ethernet0.pciSlotNumber", "192"),
            ("nvme0.present", "TRUE"),
            ("nvme0:0.fileName", "disk.vmdk"),
            ("nvme0:1.fileName", "disk-1.vmdk"),
            ("nvme0:2.fileName", "disk-2.vmdk"),
            ("sata0:0.deviceType", "cdrom-image"),
            ("scsi0.present", "-"),
            ("serial0.fileType", "pipe"),
            ("serial0.pipe.endPoint", "server"),
            ("serial0.tryNoRxLoss", "FALSE"),
            ("serial0.yieldOnMsrRead", "TRUE"),
            ("sound.present", "TRUE"),
            ("usb_xhci.present", "TRUE"),
            ("displayName", "a \"b\""),
        ],
    );
}

#[test]
fn templates_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, disk) = (folder.path().join("a.vmx"), folder.path().join("disk.vmx"));
    std::fs::write(
        &whole,
        "# mine\nmemsize = \"{{ .MemorySize }}\"\n{{ .DiskType }}0:0.fileName = \"{{ .DiskName }}.vmdk\"\n",
    )
    .unwrap();
    std::fs::write(
        &disk,
        "{{ .DiskType }}0:{{ .DiskUnit }}.fileName = \"{{ .DiskName }}-{{ .DiskNumber }}.vmdk\"",
    )
    .unwrap();
    let (vmx, _) = made(|iso| {
        iso.hardware.vmx_template_path = whole.display().to_string();
        iso.hardware.vmx_disk_template_path = disk.display().to_string();
        iso.machine.disks.disk_additional_size = vec![10];
    });
    assert_eq!(
        vmx.to_string(),
        "# mine\nmemsize = \"512\"\nscsi0:0.fileName = \"disk.vmdk\"\nscsi0:1.fileName = \"disk-1.vmdk\"\n"
    );
}

#[test]
fn what_a_build_adds_is_taken_out_again() {
    let (mut vmx, options) = made(|iso| {
        iso.machine.vm.vmx_data.insert("Memsize".into(), "1024".into());
        iso.machine.vm.vmx_data.insert("hpet0.present".into(), String::new());
        iso.machine.vm.vmx_data_post.insert("annotation".into(), "done".into());
        iso.machine.disks = Disks { cdrom_adapter_type: "sata".into(), ..Disks::default() };
    });
    let media = Media {
        image: None,
        floppy: Some(PathBuf::from("/work/floppy.img")),
        cd: Some(PathBuf::from("/work/cd.iso")),
    };
    let vnc = Vnc { address: "127.0.0.1".parse().unwrap(), port: 5911, password: "abcdefgh".into() };
    configure(&mut vmx, &options, &media, Some(Path::new("/tools.iso")), Some(&vnc));
    assert_eq!(Vnc::of(&vmx), Some(vnc));
    holds(
        &vmx,
        &[
            ("memsize", "1024"),
            ("hpet0.present", "-"),
            ("floppy0.fileName", "/work/floppy.img"),
            ("sata1.present", "TRUE"),
            ("sata1:0.fileName", "/work/cd.iso"),
            ("sata1:1.fileName", "/tools.iso"),
            ("msg.autoAnswer", "true"),
        ],
    );
    clean(&mut vmx, &options, &[Path::new("/work/cd.iso"), Path::new("/tools.iso")]);
    finish(&mut vmx, &options);
    holds(
        &vmx,
        &[
            ("floppy0.present", "FALSE"),
            ("floppy0.fileName", "-"),
            ("sata1.present", "-"),
            ("sata1:0.fileName", "-"),
            ("sata0:0.deviceType", "cdrom-raw"),
            ("sata0:0.fileName", "auto detect"),
            ("sata0:0.clientDevice", "TRUE"),
            ("remotedisplay.vnc.enabled", "-"),
            ("annotation", "done"),
            ("ethernet0.present", "TRUE"),
        ],
    );
}

#[test]
fn vagrant_wants_no_network_adapters() {
    let (mut vmx, options) = made(|iso| iso.machine.vm.vmx_remove_ethernet_interfaces = true);
    clean(&mut vmx, &options, &[]);
    assert!(vmx.iter().all(|(key, _)| !key.to_ascii_lowercase().starts_with("ethernet")));
}
