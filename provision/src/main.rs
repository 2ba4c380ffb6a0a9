//! `provision`: the command line. The tool itself is the library beside it.

use clap::Parser;
use provision::{OnError, Options, Provision};
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Change running machines: run scripts in them, copy files to and from them
///
/// Reads build records on standard input and moves those that are 'running': takes their provisioners' steps over SSH and
/// hands the record to the tool that made the machine, to be captured. Records of the types 'null' and 'file' it does by
/// itself. All other records pass through untouched.
#[derive(Debug, Parser)]
#[command(name = "provision", version, after_help = cli::help(
    "build records, one a line; takes running ones, planned ones of the types null and file, and held ones with --resume",
    "the same records: built (with --hold: provisioned) or failed; all others pass through untouched",
    &[
        "validate web.json | build-ec2 | provision | postprocess",
        "validate web.json | build-ec2 | provision --hold > machine.jsonl",
        "provision --resume < machine.jsonl | postprocess",
    ],
))]
struct Arguments {
    /// What to do with the machine when a step fails
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnError::Cleanup)]
    on_error: OnError,

    /// Keep the machine running: after the last step, and when a step fails
    #[arg(long)]
    hold: bool,

    /// Also take records that 'provision --hold' or '--on-error=abort' left, and go on from the step that failed
    #[arg(long)]
    resume: bool,

    /// Let the builder 'file' replace an existing file
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        let Self { on_error, hold, resume, force, common } = self;
        record::filter::run(Provision::new(Options { on_error, hold, resume, force }), &common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
