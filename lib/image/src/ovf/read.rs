//! From the text of anybody's descriptor to an [`Envelope`].

use super::tree::{self, Element};
use super::{Disk, Envelope, Product, hardware, os, settings};
use crate::Error;
use crate::machine::{Drive, DriveKind};
use std::path::{Component, Path};

const OVF: [&str; 2] = ["http://schemas.dmtf.org/ovf/envelope/1", "http://schemas.dmtf.org/ovf/envelope/2"];
const VBOX: &str = "http://www.virtualbox.org/ovf/machine";
const VMW: &str = "http://www.vmware.com/schema/ovf";

/// Reads a descriptor: VirtualBox's, VMware's, ovftool's, or another's of OVF 1.x or 2.0 that holds one machine.
/// Where there is a `vbox:Machine`, its firmware, controllers and adapters win over the items, as VirtualBox has it.
///
/// Files are not looked at: names are checked, so that joined to a folder they stay inside it.
///
/// # Errors
/// When the text is not an OVF descriptor, or says something impossible or not supported: with the line.
pub fn read(text: &str) -> Result<Envelope, Error> {
    let root = tree::parse(text)?;
    if root.name != "Envelope" {
        return Err(root
            .error(&format!("the root element is <{}>, not <Envelope>", root.name))
            .hint("this is not an OVF descriptor"));
    }
    if !OVF.contains(&root.namespace.as_str()) {
        return Err(root
            .error(&format!("unknown version of OVF: namespace '{}'", root.namespace))
            .hint("export the machine again as OVF 1.0 or 2.0"));
    }
    let system = only_system(&root)?;
    let files = disk_files(&root)?;
    let hardware = hardware::read(system)?;
    let mut machine = hardware.machine;
    machine.name = machine_name(system);
    machine.os = operating_system(system);
    vmware_settings(system, &mut machine.firmware);
    let mut slots = hardware.disks;
    let mut forwardings = Vec::new();
    let settings = system.children.iter().find(|child| child.name == "Machine" && child.namespace == VBOX);
    if let Some(settings) = settings {
        if let Some(os) = settings.attribute("OSType") {
            os.clone_into(&mut machine.os);
        }
        forwardings = settings::apply(settings, &mut machine, &mut slots, &files)?;
    }
    let disks = place(&mut machine.drives, &slots, &files)?;
    Ok(Envelope { machine, disks, product: product(system), forwardings })
}

/// A disk of the DiskSection, with its file.
pub(super) struct DiskFile {
    /// `ovf:diskId`.
    pub(super) id: String,
    /// All but the drive.
    pub(super) disk: Disk,
}

fn only_system(root: &Element) -> Result<&Element, Error> {
    let mut systems: Vec<&Element> = root.all("VirtualSystem").collect();
    for collection in root.all("VirtualSystemCollection") {
        systems.extend(collection.all("VirtualSystem"));
        if collection.child("VirtualSystemCollection").is_some() {
            return Err(collection.error("collections of machines inside collections are not supported"));
        }
    }
    match systems.as_slice() {
        [] => Err(root.error("there is no <VirtualSystem>: the descriptor describes no machine")),
        [system] => Ok(system),
        [_, second, ..] => {
            let count = systems.len();
            Err(second
                .error(&format!("the descriptor describes {count} machines; only one is supported"))
                .hint("export the machine that you need by itself"))
        }
    }
}

fn machine_name(system: &Element) -> String {
    system.text_of("Name").or_else(|| system.attribute("id")).unwrap_or("machine").to_owned()
}

fn operating_system(system: &Element) -> String {
    let Some(section) = system.child("OperatingSystemSection") else {
        return String::new();
    };
    let virtualbox = section.children.iter().find(|child| child.name == "OSType" && child.namespace == VBOX);
    if let Some(name) = virtualbox.filter(|name| !name.text.is_empty()) {
        return name.text.clone();
    }
    if let Some(name) = section.attribute_in(VMW, "osType").filter(|name| !name.is_empty()) {
        return os::from_vmware_api_name(name);
    }
    let number = section.attribute("id").and_then(|id| id.trim().parse().ok());
    number
        .and_then(os::from_cim_number)
        .or_else(|| section.text_of("Description").map(str::to_owned))
        .unwrap_or_default()
}

fn vmware_settings(system: &Element, firmware: &mut crate::machine::Firmware) {
    use crate::machine::Firmware;
    let Some(section) = system.child("VirtualHardwareSection") else { return };
    let setting = |key: &str| {
        section
            .children
            .iter()
            .find(|child| {
                child.name == "Config" && child.namespace == VMW && child.attribute("key") == Some(key)
            })
            .and_then(|child| child.attribute("value"))
    };
    if setting("firmware").is_some_and(|value| value.eq_ignore_ascii_case("efi")) {
        let secure = setting("bootOptions.efiSecureBootEnabled");
        let secure = secure.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        *firmware = if secure { Firmware::EfiSecure } else { Firmware::Efi };
    }
}

fn product(system: &Element) -> Product {
    let section = system.child("ProductSection");
    let field = |name| section.and_then(|section| section.text_of(name)).map(str::to_owned);
    let text = |section: &str, name| {
        system.child(section).and_then(|section| section.text_of(name)).map(str::to_owned)
    };
    Product {
        product: field("Product"),
        product_url: field("ProductUrl"),
        vendor: field("Vendor"),
        vendor_url: field("VendorUrl"),
        version: field("Version"),
        description: text("AnnotationSection", "Annotation"),
        eula: text("EulaSection", "License"),
    }
}

fn disk_files(root: &Element) -> Result<Vec<DiskFile>, Error> {
    let empty = Element::default();
    let references = root.child("References").unwrap_or(&empty);
    let section = root.child("DiskSection").unwrap_or(&empty);
    let mut disks: Vec<DiskFile> = Vec::new();
    for element in section.all("Disk") {
        let id = element.required("diskId")?.to_owned();
        if disks.iter().any(|disk| disk.id == id) {
            return Err(element.error(&format!("there are two disks with the id '{id}'")));
        }
        let Some(reference) = element.attribute("fileRef") else {
            // An empty disk, to be made by the importer.
            return Err(element
                .error(&format!("disk '{id}' has no file"))
                .hint("export the machine with all its disks"));
        };
        let file = references.all("File").find(|file| file.attribute("id") == Some(reference));
        let file = file.ok_or_else(|| {
            element.error(&format!(
                "disk '{id}' is in the file with the id '{reference}', which is not in <References>"
            ))
        })?;
        disks.push(DiskFile { id, disk: disk(element, file)? });
    }
    Ok(disks)
}

fn disk(element: &Element, file: &Element) -> Result<Disk, Error> {
    let href = file.required("href")?;
    file_name(href).map_err(|error| file.error(&error.message))?;
    if let Some(compression) =
        file.attribute("compression").filter(|&name| !name.is_empty() && name != "identity")
    {
        return Err(file
            .error(&format!("file '{href}' is compressed by '{compression}', which is not supported"))
            .hint("unpack it, and remove the attribute 'compression'"));
    }
    if file.attribute("chunkSize").is_some() {
        return Err(file
            .error(&format!("file '{href}' is in chunks, which is not supported"))
            .hint("export the machine again without a chunk size"));
    }
    if element.attribute("parentRef").is_some() {
        return Err(element.error("a disk that is the difference to another is not supported"));
    }
    let number = |element: &Element, name: &str| match element.attribute(name) {
        Some(value) => parse_number(element, name, value).map(Some),
        None => Ok(None),
    };
    let units = element.attribute("capacityAllocationUnits").unwrap_or("byte");
    let capacity = parse_number(element, "capacity", element.required("capacity")?)?;
    let capacity = hardware::unit(units)
        .and_then(|unit| capacity.checked_mul(unit))
        .ok_or_else(|| element.error(&format!("a capacity of {capacity} '{units}' makes no sense")))?;
    Ok(Disk {
        drive: 0,
        file: href.to_owned(),
        size: number(file, "size")?,
        capacity,
        populated: number(element, "populatedSize")?,
        format: element.attribute("format").unwrap_or_default().to_owned(),
        uuid: element.attribute_in(VBOX, "uuid").map(|uuid| uuid.trim_matches(['{', '}']).to_owned()),
    })
}

fn parse_number(element: &Element, name: &str, value: &str) -> Result<u64, Error> {
    value.trim().parse().map_err(|_| {
        element.error(&format!("attribute '{name}' of <{}> is '{value}', not a number", element.name))
    })
}

/// Gives every drive its disk's file, and the disks that are in drives.
fn place(drives: &mut [Drive], slots: &[Option<String>], files: &[DiskFile]) -> Result<Vec<Disk>, Error> {
    let mut disks: Vec<(usize, Disk)> = Vec::new();
    for (index, (drive, id)) in drives.iter_mut().zip(slots).enumerate() {
        let (DriveKind::Disk, Some(id)) = (drive.kind, id) else { continue };
        let position = files.iter().position(|file| file.id == *id).ok_or_else(|| {
            Error::new(format!("the OVF descriptor attaches disk '{id}', which is not in its <DiskSection>"))
        })?;
        if disks.iter().any(|(other, _)| *other == position) {
            return Err(Error::new(format!("the OVF descriptor attaches disk '{id}' twice")));
        }
        let disk = Disk { drive: index, ..files[position].disk.clone() };
        drive.medium = Some(disk.file.clone().into());
        disks.push((position, disk));
    }
    disks.sort_by_key(|(position, _)| *position);
    Ok(disks.into_iter().map(|(_, disk)| disk).collect())
}

/// Refuses a file name that leads out of the folder it is joined to.
pub(crate) fn file_name(name: &str) -> Result<(), Error> {
    let normal = Path::new(name).components().all(|component| matches!(component, Component::Normal(_)));
    if name.is_empty() || name.contains("://") {
        return Err(Error::new(format!("'{name}' is not the name of a file beside the descriptor"))
            .hint("files of other computers are not fetched"));
    }
    if !normal || name.contains(['\\', ':', '\0']) || name.chars().any(char::is_control) {
        return Err(Error::new(format!(
            "file name '{}' leads out of the appliance's folder, or cannot be a file name everywhere",
            name.escape_debug()
        )));
    }
    Ok(())
}
