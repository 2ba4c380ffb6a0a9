//! The command line of `build-ec2`.

use build_ec2::tool::Ec2;
use clap::Parser;
use record::cli::{self, Common};
use record::{exit, filter};
use std::process::ExitCode;

/// Build AMIs on EC2
///
/// Reads build records (JSON Lines) on standard input and writes them on standard output. Planned records of the
/// type amazon-ebs leave as running: a machine on EC2 that answers; without provisioners, straight as built. Provisioned records leave
/// as built: the machine is captured as an AMI, and is gone. A failed record's machine is destroyed. Other records pass through.
#[derive(Parser)]
#[command(name = "build-ec2", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
}

const EXAMPLES: &str = "Examples:
  validate web.json | build-ec2 | provision | postprocess
  validate web.json | jq -c 'select(.type == \"amazon-ebs\")' | build-ec2 | provision";

fn main() -> ExitCode {
    let arguments: Arguments = cli::parse();
    match cli::print_about::<Arguments>(&arguments.common.about) {
        Ok(true) => return ExitCode::SUCCESS,
        Ok(false) => {}
        Err(_) => return ExitCode::from(exit::FAILED),
    }
    filter::run(Ec2::default(), &arguments.common)
}
