//! The command line of `postprocess`.

use clap::Parser;
use postprocess::Postprocess;
use record::cli::{self, About, Common, Program};
use std::process::ExitCode;

/// Make archives, checksums and manifests of what was built
///
/// Reads build records on standard input. A record that is 'built' goes through its post-processors (artifice, checksum,
/// compress, manifest, shell-local) and leaves with the artifacts that there are then. All other records pass through; one
/// that is not finished counts as failed.
#[derive(Debug, Parser)]
#[command(name = "postprocess", version, after_help = cli::help(
    "build records, one a line; takes built ones that have post-processors",
    "the same records with the artifacts that exist then; all others pass through untouched, and unfinished ones count as failed",
    &[
        "validate web.json | build-ec2 | provision | postprocess",
        "postprocess < built.jsonl | jq -r '.artifacts[].files[]?.path'",
    ],
))]
struct Arguments {
    /// Replace archives that exist already, and start manifests anew
    #[arg(short, long)]
    force: bool,

    #[command(flatten)]
    common: Common,
}

impl Program for Arguments {
    fn about(&self) -> &About {
        &self.common.about
    }

    fn run(self) -> ExitCode {
        record::filter::run(Postprocess::new(self.force), &self.common)
    }
}

fn main() -> ExitCode {
    cli::main::<Arguments>()
}
