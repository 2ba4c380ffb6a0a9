//! The command line of `build-qemu`.

use build_qemu::Qemu;
use clap::Parser;
use hypervisor::flow;
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Build images for QEMU and KVM: qcow2 or raw disks
///
/// A planned record of the type qemu becomes a machine that answers; without provisioners, an image at once. A provisioned
/// record's machine is shut down, its disks become the image, and it is gone. A failed record's machine is destroyed.
#[derive(Debug, Parser)]
#[command(name = "build-qemu", version, args_conflicts_with_subcommands = true, after_help = cli::help(
    "build records, one a line; takes planned, provisioned and failed ones of the type qemu",
    "the same records, as they are done; all others pass through untouched",
    &[
        "validate web.json | build-qemu | provision | postprocess",
        "build-qemu sweep --dry-run",
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
        flow::run::<Qemu>(self.command, &self.common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
