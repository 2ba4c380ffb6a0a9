//! The .vmx of a machine that is made anew (packer-plugin-vmware 2.1, `step_create_vmx.go`), from the built-in template or the user's.

use super::{Vmx, disk_keys};
use crate::options::Options;
use record::{Failure, file};
use std::path::Path;
use template::Late;
use template::options::builder::vmware::{Hardware, Parallel, Serial};

/// Makes the .vmx of a machine. `image` is the installer's CD, as the hypervisor finds it.
///
/// # Errors
/// When the user's template cannot be read or rendered.
pub fn make(options: &Options, hardware: &Hardware, image: &Path, late: &Late) -> Result<Vmx, Failure> {
    let values = values(options, hardware, image);
    let own = &hardware.vmx_template_path;
    let mut vmx = if own.is_empty() {
        built_in(options, hardware, &values)
    } else {
        let text = std::fs::read_to_string(own)
            .map_err(|error| file::io(Path::new(own), "cannot read vmx_template_path", &error))?;
        let mut late = late.clone();
        for (name, value) in values {
            late.set(name, value);
        }
        let text = late.render(&text).map_err(|failure| failure.context("vmx_template_path"))?;
        Vmx::parse(&text)
    };
    for number in 1..=options.disks.disk_additional_size.len() {
        more_disks(&mut vmx, options, hardware, number, late)?;
    }
    Ok(vmx)
}

/// Adds the keys of an additional disk.
fn more_disks(
    vmx: &mut Vmx,
    options: &Options,
    hardware: &Hardware,
    number: usize,
    late: &Late,
) -> Result<(), Failure> {
    let own = &hardware.vmx_disk_template_path;
    let (bus, unit) = (options.disks.bus(), options.unit(number));
    if own.is_empty() {
        disk_keys(vmx, bus, unit, &options.disk_file(number));
        return Ok(());
    }
    let text = std::fs::read_to_string(own)
        .map_err(|error| file::io(Path::new(own), "cannot read vmx_disk_template_path", &error))?;
    let mut late = late.clone();
    late.set("DiskType", bus);
    late.set("DiskUnit", unit.to_string());
    late.set("DiskName", options.disks.vmdk_name.as_str());
    late.set("DiskNumber", number.to_string());
    let text = late.render(&text).map_err(|failure| failure.context("vmx_disk_template_path"))?;
    for (key, value) in Vmx::parse(&text).iter() {
        vmx.set(key, &value);
    }
    Ok(())
}

/// What templates can say, under the names that Packer gave it.
fn values(options: &Options, hardware: &Hardware, image: &Path) -> Vec<(&'static str, String)> {
    let truth = |value: bool| if value { "TRUE" } else { "FALSE" }.to_owned();
    let number = |value: u64| if value == 0 { String::new() } else { value.to_string() };
    let bus = options.disks.bus();
    let (cd_bus, _, cd_unit) = options.disks.cdrom_place();
    let (kind, device) = match hardware.network.as_str() {
        network @ ("nat" | "hostonly" | "bridged") => (network, ""),
        device => ("custom", device),
    };
    let uses = |wanted: &str| truth(bus == wanted || cd_bus == wanted);
    let mut values = vec![
        ("Name", options.vm.vm_name.clone()),
        ("DisplayName", options.vm.display_name.clone()),
        ("GuestOS", options.vm.guest_os_type.clone()),
        ("ISOPath", image.display().to_string()),
        ("Version", options.vm.version.to_string()),
        ("Firmware", hardware.firmware.trim_end_matches("-secure").to_owned()),
        ("SecureBoot", truth(hardware.firmware == "efi-secure")),
        ("CpuCount", hardware.cpus.to_string()),
        ("CoresPerSocket", number(hardware.cores.into())),
        ("MemorySize", hardware.memory.to_string()),
        ("VHV", truth(hardware.vhv_enabled)),
        ("SCSI_Present", uses("scsi")),
        (
            "SCSI_diskAdapterType",
            if bus == "scsi" { options.disks.disk_adapter_type.as_str() } else { "lsilogic" }.to_owned(),
        ),
        ("SATA_Present", uses("sata")),
        ("NVME_Present", uses("nvme")),
        ("DiskName", options.disks.vmdk_name.clone()),
        ("DiskType", bus.to_owned()),
        ("CDROMType", cd_bus.to_owned()),
        ("CDROMType_PrimarySecondary", cd_unit.to_string()),
        ("Network_Type", kind.to_owned()),
        ("Network_Device", device.to_owned()),
        ("Network_Adapter", hardware.network_adapter_type.clone()),
        ("Network_Name", hardware.network_name.clone()),
        ("Sound_Present", truth(hardware.sound)),
        ("Usb_Present", truth(hardware.usb)),
        ("Usb_Xhci_Present", truth(hardware.usb && hardware.usb_version != "2.0")),
    ];
    values.extend(serial(&hardware.serial));
    values.extend(parallel(&hardware.parallel));
    values
}

/// The serial port's values. What cannot be read was refused by `validate`.
fn serial(text: &str) -> Vec<(&'static str, String)> {
    let port = Serial::parse(text).unwrap_or(Serial::None);
    let truth = |value: bool| if value { "TRUE" } else { "FALSE" }.to_owned();
    let (kind, filename, endpoint, host, yields) = match &port {
        Serial::None => ("", "", "", "", false),
        Serial::File { path, yields } => ("file", path.as_str(), "", "", *yields),
        Serial::Device { path, yields } => ("device", path.as_str(), "", "", *yields),
        Serial::Auto { yields } => ("device", "auto detect", "", "", *yields),
        Serial::Pipe { path, server, machine, yields } => {
            let end = if *server { "server" } else { "client" };
            ("pipe", path.as_str(), end, if *machine { "FALSE" } else { "TRUE" }, *yields)
        }
    };
    vec![
        ("Serial_Present", truth(port != Serial::None)),
        ("Serial_Type", kind.to_owned()),
        ("Serial_Filename", filename.to_owned()),
        ("Serial_Endpoint", endpoint.to_owned()),
        ("Serial_Host", host.to_owned()),
        ("Serial_Yield", truth(yields)),
        ("Serial_Auto", truth(matches!(port, Serial::Auto { .. }))),
    ]
}

/// The parallel port's values.
fn parallel(text: &str) -> Vec<(&'static str, String)> {
    let port = Parallel::parse(text).unwrap_or(Parallel::None);
    let truth = |value: bool| if value { "TRUE" } else { "FALSE" }.to_owned();
    let (filename, both) = match &port {
        Parallel::None => ("", false),
        Parallel::File(path) => (path.as_str(), false),
        Parallel::Device { path, both_ways } => (path.as_str(), *both_ways),
        Parallel::Auto { both_ways } => ("auto detect", *both_ways),
    };
    vec![
        ("Parallel_Present", truth(port != Parallel::None)),
        ("Parallel_Filename", filename.to_owned()),
        ("Parallel_Bidirectional", truth(both)),
        ("Parallel_Auto", truth(matches!(port, Parallel::Auto { .. }))),
    ]
}

/// What every machine has.
const COMMON: &str = r#".encoding = "UTF-8"
config.version = "8"
virtualHW.productCompatibility = "hosted"
bios.bootOrder = "hdd,cdrom"
pciBridge0.present = "TRUE"
pciBridge0.pciSlotNumber = "17"
pciBridge4.present = "TRUE"
pciBridge4.virtualDev = "pcieRootPort"
pciBridge4.functions = "8"
pciBridge4.pciSlotNumber = "21"
pciBridge5.present = "TRUE"
pciBridge5.virtualDev = "pcieRootPort"
pciBridge5.functions = "8"
pciBridge5.pciSlotNumber = "22"
pciBridge6.present = "TRUE"
pciBridge6.virtualDev = "pcieRootPort"
pciBridge6.functions = "8"
pciBridge6.pciSlotNumber = "23"
pciBridge7.present = "TRUE"
pciBridge7.virtualDev = "pcieRootPort"
pciBridge7.functions = "8"
pciBridge7.pciSlotNumber = "24"
vmci0.present = "TRUE"
vmci0.pciSlotNumber = "35"
hpet0.present = "TRUE"
floppy0.present = "FALSE"
powerType.powerOff = "soft"
powerType.powerOn = "soft"
powerType.reset = "soft"
powerType.suspend = "soft"
cleanShutdown = "TRUE"
tools.syncTime = "TRUE"
tools.upgrade.policy = "upgradeAtPowerCycle"
isolation.tools.hgfs.disable = "FALSE"
replay.supported = "FALSE"
proxyApps.publishToHost = "FALSE"
"#;

/// The built-in template, filled in.
fn built_in(options: &Options, hardware: &Hardware, values: &[(&'static str, String)]) -> Vmx {
    let value =
        |name: &str| values.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.as_str());
    let mut vmx = Vmx::parse(COMMON);
    let mut key = |key: &str, value: &str| vmx.set(key, value);
    key("virtualHW.version", value("Version"));
    key("displayName", value("DisplayName"));
    key("guestOS", value("GuestOS"));
    key("nvram", &format!("{}.nvram", options.vm.vm_name));
    key("extendedConfigFile", &format!("{}.vmxf", options.vm.vm_name));
    if !hardware.firmware.is_empty() {
        key("firmware", value("Firmware"));
    }
    if hardware.firmware == "efi-secure" {
        key("uefi.secureBoot.enabled", "TRUE");
    }
    key("numvcpus", value("CpuCount"));
    if hardware.cores > 0 {
        key("cpuid.coresPerSocket", value("CoresPerSocket"));
    }
    key("memsize", value("MemorySize"));
    if hardware.vhv_enabled {
        key("vhv.enable", "TRUE");
    }
    network(hardware, value, &mut key);
    if value("SCSI_Present") == "TRUE" {
        key("scsi0.present", "TRUE");
        key("scsi0.virtualDev", value("SCSI_diskAdapterType"));
        key("scsi0.pciSlotNumber", "16");
    }
    for bus in ["sata", "nvme"] {
        if value(if bus == "sata" { "SATA_Present" } else { "NVME_Present" }) == "TRUE" {
            key(&format!("{bus}0.present"), "TRUE");
        }
    }
    let disk = format!("{}0:0", value("DiskType"));
    key(&format!("{disk}.present"), "TRUE");
    key(&format!("{disk}.fileName"), &options.disk_file(0));
    let cd = format!("{}0:{}", value("CDROMType"), value("CDROMType_PrimarySecondary"));
    key(&format!("{cd}.present"), "TRUE");
    key(&format!("{cd}.fileName"), value("ISOPath"));
    key(&format!("{cd}.deviceType"), "cdrom-image");
    ports(hardware, value, &mut key);
    vmx
}

fn network<'a>(hardware: &Hardware, value: impl Fn(&str) -> &'a str, key: &mut impl FnMut(&str, &str)) {
    key("ethernet0.present", "TRUE");
    key("ethernet0.addressType", "generated");
    key("ethernet0.connectionType", value("Network_Type"));
    if !value("Network_Device").is_empty() {
        key("ethernet0.vnet", value("Network_Device"));
    }
    if !hardware.network_name.is_empty() {
        key("ethernet0.networkName", value("Network_Name"));
    }
    key("ethernet0.virtualDev", value("Network_Adapter"));
    key("ethernet0.bsdName", "en0");
    key("ethernet0.displayName", "Ethernet");
    key("ethernet0.linkStatePropagation.enable", "FALSE");
    key("ethernet0.wakeOnPcktRcv", "FALSE");
    // Where VMware puts these adapters by itself, too; Linux names them after it: ens33, ens192.
    let slot = if hardware.network_adapter_type == "e1000" { "33" } else { "192" };
    key("ethernet0.pciSlotNumber", slot);
}

fn ports<'a>(hardware: &Hardware, value: impl Fn(&str) -> &'a str, key: &mut impl FnMut(&str, &str)) {
    if hardware.sound {
        key("sound.present", "TRUE");
        key("sound.startConnected", "TRUE");
        key("sound.fileName", "-1");
        key("sound.autodetect", "TRUE");
    }
    if hardware.usb {
        key("usb.present", "TRUE");
        key("ehci.present", "TRUE");
        if value("Usb_Xhci_Present") == "TRUE" {
            key("usb_xhci.present", "TRUE");
        }
    }
    if value("Serial_Present") == "TRUE" {
        key("serial0.present", "TRUE");
        key("serial0.startConnected", "TRUE");
        key("serial0.fileType", value("Serial_Type"));
        key("serial0.fileName", value("Serial_Filename"));
        key("serial0.autodetect", value("Serial_Auto"));
        key("serial0.yieldOnMsrRead", value("Serial_Yield"));
        if !value("Serial_Endpoint").is_empty() {
            key("serial0.pipe.endPoint", value("Serial_Endpoint"));
            key("serial0.tryNoRxLoss", value("Serial_Host"));
        }
    } else {
        key("serial0.present", "FALSE");
    }
    if value("Parallel_Present") == "TRUE" {
        key("parallel0.present", "TRUE");
        key("parallel0.startConnected", "TRUE");
        key("parallel0.fileName", value("Parallel_Filename"));
        key("parallel0.autodetect", value("Parallel_Auto"));
        key("parallel0.bidirectional", value("Parallel_Bidirectional"));
    } else {
        key("parallel0.present", "FALSE");
    }
}

#[cfg(test)]
mod tests;
