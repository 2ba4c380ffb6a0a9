//! The command line of `build-vmware`.

use build_vmware::VMware;
use clap::Parser;
use hypervisor::flow;
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Build VMware images: VMX, VMDK, OVF and OVA
///
/// A planned record of the type vmware-iso or vmware-vmx becomes a machine that answers; without provisioners, an image at once. A
/// provisioned record's machine is shut down and exported, and is gone. A failed record's machine is destroyed.
#[derive(Debug, Parser)]
#[command(name = "build-vmware", version, args_conflicts_with_subcommands = true, after_help = cli::help(
    "build records, one a line; takes planned, provisioned and failed ones of type vmware-*",
    "the same records, as they are done; all others pass through untouched",
    &[
        "validate web.json | build-ec2 | build-vmware | provision | postprocess",
        "build-vmware sweep --dry-run",
    ],
))]
struct Arguments {
    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Option<flow::Command>,
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        flow::run::<VMware>(self.command, &self.common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
