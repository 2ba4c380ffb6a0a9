//! All components that this version knows. Adding one is a file of its options, a `pub mod` and a line here.

use super::weak::Weak;
use super::{Check, Component, builder, post_processor, provisioner};

use serde_json::{Map, Value};

/// What `validate` needs to know of a component, whatever its type.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The `type` in templates.
    pub kind: &'static str,
    /// Names of all options.
    pub fields: fn() -> Vec<&'static str>,
    /// See [`Component::DEFERRED`].
    pub deferred: &'static [(&'static str, &'static [&'static str])],
    /// See [`Component::FUNCTIONS`].
    pub functions: &'static [&'static str],
    /// Reads the options, checks them, and gives them typed, with defaults.
    pub load: fn(&mut Weak<'_>, &mut Check) -> Map<String, Value>,
}

impl Entry {
    const fn of<C: Component>() -> Self {
        Self {
            kind: C::TYPE,
            fields: C::fields,
            deferred: C::DEFERRED,
            functions: C::FUNCTIONS,
            load: load::<C>,
        }
    }
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
}

/// Every builder.
#[rustfmt::skip] // One a line.
pub static BUILDERS: &[Entry] = &[
    Entry::of::<builder::amazon_ebs::AmazonEbs>(),
    Entry::of::<builder::file::File>(),
    Entry::of::<builder::null::Null>(),
];

/// Every provisioner.
#[rustfmt::skip] // One a line.
pub static PROVISIONERS: &[Entry] = &[
    Entry::of::<provisioner::breakpoint::Breakpoint>(),
    Entry::of::<provisioner::file::File>(),
    Entry::of::<provisioner::shell::Shell>(),
    Entry::of::<provisioner::shell_local::ShellLocalProvisioner>(),
    Entry::of::<provisioner::sleep::Sleep>(),
];

/// Every post-processor.
#[rustfmt::skip] // One a line.
pub static POST_PROCESSORS: &[Entry] = &[
    Entry::of::<post_processor::artifice::Artifice>(),
    Entry::of::<post_processor::checksum::Checksum>(),
    Entry::of::<post_processor::compress::Compress>(),
    Entry::of::<post_processor::manifest::Manifest>(),
    Entry::of::<post_processor::shell_local::ShellLocalPostProcessor>(),
];

impl Sort {
    /// Every component of this sort.
    pub fn entries(self) -> &'static [Entry] {
        match self {
            Self::Builder => BUILDERS,
            Self::Provisioner => PROVISIONERS,
            Self::PostProcessor => POST_PROCESSORS,
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
        }
    }
}
