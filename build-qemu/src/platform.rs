//! What is this tool's own in the flow.

use crate::command_line::{self, Parts};
use crate::{disks, export, tpm};
use hypervisor::driver::AnyDriver;
use hypervisor::flow::{Exported, Media, Network, Platform, Settings, Site};
use hypervisor::iso::Request;
use hypervisor::qemu::{self, CommandLine, Efi};
use image::machine::Firmware;
use record::check::Problem;
use record::{Build, Failure, Record, file};
use serde_json::{Map, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use template::Late;
use template::options::builder::qemu::{Qemu as Options, bytes};
use template::steps::machine as steps;

/// The machine's UEFI variables in the work folder.
pub const VARIABLES: &str = "efivars.fd";

/// One build for QEMU.
#[derive(Debug, Clone)]
pub struct Qemu {
    options: Options,
    settings: Settings,
}

impl Platform for Qemu {
    const TOOL: &'static str = "build-qemu";
    const TYPES: &'static [&'static str] = &["qemu"];

    fn open(record: &Record, _driver: Option<&str>, _build: &Build) -> Result<Self, Failure> {
        let options: Options = template::options::read(&record.builder()?)?;
        let mut image = Request::of(&options.iso);
        if options.disks.disk_image {
            steps::DISK_IMAGE.clone_into(&mut image.what);
        }
        let settings = Settings {
            name: options.run.vm_name.clone(),
            image: Some(image),
            base: options.base.clone(),
            exports: true,
            ..Settings::default()
        };
        Ok(Self { options, settings })
    }

    fn driver_name(&self) -> &'static str {
        "qemu"
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    async fn look(&self, build: &Build) -> Vec<Problem> {
        let program = self.driver_options().program;
        let options = ("qemu_binary", "efi_boot");
        let mut problems = qemu::look(program.as_deref(), Firmware::Bios, options, build).await;
        problems.extend(Problem::of("efi_boot", self.firmware()));
        problems
    }

    async fn network(&self, _build: &Build) -> Result<Network, Failure> {
        Ok(Network::NAT)
    }

    async fn create(&self, site: &Site, media: &Media, late: &Late, build: &Build) -> Result<(), Failure> {
        let options = &self.options;
        let own = disks::of(options, site);
        disks::make(options, &own, media.image.as_deref(), build).await?;
        let mut parts = Parts { disks: &own, media: media.clone(), ..Parts::default() };
        if let Some(efi) = self.firmware()? {
            let variables = site.file(VARIABLES);
            let failed = |error| file::io(&efi.variables, "cannot copy the firmware's variables", &error);
            let content = fs::read(&efi.variables).map_err(failed)?;
            file::write(&variables, &content, 0o600, true)?;
            parts.efi = Some(Efi { code: efi.code, variables });
        }
        if options.hardware.vtpm {
            tpm::start(&options.hardware, site, build).await?;
            parts.tpm = Some(tpm::socket(build));
        }
        let arguments = command_line::of(options, &parts);
        let arguments = command_line::with_own(arguments, &self.own_arguments(site, late)?);
        let line = CommandLine {
            network: command_line::network(&arguments),
            arguments: command_line::flat(&arguments),
            disks: own.into_iter().map(|disk| disk.path).collect(),
        };
        qemu::Qemu::create_from(line, &self.driver_options(), &site.folder(), build).map(drop)
    }

    fn driver(&self, site: &Site, build: &Build) -> Box<dyn AnyDriver> {
        Box::new(qemu::Qemu::at(&site.folder(), build))
    }

    async fn export(&self, site: &Site, into: &Path, _late: &Late, build: &Build) -> Result<(), Failure> {
        export::export(&self.options, site, into, build).await
    }

    /// Packer's qemu plugin: a constant, and these details.
    fn artifact(&self) -> Exported {
        let options = &self.options;
        let folder = Path::new(&options.base.output.output_directory);
        let name = &options.run.vm_name;
        let more = (1..=options.disks.disk_additional_size.len()).map(|number| format!("{name}-{number}"));
        let paths: Vec<PathBuf> =
            std::iter::once(name.clone()).chain(more).map(|name| folder.join(name)).collect();
        let emulated = options.run.accelerator == "tcg" || options.run.accelerator == "none";
        let details = json!({
            "diskName": options.run.vm_name,
            "diskPaths": paths,
            "diskType": options.disks.format,
            "diskSize": bytes(&options.disks.disk_size).unwrap_or_default() >> 20,
            "domainType": if emulated { "qemu" } else { "kvm" },
        });
        let details = details.as_object().cloned().unwrap_or_else(Map::new);
        Exported { builder_id: "transcend.qemu".to_owned(), id: "VM".to_owned(), details }
    }
}

impl Qemu {
    /// The UEFI firmware, where the template wants one.
    fn firmware(&self) -> Result<Option<Efi>, Failure> {
        let wanted = &self.options.firmware;
        if !wanted.efi_boot {
            return Ok(None);
        }
        if wanted.efi_firmware_code.is_empty() {
            return qemu::find_firmware(Firmware::Efi);
        }
        Ok(Some(Efi {
            code: PathBuf::from(&wanted.efi_firmware_code),
            variables: PathBuf::from(&wanted.efi_firmware_vars),
        }))
    }

    /// The template's `qemuargs`, rendered.
    fn own_arguments(&self, site: &Site, late: &Late) -> Result<Vec<Vec<String>>, Failure> {
        let run = &self.options.run;
        let mut late = late.clone();
        late.set("OutputDir", site.folder().display().to_string());
        late.set("HTTPDir", self.options.base.http.http_directory.as_str());
        let asks = run.qemuargs.iter().flatten().any(|text| text.contains("SSHHostPort"));
        let port = if asks { free_port(run.host_port_min, run.host_port_max)? } else { 0 };
        late.set("SSHHostPort", port.to_string());
        let render = |words: &Vec<String>| words.iter().map(|word| late.render(word)).collect();
        run.qemuargs.iter().map(render).collect()
    }

    fn driver_options(&self) -> qemu::Options {
        let run = &self.options.run;
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        qemu::Options {
            program: given(&run.qemu_binary).map(PathBuf::from),
            processor: given(&self.options.hardware.cpu_model),
            accelerator: given(&run.accelerator)
                .map(|name| if name == "none" { "tcg".to_owned() } else { name }),
            headless: run.headless,
            host_ports: Some((run.host_port_min, run.host_port_max)),
            ..qemu::Options::default()
        }
    }
}

/// A port of this host that is free now, for arguments that want to forward it themselves.
fn free_port(first: u16, last: u16) -> Result<u16, Failure> {
    let free = (first..=last).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.ok_or_else(|| {
        Failure::new(format!("no port from {first} to {last} is free"))
            .hint("widen host_port_min and host_port_max, or see with 'ss -ltn' who has them")
    })
}
