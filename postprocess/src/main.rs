//! The command line of `postprocess`.

use clap::Parser;
use postprocess::Postprocess;
use record::cli::{self, Common};
use record::{exit, filter};
use std::process::ExitCode;

/// Make archives, checksums and manifests of what was built
///
/// Reads build records on standard input. A record that is 'built' goes through its post-processors (artifice, checksum,
/// compress, manifest, shell-local) and leaves with the artifacts that there are then. All other records pass through; one
/// that is not finished counts as failed.
#[derive(Debug, Parser)]
#[command(name = "postprocess", version, after_help = EXAMPLES)]
struct Options {
    /// Replace archives that exist already, and start manifests anew
    #[arg(short, long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

const EXAMPLES: &str = "\
Reads:  build records, one JSON object a line, as provision and the builders write them
Writes: the same records with their new artifacts

Examples:
  validate web.json | build-ec2 | provision | postprocess
  postprocess < built.jsonl | jq -r '.artifacts[].files[]?.path'

Exit status: 0 all went well; 1 a build failed or was not finished; 2 wrong command line or input; 130 interrupted";

fn main() -> ExitCode {
    let options: Options = cli::parse();
    match cli::print_about::<Options>(&options.common.about) {
        Ok(false) => filter::run(Postprocess::new(options.force), &options.common),
        Ok(true) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit::FAILED),
    }
}
