//! The command line of `build-ec2`.

use build_ec2::{check, data, resolve, sweep, tool::Ec2, tunnel};
use clap::{Parser, Subcommand};
use record::cli::{self, About, Common, Program};
use std::path::PathBuf;
use std::process::ExitCode;

/// Build AMIs on EC2
///
/// A planned record of the type amazon-ebs becomes a machine on EC2 that answers; without provisioners, an AMI at once. A provisioned
/// record's machine is captured as an AMI, and is gone. A failed record's machine is destroyed.
#[derive(Debug, Parser)]
#[command(name = "build-ec2", version, args_conflicts_with_subcommands = true, after_help = cli::help(
    "build records, one a line; takes planned, provisioned and failed ones of type amazon-ebs",
    "the same records, as they are done; all others pass through untouched",
    &[
        "validate web.json | build-ec2 | provision | postprocess",
        "validate web.json | build-ec2 check",
        "build-ec2 sweep --region eu-central-1 --dry-run",
    ],
))]
struct Arguments {
    #[command(flatten)]
    common: Common,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask AWS whether planned records can be built, and write what is wrong as JSON Lines
    Check,
    /// Answer what templates ask of AWS, one JSON object a line (for 'validate')
    #[command(hide = true, long_flag = "data")]
    Data,
    /// Say which image each planned record would start from, as JSON Lines (for 'validate --lock')
    #[command(hide = true)]
    Resolve,
    /// Keep the tunnel to a machine open (build-ec2 starts this itself)
    #[command(hide = true)]
    Tunnel {
        /// The tunnel's settings, in the build's state folder
        settings: PathBuf,
    },
    /// Find and destroy what killed builds left, by state folder and by tag
    Sweep(sweep::Options),
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        match self.command {
            None => record::filter::run(Ec2::default(), &self.common),
            Some(Command::Check) => record::check::run(&check::Check::default()),
            Some(Command::Data) => data::run(),
            Some(Command::Resolve) => resolve::run(),
            Some(Command::Tunnel { settings }) => tunnel::keep(&settings),
            Some(Command::Sweep(options)) => sweep::run(&options),
        }
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
