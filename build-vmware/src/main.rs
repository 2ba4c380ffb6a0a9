//! The command line of `build-vmware`.

use clap::Parser;
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Build VMware images: VMX, VMDK, OVF and OVA
#[derive(Debug, Parser)]
#[command(version, after_help = cli::help(
    "build records, one a line; takes the planned ones of type vmware-*",
    "the same records, as they are done; all others pass through untouched",
    &["validate web.json | build-ec2 | build-vmware | provision | postprocess"],
))]
struct Arguments {
    #[command(flatten)]
    common: Common,
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        record::filter::run(build_vmware::BuildVMware, &self.common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
