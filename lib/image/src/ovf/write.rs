//! From an [`Envelope`] to the text of a descriptor.

use super::items::{self, Kind};
use super::xml::Xml;
use super::{Dialect, Disk, Envelope, Product, Style, Version, os, virtualbox};
use crate::Error;
use crate::machine::Firmware;
use std::collections::BTreeSet;
use std::io;

const RASD: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData";
const VSSD: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData";
const SASD: &str = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_StorageAllocationSettingData.xsd";
const EPASD: &str =
    "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_EthernetPortAllocationSettingData.xsd";

/// Writes the descriptor of `envelope`. The same envelope and style give the same bytes.
///
/// # Errors
/// When the machine has something that the platform of the dialect does not know, or contradicts itself.
pub fn write(envelope: &Envelope, style: Style) -> Result<String, Error> {
    let envelope = &with_uuids(envelope);
    check(envelope)?;
    let items = items::of(envelope, style)?;
    let mut xml = Xml::new();
    document(&mut xml, envelope, style, &items)
        .map_err(|error| Error::new(format!("cannot write the OVF descriptor: {error}")))?;
    xml.finish()
}

/// Gives every disk that has none an id made of what is known of it.
fn with_uuids(envelope: &Envelope) -> Envelope {
    let mut envelope = envelope.clone();
    for disk in &mut envelope.disks {
        if disk.uuid.is_none() {
            let sizes = [Some(disk.capacity), disk.size, disk.populated]
                .map(|size| size.map(|size| size.to_string()).unwrap_or_default());
            let [capacity, size, populated] = &sizes;
            disk.uuid = Some(crate::uuid::derived(&[
                "disk",
                &envelope.machine.name,
                &disk.file,
                capacity,
                size,
                populated,
            ]));
        }
    }
    envelope
}

/// Refuses what would give a descriptor that no one can read.
fn check(envelope: &Envelope) -> Result<(), Error> {
    let machine = &envelope.machine;
    for (index, drive) in machine.drives.iter().enumerate() {
        if drive.controller >= machine.controllers.len() {
            let controllers = machine.controllers.len();
            return Err(Error::new(format!(
                "drive {index} of machine '{}' is on controller {}, but there are {controllers} controllers",
                machine.name, drive.controller
            )));
        }
    }
    for disk in &envelope.disks {
        if disk.drive >= machine.drives.len() {
            return Err(Error::new(format!(
                "disk '{}' of machine '{}' is in drive {}, which does not exist",
                disk.file, machine.name, disk.drive
            )));
        }
        super::file_name(&disk.file)?;
    }
    Ok(())
}

fn document(xml: &mut Xml, envelope: &Envelope, style: Style, items: &[items::Item]) -> io::Result<()> {
    let version = style.version;
    xml.declaration()?;
    let mut attributes = vec![
        ("ovf:version", if version == Version::V1 { "1.0" } else { "2.0" }),
        ("xml:lang", "en-US"),
        ("xmlns", version.namespace()),
        ("xmlns:ovf", version.namespace()),
        ("xmlns:rasd", RASD),
        ("xmlns:vssd", VSSD),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        match style.dialect {
            Dialect::VirtualBox => ("xmlns:vbox", "http://www.virtualbox.org/ovf/machine"),
            Dialect::VMware { .. } => ("xmlns:vmw", "http://www.vmware.com/schema/ovf"),
        },
    ];
    if version == Version::V2 {
        attributes.extend([("xmlns:epasd", EPASD), ("xmlns:sasd", SASD)]);
    }
    xml.open("Envelope", &attributes)?;
    references(xml, &envelope.disks)?;
    disks(xml, &envelope.disks, style.dialect)?;
    networks(xml, envelope, style.dialect)?;
    system(xml, envelope, style, items)?;
    xml.close("Envelope")
}

fn references(xml: &mut Xml, disks: &[Disk]) -> io::Result<()> {
    if disks.is_empty() {
        return xml.empty("References", &[]);
    }
    xml.open("References", &[])?;
    for (index, disk) in disks.iter().enumerate() {
        let id = format!("file{}", index + 1);
        let size = disk.size.map(|size| size.to_string());
        let mut attributes = vec![("ovf:id", id.as_str()), ("ovf:href", &disk.file)];
        attributes.extend(size.as_deref().map(|size| ("ovf:size", size)));
        xml.empty("File", &attributes)?;
    }
    xml.close("References")
}

fn disks(xml: &mut Xml, disks: &[Disk], dialect: Dialect) -> io::Result<()> {
    xml.open("DiskSection", &[])?;
    xml.text("Info", "List of the virtual disks used in the package")?;
    for (index, disk) in disks.iter().enumerate() {
        let capacity = disk.capacity.to_string();
        let id = format!("vmdisk{}", index + 1);
        let file = format!("file{}", index + 1);
        let populated = disk.populated.map(|populated| populated.to_string());
        let mut attributes = vec![("ovf:capacity", capacity.as_str())];
        if dialect != Dialect::VirtualBox {
            attributes.push(("ovf:capacityAllocationUnits", "byte"));
        }
        attributes.extend([
            ("ovf:diskId", id.as_str()),
            ("ovf:fileRef", &file),
            ("ovf:format", &disk.format),
        ]);
        attributes.extend(populated.as_deref().map(|size| ("ovf:populatedSize", size)));
        if dialect == Dialect::VirtualBox {
            attributes.extend(disk.uuid.as_deref().map(|uuid| ("vbox:uuid", uuid)));
        }
        xml.empty("Disk", &attributes)?;
    }
    xml.close("DiskSection")
}

fn networks(xml: &mut Xml, envelope: &Envelope, dialect: Dialect) -> io::Result<()> {
    let names: BTreeSet<String> =
        envelope.machine.nics.iter().map(|nic| items::connection(nic, dialect)).collect();
    if names.is_empty() {
        return Ok(());
    }
    xml.open("NetworkSection", &[])?;
    xml.text("Info", "Logical networks used in the package")?;
    for name in &names {
        xml.open("Network", &[("ovf:name", name)])?;
        xml.text("Description", "Logical network used by this appliance.")?;
        xml.close("Network")?;
    }
    xml.close("NetworkSection")
}

fn system(xml: &mut Xml, envelope: &Envelope, style: Style, items: &[items::Item]) -> io::Result<()> {
    let machine = &envelope.machine;
    xml.open("VirtualSystem", &[("ovf:id", &machine.name)])?;
    xml.text("Info", "A virtual machine")?;
    if style.dialect != Dialect::VirtualBox {
        xml.text("Name", &machine.name)?;
    }
    product(xml, &envelope.product)?;
    operating_system(xml, &machine.os, style.dialect)?;
    xml.open("VirtualHardwareSection", &[])?;
    xml.text("Info", "Virtual hardware requirements for a virtual machine")?;
    let family = match style.dialect {
        Dialect::VirtualBox => "virtualbox-2.2".to_owned(),
        Dialect::VMware { hardware_version } => format!("vmx-{hardware_version:02}"),
    };
    xml.open("System", &[])?;
    xml.text("vssd:ElementName", "Virtual Hardware Family")?;
    xml.text("vssd:InstanceID", "0")?;
    xml.text("vssd:VirtualSystemIdentifier", &machine.name)?;
    xml.text("vssd:VirtualSystemType", &family)?;
    xml.close("System")?;
    for item in items {
        write_item(xml, item, style.version)?;
    }
    if style.dialect == Dialect::VirtualBox {
        xml.close("VirtualHardwareSection")?;
        virtualbox::machine(xml, envelope)?;
    } else {
        vmware_settings(xml, machine.firmware)?;
        xml.close("VirtualHardwareSection")?;
    }
    xml.close("VirtualSystem")
}

fn product(xml: &mut Xml, product: &Product) -> io::Result<()> {
    let fields = [
        ("Product", &product.product),
        ("Vendor", &product.vendor),
        ("Version", &product.version),
        ("ProductUrl", &product.product_url),
        ("VendorUrl", &product.vendor_url),
    ];
    if fields.iter().any(|(_, value)| value.is_some()) {
        xml.open("ProductSection", &[])?;
        xml.text("Info", "Meta-information about the installed software")?;
        for (name, value) in fields {
            if let Some(value) = value {
                xml.text(name, value)?;
            }
        }
        xml.close("ProductSection")?;
    }
    if let Some(description) = &product.description {
        xml.open("AnnotationSection", &[])?;
        xml.text("Info", "A human-readable annotation")?;
        xml.text("Annotation", description)?;
        xml.close("AnnotationSection")?;
    }
    if let Some(eula) = &product.eula {
        xml.open("EulaSection", &[])?;
        xml.text("Info", "License agreement for the virtual system")?;
        xml.text("License", eula)?;
        xml.close("EulaSection")?;
    }
    Ok(())
}

fn operating_system(xml: &mut Xml, name: &str, dialect: Dialect) -> io::Result<()> {
    let number = os::cim_number(name).to_string();
    let vmware = os::vmware_api_name(name);
    let mut attributes = vec![("ovf:id", number.as_str())];
    if dialect != Dialect::VirtualBox {
        attributes.push(("vmw:osType", &vmware));
    }
    xml.open("OperatingSystemSection", &attributes)?;
    xml.text("Info", "The kind of installed guest operating system")?;
    xml.text("Description", name)?;
    if dialect == Dialect::VirtualBox {
        xml.text_with("vbox:OSType", &[("ovf:required", "false")], name)?;
    }
    xml.close("OperatingSystemSection")
}

fn write_item(xml: &mut Xml, item: &items::Item, version: Version) -> io::Result<()> {
    let (element, prefix) = match (version, item.kind) {
        (Version::V2, Kind::Storage) => ("StorageItem", "sasd"),
        (Version::V2, Kind::Ethernet) => ("EthernetPortItem", "epasd"),
        _ => ("Item", "rasd"),
    };
    let optional = [("ovf:required", "false")];
    xml.open(element, if item.optional { &optional } else { &[] })?;
    for (name, value) in &item.fields {
        xml.text(&format!("{prefix}:{name}"), value)?;
    }
    if let Some(cores) = item.cores_per_socket {
        xml.text_with("vmw:CoresPerSocket", &[("ovf:required", "false")], &cores.to_string())?;
    }
    xml.close(element)
}

fn vmware_settings(xml: &mut Xml, firmware: Firmware) -> io::Result<()> {
    let setting = |xml: &mut Xml, key, value| {
        xml.empty("vmw:Config", &[("ovf:required", "false"), ("vmw:key", key), ("vmw:value", value)])
    };
    setting(xml, "firmware", if firmware == Firmware::Bios { "bios" } else { "efi" })?;
    if firmware == Firmware::EfiSecure {
        setting(xml, "bootOptions.efiSecureBootEnabled", "true")?;
    }
    Ok(())
}
