//! The stand-ins take what VMware documents, and nothing else: else these tests would prove little.

use crate::place::Place;
use std::fs;

/// What a stand-in says to a command line, which it has to refuse.
fn refused(place: &Place, program: &str, arguments: &[&str]) -> String {
    let output = place.program(program).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{program} took {arguments:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn vmrun_is_strict() {
    let place = Place::new(true);
    fs::write(place.work("a.vmx"), "config.version = \"8\"\nnonsense\n").unwrap();
    for (arguments, expected) in [
        (&["list"][..], "Error: the host type must come first"),
        (&["-T", "esx", "list"], "Error: the host type must come first"),
        (&["-T", "ws", "boot", "a.vmx"], "Error: Unrecognized command: boot"),
        (&["-T", "ws", "list", "all"], "Error: Invalid number of arguments for list"),
        (&["-T", "ws", "start", "missing.vmx", "nogui"], "Error: Cannot open VM: "),
        (&["-T", "ws", "start", "a.vmx", "headless"], "Error: Invalid argument: headless"),
        (&["-T", "ws", "start", "a.vmx", "nogui"], "Error: "),
        (&["-T", "ws", "stop", "a.vmx", "now"], "Error: Invalid argument: now"),
        (
            &["-T", "ws", "clone", "a.vmx", "b.vmx", "full", "-snapshot", "x"],
            "Error: Invalid argument: -snapshot",
        ),
    ] {
        let said = refused(&place, "vmrun", arguments);
        assert!(said.starts_with(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn vmrun_reads_the_vmx_as_vmware_does() {
    let place = Place::new(true);
    let good = "config.version = \"8\"\nvirtualHW.version = \"21\"\nguestOS = \"other-64\"\n";
    for (lines, expected) in [
        ("GUESTOS = \"x\"\n", "is defined twice"),
        ("memsize = \"lots\"\n", "memsize is 'lots'; it must be a number"),
        (
            "ethernet0.present = \"TRUE\"\nethernet0.virtualDev = \"virtio\"\n",
            "ethernet0.virtualDev is 'virtio'",
        ),
        ("scsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"d.vmdk\"\n", "scsi0:0 has no controller"),
        (
            "scsi0.present = \"TRUE\"\nscsi0:0.present = \"TRUE\"\nscsi0:0.fileName = \"d.vmdk\"\n",
            "Cannot find the file",
        ),
        ("floppy0.fileName = \"f.img\"\n", "floppy0.fileType must be file"),
    ] {
        fs::write(place.work("a.vmx"), format!("{good}{lines}")).unwrap();
        let path = place.work("a.vmx");
        let said = refused(&place, "vmrun", &["-T", "ws", "start", path.to_str().unwrap(), "nogui"]);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn vdiskmanager_is_strict() {
    let place = Place::new(true);
    for (arguments, expected) in [
        (&["-x", "1GB", "a.vmdk"][..], "one of -c, -d and -k must come first"),
        (&["-c", "-s", "10M", "-t", "0", "a.vmdk"], "creating a disk takes -s, -a, -t"),
        (&["-c", "-s", "10M", "-a", "pvscsi", "-t", "0", "a.vmdk"], "Invalid size, adapter or disk type"),
        (&["-c", "-s", "10M", "-a", "ide", "-t", "9", "a.vmdk"], "Invalid size, adapter or disk type"),
        (&["-c", "-s", "10M", "-a", "ide", "-t", "0", "a.img"], "creating a disk takes -s, -a, -t"),
        (&["-k", "a.vmdk"], "Failed to open the disk"),
    ] {
        let said = refused(&place, "vmware-vdiskmanager", arguments);
        assert!(said.starts_with(expected), "{arguments:?}: {said}");
    }
}
