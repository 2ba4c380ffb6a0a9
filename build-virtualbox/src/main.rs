//! The command line of `build-virtualbox`.

use build_virtualbox::VirtualBox;
use clap::Parser;
use hypervisor::flow;
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Build VirtualBox images: OVF and OVA
///
/// A planned record of the types virtualbox-* becomes a machine that answers; without provisioners, an image at once. A provisioned
/// record's machine is exported, and is gone. A failed record's machine is destroyed.
#[derive(Debug, Parser)]
#[command(name = "build-virtualbox", version, args_conflicts_with_subcommands = true, after_help = cli::help(
    "build records, one a line; takes planned, provisioned and failed ones of the types virtualbox-*",
    "the same records, as they are done; all others pass through untouched",
    &[
        "validate web.json | build-virtualbox | provision | postprocess",
        "build-virtualbox sweep --dry-run",
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
        flow::run::<VirtualBox>(self.command, &self.common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
