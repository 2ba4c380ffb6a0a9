//! The command line that all builders of virtual machines share.

use super::check::Check;
use super::{Builder, Platform, Sweep};
use crate::http;
use record::cli::Common;
use record::exit;
use record::report::Reporter;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a builder does besides moving records.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Look whether planned records can be built, and write what is wrong as JSON Lines
    Check,
    /// Find and destroy what killed builds left on this computer
    Sweep(Sweep),
    /// Serve a build's files to its guest
    #[command(hide = true)]
    Serve {
        /// What to serve
        settings: PathBuf,
    },
}

/// Does what a builder's command line says: a command, or without one the builder's work as a filter. Gives the exit status.
pub fn run<P: Platform>(command: Option<Command>, common: &Common) -> ExitCode {
    match command {
        None => record::filter::run(Builder::<P>::default(), common),
        Some(Command::Check) => record::check::run(&Check::<P>::default()),
        Some(Command::Sweep(sweep)) => sweep.run::<P>(),
        Some(Command::Serve { settings }) => match http::serve(&settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                Reporter::new(P::TOOL, None).error(failure.message, failure.hint);
                ExitCode::from(exit::FAILED)
            }
        },
    }
}
