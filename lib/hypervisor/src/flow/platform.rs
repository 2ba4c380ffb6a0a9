//! What is a builder's own in the flow.

use super::Site;
use crate::driver::AnyDriver;
use crate::iso::Request;
use record::check::Problem;
use record::{Build, Failure, Machine, Record};
use serde_json::{Map, Value};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use template::Late;
use template::options::builder::machine::{Base, ShutdownControl};

/// One build of a virtual machine: what a builder's options mean, under the driver that they chose.
pub trait Platform: Sized + Send + Sync + 'static {
    /// The tool's name, as it is called.
    const TOOL: &'static str;
    /// The builder types that the tool serves.
    const TYPES: &'static [&'static str];

    /// Reads a record's options. Starts and makes nothing. `driver` is the driver of the machine that exists, where one does; else
    /// the options choose.
    ///
    /// # Errors
    /// When an option is not of its type, or no driver can be had.
    fn open(record: &Record, driver: Option<&str>, build: &Build) -> Result<Self, Failure>;

    /// The driver's name, as `machine.driver` has it.
    fn driver_name(&self) -> &'static str;

    /// What the flow itself needs of the options.
    fn settings(&self) -> &Settings;

    /// Looks at what can be seen before anything is made: programs, names that are taken. Changes nothing. Gives what stands in the
    /// build's way.
    fn look(&self, build: &Build) -> impl Future<Output = Vec<Problem>> + Send;

    /// How guests and this host see each other. Asked before the machine exists.
    fn network(&self, build: &Build) -> impl Future<Output = Result<Network, Failure>> + Send;

    /// Makes the machine, switched off, with its media, as far as the first start needs it. What it makes lies in the site's
    /// folder or is noted there before it exists.
    fn create(
        &self,
        site: &Site,
        media: &Media,
        late: &Late,
        build: &Build,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The machine, as the site's notes know it, also when it was only begun: whoever asks may want to destroy it.
    fn driver(&self, site: &Site, build: &Build) -> Box<dyn AnyDriver>;

    /// What is done when the machine answers, before anybody provisions it.
    fn answered(
        &self,
        _machine: &Machine,
        _late: &Late,
        _build: &Build,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        async { Ok(()) }
    }

    /// Makes the result of the machine, which is off: writes its files into the folder `into`, which exists and is empty. Not
    /// called where [`Settings::exports`] is false.
    fn export(
        &self,
        site: &Site,
        into: &Path,
        late: &Late,
        build: &Build,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// What is done with the machine after the result is complete, before it is destroyed. `true`: the machine stays.
    fn exported(
        &self,
        _site: &Site,
        _late: &Late,
        _build: &Build,
    ) -> impl Future<Output = Result<bool, Failure>> + Send {
        async { Ok(false) }
    }

    /// The artifact's `builder_id` and `id`, as Packer has them.
    fn artifact(&self) -> Exported;
}

/// What the flow itself needs of a builder's options.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The machine's name, as people see it: `{{.Name}}`.
    pub name: String,
    /// The image that the machine starts from, where it is fetched.
    pub image: Option<Request>,
    /// What all builders have.
    pub base: Base,
    /// More on how it is shut down.
    pub control: ShutdownControl,
    /// Whether there is to be a result in the output folder.
    pub exports: bool,
}

/// How guests and this host see each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The address to serve on, so that guests reach it and as few others as possible.
    pub bind: IpAddr,
    /// This host's address as the guest sees it: `{{.HTTPIP}}`.
    pub host: IpAddr,
}

impl Network {
    /// User networking (QEMU) and NAT (VirtualBox): the guest sees the host's loopback as 10.0.2.2.
    pub const NAT: Self = Self {
        bind: IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
        host: IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 2, 2)),
    };
}

/// The media that were made for the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// The fetched image: the installer's CD, or an appliance.
    pub image: Option<PathBuf>,
    /// A floppy disk, raw.
    pub floppy: Option<PathBuf>,
    /// A CD.
    pub cd: Option<PathBuf>,
}

/// What Packer says of an artifact.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exported {
    /// Packer's name for the maker: `mitchellh.virtualbox`.
    pub builder_id: String,
    /// The artifact's id: `VM`.
    pub id: String,
    /// What else there is to say of it.
    pub details: Map<String, Value>,
}
