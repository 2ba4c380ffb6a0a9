//! From an installer's CD to an appliance, without VirtualBox.

use crate::sandbox::{Sandbox, guest, testbed, with};
use serde_json::json;

#[test]
fn qemu_installs_from_a_cd_and_virtualbox_takes_the_appliance() {
    let sandbox = Sandbox::with_virtualbox();
    let key = std::fs::read_to_string(testbed("guest/key.pub")).unwrap();
    let options = json!({
        "driver": "qemu", "iso_url": testbed("guest/installer.iso"), "iso_checksum": "none", "iso_target_extension": "iso",
        "vm_name": "web", "guest_os_type": "Debian_64", "firmware": "bios", "chipset": "piix3", "cpus": 1, "memory": 384,
        "disk_size": 200, "hard_drive_interface": "sata", "iso_interface": "ide", "nic_type": "82540EM", "format": "ova",
        "output_directory": "out", "output_filename": "web", "export_opts": ["--manifest"], "boot_wait": "-1s",
        "http_content": { "/answers.cfg": format!("hostname = {{{{.Name}}}}\nauthorized_key = {key}") },
        "boot_command": ["<waitScreen \"boot:\" 5m>install answers=http://{{.HTTPIP}}:{{.HTTPPort}}/answers.cfg<enter>"],
    });
    sandbox.plan("virtualbox-iso", with(&guest(), options));
    let record = sandbox.built();
    assert_eq!(record["artifacts"][0]["files"][0]["path"], "out/web.ova");
    assert_eq!(sandbox.leftovers(), Vec::<String>::new());
    let result = sandbox.text("out/web.ova");
    sandbox.virtualbox(&["import", &result, "--vsys", "0", "--vmname", "again"]);
    let info = sandbox.virtualbox(&["showvminfo", "again", "--machinereadable"]);
    assert!(info.contains("storagecontrollertype0=\"PIIX4\"") || info.contains("=\"IntelAhci\""), "{info}");
    assert!(info.contains("memory=384\n"), "{info}");
    sandbox.virtualbox(&["unregistervm", "again", "--delete"]);
}
