//! What is set in a .vmx for the time of the build, and what is taken out of the result.

use super::Vmx;
use crate::options::Options;
use hypervisor::flow::Media;
use std::net::IpAddr;
use std::path::Path;

/// The VNC server of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vnc {
    /// Where it listens.
    pub address: IpAddr,
    /// On which port.
    pub port: u16,
    /// Up to eight characters; empty: it asks for none.
    pub password: String,
}

impl Vnc {
    /// The VNC server that a .vmx names; `None`: it has none.
    pub fn of(vmx: &Vmx) -> Option<Self> {
        if !is_on(vmx, "remotedisplay.vnc.enabled") {
            return None;
        }
        Some(Self {
            address: vmx.get("remotedisplay.vnc.ip")?.parse().ok()?,
            port: vmx.get("remotedisplay.vnc.port")?.parse().ok()?,
            password: vmx.get("remotedisplay.vnc.password").unwrap_or_default(),
        })
    }
}

/// Whether a key says TRUE.
pub fn is_on(vmx: &Vmx, key: &str) -> bool {
    vmx.flag(key) == Some(true)
}

/// Kinds of devices whose keys begin with a slot.
const BUSES: [&str; 4] = ["ide", "scsi", "sata", "nvme"];

/// Sets what the build needs: the user's keys, media, the VNC server, no questions.
pub fn configure(vmx: &mut Vmx, options: &Options, media: &Media, tools: Option<&Path>, vnc: Option<&Vnc>) {
    vmx.set("msg.autoAnswer", "true");
    vmx.set("uuid.action", "create");
    for number in 0..10 {
        vmx.remove_all(&format!("ethernet{number}.generatedAddress"));
    }
    if let Some(floppy) = &media.floppy {
        vmx.set("floppy0.present", "TRUE");
        vmx.set("floppy0.fileType", "file");
        vmx.set("floppy0.fileName", &floppy.display().to_string());
    }
    for cd in media.cd.as_deref().into_iter().chain(tools) {
        attach(vmx, options, cd);
    }
    if let Some(vnc) = vnc {
        vmx.set("remotedisplay.vnc.enabled", "TRUE");
        vmx.set("remotedisplay.vnc.ip", &vnc.address.to_string());
        vmx.set("remotedisplay.vnc.port", &vnc.port.to_string());
        if !vnc.password.is_empty() {
            vmx.set("remotedisplay.vnc.password", &vnc.password);
        }
    }
    custom(vmx, &options.vm.vmx_data);
    name(vmx, options);
}

/// Names the machine as the options do.
fn name(vmx: &mut Vmx, options: &Options) {
    vmx.set("displayName", &options.vm.display_name);
    vmx.set("extendedConfigFile", &format!("{}.vmxf", options.vm.vm_name));
}

/// Sets the user's keys; an empty value takes a key out.
fn custom(vmx: &mut Vmx, data: &std::collections::BTreeMap<String, String>) {
    for (key, value) in data {
        if value.is_empty() {
            vmx.remove(key);
        } else {
            vmx.set_raw(key, value);
        }
    }
}

/// Hangs a CD onto the first free place of a bus that has CDs, on its second controller (packer-plugin-vmware,
/// `step_configure_vmx.go`), and marks it as the build's own.
fn attach(vmx: &mut Vmx, options: &Options, image: &Path) {
    let bus = options.disks.cdrom_place().0;
    let units = if bus == "ide" { 2 } else { 16 };
    let free = (0..units).find(|unit| vmx.get(&format!("{bus}1:{unit}.present")).is_none());
    let unit = free.unwrap_or_default();
    if bus != "ide" {
        vmx.set(&format!("{bus}1.present"), "TRUE");
    }
    vmx.set(&format!("{bus}1:{unit}.present"), "TRUE");
    vmx.set(&format!("{bus}1:{unit}.fileName"), &image.display().to_string());
    vmx.set(&format!("{bus}1:{unit}.deviceType"), "cdrom-image");
}

/// Sets the keys of a disk.
pub fn disk_keys(vmx: &mut Vmx, bus: &str, unit: u32, file: &str) {
    if bus != "ide" {
        vmx.set(&format!("{bus}0.present"), "TRUE");
    }
    // IDE has two devices on a channel.
    let (controller, unit) = if bus == "ide" { (unit / 2, unit % 2) } else { (0, unit) };
    vmx.set(&format!("{bus}{controller}:{unit}.present"), "TRUE");
    vmx.set(&format!("{bus}{controller}:{unit}.fileName"), file);
}

/// Takes the build's own things out again: the VNC server, the floppy disk, CDs. `temporary` are the images of CDs that only the build had.
pub fn clean(vmx: &mut Vmx, options: &Options, temporary: &[&Path]) {
    for keys in ["remotedisplay.vnc.", "floppy0.", "msg.autoAnswer"] {
        vmx.remove_all(keys);
    }
    vmx.set("floppy0.present", "FALSE");
    let slots: Vec<String> = vmx
        .iter()
        .filter(|(_, value)| value.eq_ignore_ascii_case("cdrom-image"))
        .filter_map(|(key, _)| Some(key.to_ascii_lowercase().strip_suffix(".devicetype")?.to_owned()))
        .filter(|slot| BUSES.iter().any(|bus| slot.starts_with(bus)))
        .collect();
    for slot in slots {
        let image = vmx.get(&format!("{slot}.fileName")).unwrap_or_default();
        if temporary.iter().any(|path| path.display().to_string() == image) {
            vmx.remove_all(&format!("{slot}."));
            drop_empty(vmx, &slot);
            continue;
        }
        vmx.set(&format!("{slot}.deviceType"), "cdrom-raw");
        vmx.set(&format!("{slot}.fileName"), "auto detect");
        vmx.set(&format!("{slot}.clientDevice"), "TRUE");
    }
    if options.vm.vmx_remove_ethernet_interfaces {
        vmx.remove_all("ethernet");
    }
}

/// Takes out a controller that nothing hangs on any more.
fn drop_empty(vmx: &mut Vmx, slot: &str) {
    let Some((controller, _)) = slot.split_once(':') else { return };
    let taken = vmx.iter().any(|(key, _)| key.to_ascii_lowercase().starts_with(&format!("{controller}:")));
    if !taken {
        vmx.remove_all(&format!("{controller}."));
    }
}

/// Sets the user's keys for the result, and its name.
pub fn finish(vmx: &mut Vmx, options: &Options) {
    custom(vmx, &options.vm.vmx_data_post);
    name(vmx, options);
}

/// The first free unit of a bus's first controller, for an additional disk.
///
/// # Errors
/// When all are taken.
pub fn free_unit(vmx: &Vmx, bus: &str) -> Result<u32, record::Failure> {
    let (units, per_controller) = match bus {
        "ide" => (4, 2),
        "sata" => (30, 30),
        _ => (16, 16),
    };
    let is_free = |unit: &u32| {
        let slot = format!("{bus}{}:{}", unit / per_controller, unit % per_controller);
        let is_adapters = bus == "scsi" && *unit == 7;
        !is_adapters && !is_on(vmx, &format!("{slot}.present"))
    };
    (0..units).find(is_free).ok_or_else(|| {
        record::Failure::new(format!("there is no place left on {bus} for another disk"))
            .hint("choose another disk_adapter_type for disk_additional_size")
    })
}
