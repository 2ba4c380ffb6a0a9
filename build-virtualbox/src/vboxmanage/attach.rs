//! Floppy disk and CDs: into drives, and out again.

use super::Program;
use super::create::Maker;
use super::hardware::call;
use hypervisor::flow::Site;
use record::{Build, Failure};
use serde_json::{Value, json};
use std::path::Path;

/// What a CD is for; each has its place (Packer's virtualbox plugin).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// The installer.
    Boot,
    /// Guest additions.
    Additions,
    /// What `cd_files` made.
    Cd,
}

impl Slot {
    /// Port and device: on IDE the slave of the first channel and both of the second; elsewhere the ports 13 to 15.
    fn place(self, ide: bool) -> (u32, u32) {
        match (self, ide) {
            (Self::Boot, true) => (0, 1),
            (Self::Additions, true) => (1, 0),
            (Self::Cd, true) => (1, 1),
            (Self::Boot, false) => (13, 0),
            (Self::Additions, false) => (14, 0),
            (Self::Cd, false) => (15, 0),
        }
    }
}

/// Notes where discs were put.
const DISCS: &str = "discs";
/// Notes the name of the floppy controller.
const FLOPPY: &str = "floppy";

/// Puts a CD into a drive at a controller of the kind `interface`, which is made where the machine has none.
pub(super) async fn disc(
    maker: &Maker<'_>,
    slot: Slot,
    interface: &str,
    image: &Path,
) -> Result<(), Failure> {
    let machine = maker.machine();
    let mut info = maker.info().await?;
    let fits = |kind: &str| match interface {
        "sata" => kind == "IntelAhci",
        "virtio" => kind.starts_with("Virtio"),
        _ => kind.starts_with("PIIX") || kind.starts_with("ICH6"),
    };
    let controller = match info.controller(|_, kind| fits(kind)) {
        Some(name) => name,
        None => {
            let (name, words): (_, &[&str]) = match interface {
                "sata" => ("SATA", &["--add", "sata", "--portcount", "16"]),
                "virtio" => ("VirtioSCSI", &["--add", "VirtIO", "--controller", "VirtIO"]),
                _ => ("IDE", &["--add", "ide"]),
            };
            maker.run(&[call(&[&["storagectl", &machine, "--name", name], words].concat())]).await?;
            info = maker.info().await?;
            name.to_owned()
        }
    };
    let ide = !matches!(interface, "sata" | "virtio");
    if interface == "sata" && info.ports(&controller) < 16 {
        maker.run(&[call(&["storagectl", &machine, "--name", &controller, "--portcount", "16"])]).await?;
    }
    let wanted = slot.place(ide);
    let others: Vec<(u32, u32)> =
        if ide { vec![(0, 1), (1, 0), (1, 1), (0, 0)] } else { (1..16).map(|port| (port, 0)).collect() };
    let free = |(port, device): &(u32, u32)| {
        matches!(info.medium(&controller, *port, *device), "none" | "emptydrive")
    };
    let Some((port, device)) = [wanted].into_iter().chain(others).find(free) else {
        return Err(Failure::new(format!("the controller {controller} has no free place for a CD"))
            .hint("set iso_interface or guest_additions_interface to \"sata\""));
    };
    let mut discs = maker.site.noted(DISCS).and_then(|list| list.as_array().cloned()).unwrap_or_default();
    let keep = slot == Slot::Boot && maker.options.export.bundle_iso;
    discs.push(json!({ "controller": controller, "port": port, "device": device, "keep": keep }));
    maker.site.note(DISCS, discs)?;
    let (port, device, image) = (port.to_string(), device.to_string(), image.display().to_string());
    maker
        .run(&[call(&[
            "storageattach",
            &machine,
            "--storagectl",
            &controller,
            "--port",
            &port,
            "--device",
            &device,
            "--type",
            "dvddrive",
            "--medium",
            &image,
        ])])
        .await
}

/// Puts the floppy disk in. A floppy controller that is there already gives way (Packer's step).
pub(super) async fn floppy(maker: &Maker<'_>, image: &Path) -> Result<(), Failure> {
    let machine = maker.machine();
    // VirtualBox knows raw floppy disks by their name.
    let path = maker.site.file("floppy.vfd");
    if path != image {
        std::fs::copy(image, &path)
            .map_err(|error| record::file::io(image, "cannot copy the floppy disk", &error))?;
    }
    if let Some(old) = maker.info().await?.controller(|_, kind| kind == "I82078") {
        maker.run(&[call(&["storagectl", &machine, "--name", &old, "--remove"])]).await?;
    }
    maker.site.note(FLOPPY, "Floppy")?;
    let path = path.display().to_string();
    maker
        .run(&[
            call(&["storagectl", &machine, "--name", "Floppy", "--add", "floppy"]),
            call(&[
                "storageattach",
                &machine,
                "--storagectl",
                "Floppy",
                "--port",
                "0",
                "--device",
                "0",
                "--type",
                "fdd",
                "--medium",
                &path,
            ]),
        ])
        .await
}

/// Takes floppy disk and CDs out again; with `all` also what is to stay in the result. VirtualBox may still hold the machine for a moment:
/// the calls are tried again by [`Program::call`].
pub(super) async fn remove(
    program: &Program,
    site: &Site,
    machine: &str,
    all: bool,
    build: &Build,
) -> Result<(), Failure> {
    if !site.noted_text(FLOPPY).is_empty() {
        let floppy = ["storageattach", machine, "--storagectl", "Floppy", "--port", "0", "--device", "0"];
        program.call(&[&floppy[..], &["--medium", "none"]].concat(), build).await?;
        program.call(&["storagectl", machine, "--name", "Floppy", "--remove"], build).await?;
        site.note(FLOPPY, "")?;
    }
    let discs = site.noted(DISCS).and_then(|list| list.as_array().cloned()).unwrap_or_default();
    let mut kept = Vec::new();
    for disc in discs {
        if disc.get("keep") == Some(&Value::Bool(true)) && !all {
            kept.push(disc);
            continue;
        }
        let text = |key: &str| match disc.get(key) {
            Some(Value::String(text)) => text.clone(),
            other => other.map(ToString::to_string).unwrap_or_default(),
        };
        let place = [text("controller"), text("port"), text("device")];
        let [controller, port, device] = place.each_ref().map(String::as_str);
        program
            .call(
                &[
                    "storageattach",
                    machine,
                    "--storagectl",
                    controller,
                    "--port",
                    port,
                    "--device",
                    device,
                    "--medium",
                    "none",
                ],
                build,
            )
            .await?;
    }
    site.note(DISCS, kept)
}
