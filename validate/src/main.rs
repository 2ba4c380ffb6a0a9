//! The command `validate`.

use std::process::ExitCode;

fn main() -> ExitCode {
    record::cli::main::<validate::Cli>()
}
