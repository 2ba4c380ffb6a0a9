//! `--fix`: a template with old spellings written as they are now.

use crate::command::Cli;
use crate::input;
use crate::output::{self, of_failure};
use record::Failure;
use std::process::ExitCode;
use template::packer_json::{Fixed, fix};
use template::source::{Code, Diagnostics};

/// Runs the command and gives its exit status: 2 where the template has errors, mended or not.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    let Fixed { text, diagnostics } = fixed(cli).unwrap_or_else(|failure| {
        let diagnostics = Diagnostics { all: vec![of_failure(Code::CommandLine, failure)] };
        Fixed { text: None, diagnostics }
    });
    output::rewritten(cli, text, diagnostics)
}

fn fixed(cli: &Cli) -> Result<Fixed, Failure> {
    let input = input::only(cli, "--fix", "mend several one by one: each is printed as a whole")?;
    if input.hcl.is_some() {
        let failure =
            Failure::usage(format!("--fix mends templates in JSON, and {} is HCL2", input.source.name));
        return Err(failure.hint("without --fix, 'validate' says what to write"));
    }
    Ok(fix(&input.source))
}
