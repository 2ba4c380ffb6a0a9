//! All components that this version knows. Adding one is a file of its options, a `pub mod` and a line here.

use super::weak::Weak;
use super::{Check, Component, builder, data_source, post_processor, provisioner};

use schemars::SchemaGenerator;
use serde_json::{Map, Value};

/// What `validate` needs to know of a component, whatever its type.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The `type` in templates.
    pub kind: &'static str,
    /// See [`Component::RUNS`].
    pub runs: bool,
    /// Names of all options.
    pub fields: fn() -> Vec<&'static str>,
    /// The JSON Schema of each option, with its text and its default.
    pub properties: fn(&mut SchemaGenerator) -> Map<String, Value>,
    /// See [`Component::DEFERRED`].
    pub deferred: &'static [(&'static str, &'static [&'static str])],
    /// See [`Component::FUNCTIONS`].
    pub functions: &'static [&'static str],
    /// Reads the options, and gives them typed.
    pub typed: fn(&mut Weak<'_>) -> Map<String, Value>,
    /// Reads the options, checks them, and gives them typed, with defaults.
    pub load: fn(&mut Weak<'_>, &mut Check) -> Map<String, Value>,
}

impl Entry {
    const fn of<C: Component>() -> Self {
        Self {
            kind: C::TYPE,
            runs: C::RUNS,
            fields: C::fields,
            properties: C::properties,
            deferred: C::DEFERRED,
            functions: C::FUNCTIONS,
            typed: typed::<C>,
            load: load::<C>,
        }
    }
}

fn typed<C: Component>(options: &mut Weak<'_>) -> Map<String, Value> {
    let Ok(component) = C::decode(options);
    component.encode()
}

fn load<C: Component>(options: &mut Weak<'_>, check: &mut Check) -> Map<String, Value> {
    let Ok(mut component) = C::decode(options);
    component.check(check);
    component.encode()
}

/// What sort of component it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Makes a machine and an image of it.
    Builder,
    /// Changes a machine.
    Provisioner,
    /// Makes something of an image.
    PostProcessor,
    /// Tells a template something before there is a build.
    DataSource,
}

/// Every builder.
#[rustfmt::skip] // One a line.
pub static BUILDERS: &[Entry] = &[
    Entry::of::<builder::amazon_chroot::AmazonChroot>(),
    Entry::of::<builder::amazon_ebs::AmazonEbs>(),
    Entry::of::<builder::amazon_ebssurrogate::AmazonEbsSurrogate>(),
    Entry::of::<builder::amazon_ebsvolume::AmazonEbsVolume>(),
    Entry::of::<builder::amazon_instance::AmazonInstance>(),
    Entry::of::<builder::file::File>(),
    Entry::of::<builder::null::Null>(),
    Entry::of::<builder::qemu::Qemu>(),
    Entry::of::<builder::vmware::VMwareIso>(),
    Entry::of::<builder::vmware::VMwareVmx>(),
    Entry::of::<builder::virtualbox::VirtualBoxIso>(),
    Entry::of::<builder::virtualbox::VirtualBoxOvf>(),
    Entry::of::<builder::virtualbox::VirtualBoxVm>(),
];

/// Every provisioner.
#[rustfmt::skip] // One a line.
pub static PROVISIONERS: &[Entry] = &[
    Entry::of::<provisioner::ansible::Ansible>(),
    Entry::of::<provisioner::ansible_local::AnsibleLocal>(),
    Entry::of::<provisioner::breakpoint::Breakpoint>(),
    Entry::of::<provisioner::chef::ChefClient>(),
    Entry::of::<provisioner::chef::ChefSolo>(),
    Entry::of::<provisioner::file::File>(),
    Entry::of::<provisioner::inspec::Inspec>(),
    Entry::of::<provisioner::powershell::PowerShell>(),
    Entry::of::<provisioner::puppet::PuppetMasterless>(),
    Entry::of::<provisioner::puppet::PuppetServer>(),
    Entry::of::<provisioner::salt_masterless::SaltMasterless>(),
    Entry::of::<provisioner::shell::Shell>(),
    Entry::of::<provisioner::shell_local::ShellLocalProvisioner>(),
    Entry::of::<provisioner::sleep::Sleep>(),
    Entry::of::<provisioner::windows_restart::WindowsRestart>(),
    Entry::of::<provisioner::windows_shell::WindowsShell>(),
];

/// Every post-processor.
#[rustfmt::skip] // One a line.
pub static POST_PROCESSORS: &[Entry] = &[
    Entry::of::<post_processor::amazon_import::AmazonImport>(),
    Entry::of::<post_processor::artifice::Artifice>(),
    Entry::of::<post_processor::checksum::Checksum>(),
    Entry::of::<post_processor::compress::Compress>(),
    Entry::of::<post_processor::manifest::Manifest>(),
    Entry::of::<post_processor::shell_local::ShellLocalPostProcessor>(),
    Entry::of::<post_processor::vagrant::Vagrant>(),
    Entry::of::<post_processor::vagrant_registry::VagrantCloud>(),
    Entry::of::<post_processor::vagrant_registry::VagrantRegistry>(),
];

/// Every data source.
#[rustfmt::skip] // One a line.
pub static DATA_SOURCES: &[Entry] = &[
    Entry::of::<data_source::amazon::AmazonAmi>(),
    Entry::of::<data_source::amazon::AmazonParameterStore>(),
    Entry::of::<data_source::amazon::AmazonSecretsManager>(),
    Entry::of::<data_source::http::Http>(),
    Entry::of::<data_source::null::Null>(),
    Entry::of::<data_source::ssh_key::SshKey>(),
];

impl Sort {
    /// Every component of this sort.
    pub fn entries(self) -> &'static [Entry] {
        match self {
            Self::Builder => BUILDERS,
            Self::Provisioner => PROVISIONERS,
            Self::PostProcessor => POST_PROCESSORS,
            Self::DataSource => DATA_SOURCES,
        }
    }

    /// The component of that `type`.
    pub fn find(self, kind: &str) -> Option<&'static Entry> {
        self.entries().iter().find(|entry| entry.kind == kind)
    }

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Builder => "builder",
            Self::Provisioner => "provisioner",
            Self::PostProcessor => "post-processor",
            Self::DataSource => "data source",
        }
    }
}
