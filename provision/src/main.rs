//! `provision`: the command line. The tool itself is the library beside it.

use clap::Parser;
use provision::{OnError, Options, Provision};
use record::cli::Common;
use std::process::ExitCode;

/// Change running machines: run scripts in them, copy files to and from them
///
/// Reads build records on standard input and moves those that are 'running': takes their provisioners' steps over SSH and
/// hands the record to the tool that made the machine, to be captured. Records of the types 'null' and 'file' it does by
/// itself. All other records pass through untouched.
#[derive(Debug, Parser)]
#[command(name = "provision", version, after_help = EXAMPLES)]
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

const EXAMPLES: &str = "\
Examples:
  validate web.json | build-ec2 | provision | postprocess
  validate web.json | build-ec2 | provision --hold > machine.jsonl
  provision --resume < machine.jsonl | postprocess

Reads: records that are 'running', or 'planned' and of the type null or file; with --resume also held ones.
Writes: the records 'built' (with --hold: 'provisioned'), or 'failed'.
Exit status: 0 all went well, 1 a build failed, 2 wrong command line or input, 130 interrupted.";

fn main() -> ExitCode {
    let arguments: Arguments = record::cli::parse();
    match record::cli::print_about::<Arguments>(&arguments.common.about) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(_) => return ExitCode::FAILURE,
    }
    let Arguments { on_error, hold, resume, force, common } = arguments;
    record::filter::run(Provision::new(Options { on_error, hold, resume, force }), &common)
}
