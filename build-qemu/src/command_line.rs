//! The machine's command line, as Packer's qemu plugin writes it: templates rely on its names (`user.0`, `drive0`,
//! `scsi0.0`) in their `qemuargs`.

use crate::disks::Disk;
use hypervisor::flow::Media;
use hypervisor::qemu::Efi;
use std::path::{Path, PathBuf};
use template::options::builder::qemu::Qemu;

/// The network's id, as Packer has it.
const NETWORK: &str = "user.0";

/// An argument with its value, if it takes one.
pub type Argument = (String, Option<String>);

/// What the machine is made of, beside its options.
#[derive(Debug, Clone, Default)]
pub struct Parts<'a> {
    /// The disks.
    pub disks: &'a [Disk],
    /// The other media.
    pub media: Media,
    /// The firmware's code, and the machine's own copy of its variables.
    pub efi: Option<Efi>,
    /// The TPM's socket.
    pub tpm: Option<PathBuf>,
}

/// Packer's arguments for these options.
pub fn of(options: &Qemu, parts: &Parts) -> Vec<Argument> {
    let mut line = Line::default();
    let hardware = &options.hardware;
    line.add("-name", &options.run.vm_name);
    line.add("-machine", format!("type={}", hardware.machine_type));
    line.add("-m", format!("{}M", hardware.memory));
    line.add("-smp", processors(options));
    if !hardware.vga.is_empty() {
        line.add("-vga", &hardware.vga);
    }
    if !options.run.display.is_empty() && !options.run.headless && !options.run.use_default_display {
        line.add("-display", &options.run.display);
    }
    match (&parts.efi, options.disks.disk_image) {
        // UEFI decides by itself.
        (Some(_), _) => {}
        (None, true) => line.add("-boot", "c"),
        (None, false) => line.add("-boot", "once=d"),
    }
    line.add("-netdev", format!("user,id={NETWORK}"));
    line.add("-device", format!("{},netdev={NETWORK}", hardware.net_device));
    line.firmware(options, parts);
    line.disks(options, parts.disks);
    let installer = parts.media.image.as_ref().filter(|_| !options.disks.disk_image);
    for cd in installer.into_iter().chain(&parts.media.cd) {
        line.cd(&options.disks.cdrom_interface, cd);
    }
    if let Some(floppy) = &parts.media.floppy {
        line.add("-drive", format!("if=floppy,index=0,format=raw,file={}", comma(floppy)));
    }
    if let Some(socket) = &parts.tpm {
        line.add("-chardev", format!("socket,id=vtpm,path={}", comma(socket)));
        line.add("-tpmdev", "emulator,id=tpm0,chardev=vtpm");
        line.add("-device", format!("{},tpmdev=tpm0", hardware.tpm_device_type));
    }
    line.arguments
}

/// Puts the template's own arguments in: one that is given replaces all of that name (Packer's rule).
pub fn with_own(mut arguments: Vec<Argument>, own: &[Vec<String>]) -> Vec<Argument> {
    arguments.retain(|(name, _)| !own.iter().any(|given| given.first() == Some(name)));
    for given in own {
        if let Some(name) = given.first() {
            arguments.push((name.clone(), given.get(1).filter(|value| !value.is_empty()).cloned()));
        }
    }
    arguments
}

/// The arguments in one row.
pub fn flat(arguments: &[Argument]) -> Vec<String> {
    arguments.iter().flat_map(|(name, value)| std::iter::once(name.clone()).chain(value.clone())).collect()
}

/// The id of the first network, through which the guest is reached.
pub fn network(arguments: &[Argument]) -> String {
    let values = arguments.iter().filter(|(name, _)| name == "-netdev" || name == "-nic");
    let ids =
        values.filter_map(|(_, value)| value.as_ref()?.split(',').find_map(|part| part.strip_prefix("id=")));
    ids.map(str::to_owned).next().unwrap_or_else(|| NETWORK.to_owned())
}

#[derive(Debug, Default)]
struct Line {
    arguments: Vec<Argument>,
}

impl Line {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        self.arguments.push((name.to_owned(), Some(value.into())));
    }

    fn firmware(&mut self, options: &Qemu, parts: &Parts) {
        let firmware = &options.firmware;
        if let Some(efi) = &parts.efi {
            let code = format!("file={},if=pflash,unit=0,format=raw,readonly=on", comma(&efi.code));
            self.add("-drive", code);
            self.add("-drive", format!("file={},if=pflash,unit=1,format=raw", comma(&efi.variables)));
        } else if firmware.use_pflash {
            let file = comma(Path::new(&firmware.firmware));
            self.add("-drive", format!("file={file},if=pflash,unit=0,format=raw,readonly=on"));
        } else if !firmware.firmware.is_empty() {
            self.add("-bios", &firmware.firmware);
        }
    }

    fn disks(&mut self, options: &Qemu, disks: &[Disk]) {
        let wanted = &options.disks;
        let scsi = wanted.disk_interface == "virtio-scsi";
        let sata = wanted.disk_interface == "sata";
        if scsi {
            self.add("-device", "virtio-scsi-pci,id=scsi0");
        } else if sata {
            self.add("-device", "ich9-ahci,id=sata0");
        }
        for (number, disk) in disks.iter().enumerate() {
            let mut value = format!("file={}", comma(&disk.path));
            if scsi {
                self.add("-device", format!("scsi-hd,bus=scsi0.0,drive=drive{number}"));
            } else if sata {
                self.add("-device", format!("ide-hd,bus=sata0.{number},drive=drive{number}"));
            }
            if scsi || sata {
                value += &format!(",if=none,id=drive{number}");
            } else {
                value += &format!(",if={}", wanted.disk_interface);
            }
            value += &format!(
                ",cache={},discard={},format={}",
                wanted.disk_cache, wanted.disk_discard, disk.format
            );
            if wanted.disk_detect_zeroes != "off" {
                value += &format!(",detect-zeroes={}", wanted.disk_detect_zeroes);
            }
            self.add("-drive", value);
        }
    }

    fn cd(&mut self, interface: &str, cd: &Path) {
        match interface {
            "" => self.add("-drive", format!("file={},media=cdrom,format=raw", comma(cd))),
            "virtio-scsi" => {
                if !self
                    .arguments
                    .iter()
                    .any(|(_, value)| value.as_deref() == Some("virtio-scsi-pci,id=scsi0"))
                {
                    self.add("-device", "virtio-scsi-pci,id=scsi0");
                }
                let number = self.arguments.len();
                self.add("-device", format!("scsi-cd,bus=scsi0.0,drive=cdrom{number}"));
                self.add(
                    "-drive",
                    format!("file={},if=none,id=cdrom{number},media=cdrom,format=raw", comma(cd)),
                );
            }
            _ => self.add("-drive", format!("file={},if={interface},media=cdrom,format=raw", comma(cd))),
        }
    }
}

fn processors(options: &Qemu) -> String {
    let hardware = &options.hardware;
    let parts = [("sockets", hardware.sockets), ("cores", hardware.cores), ("threads", hardware.threads)];
    let parts = parts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!(",{name}={count}"));
    format!("cpus={}{}", hardware.cpus, parts.collect::<String>())
}

/// A path as a value of QEMU's option lists, where a comma is written twice.
fn comma(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::{Argument, Parts, flat, network, of, with_own};
    use crate::disks::Disk;
    use template::options::builder::qemu::Qemu;

    fn options(change: impl FnOnce(&mut Qemu)) -> Qemu {
        let mut options = Qemu::default();
        options.run.vm_name = "web".to_owned();
        options.run.headless = true;
        options.hardware.machine_type = "pc".to_owned();
        options.hardware.net_device = "virtio-net".to_owned();
        options.hardware.memory = 512;
        options.hardware.cpus = 2;
        options.disks.disk_interface = "virtio".to_owned();
        options.disks.disk_cache = "writeback".to_owned();
        options.disks.disk_discard = "ignore".to_owned();
        options.disks.disk_detect_zeroes = "off".to_owned();
        change(&mut options);
        options
    }

    fn line(options: &Qemu) -> Vec<Argument> {
        let disks = [Disk { path: "/w/web".into(), name: "web".to_owned(), format: "qcow2" }];
        let mut parts = Parts { disks: &disks, ..Parts::default() };
        parts.media.image = Some("/i,o.iso".into());
        of(options, &parts)
    }

    #[test]
    fn the_usual_machine_is_packers() {
        assert_eq!(
            flat(&line(&options(|_| {}))).join(" "),
            "-name web -machine type=pc -m 512M -smp cpus=2 -boot once=d -netdev user,id=user.0 \
             -device virtio-net,netdev=user.0 -drive file=/w/web,if=virtio,cache=writeback,discard=ignore,format=qcow2 \
             -drive file=/i,,o.iso,media=cdrom,format=raw"
        );
    }

    #[test]
    fn scsi_disks_have_packers_names() {
        let options = options(|options| {
            options.disks.disk_interface = "virtio-scsi".to_owned();
            options.disks.disk_image = true;
            options.hardware.cores = 2;
        });
        let line = flat(&line(&options)).join(" ");
        for part in [
            "-smp cpus=2,cores=2",
            "-boot c",
            "-device virtio-scsi-pci,id=scsi0 -device scsi-hd,bus=scsi0.0,drive=drive0",
        ] {
            assert!(line.contains(part), "{line}");
        }
        assert!(!line.contains("cdrom"), "{line}");
    }

    #[test]
    fn an_own_argument_replaces_all_of_its_name() {
        let own = [vec!["-netdev", "user,id=n1"], vec!["-device", "e1000,netdev=n1"], vec!["-no-hpet"]];
        let own = own.map(|words| words.into_iter().map(str::to_owned).collect());
        let arguments = with_own(line(&options(|_| {})), &own);
        assert_eq!(network(&arguments), "n1");
        let line = flat(&arguments).join(" ");
        assert!(line.ends_with("-netdev user,id=n1 -device e1000,netdev=n1 -no-hpet"), "{line}");
        assert!(!line.contains("user.0"), "{line}");
    }
}
