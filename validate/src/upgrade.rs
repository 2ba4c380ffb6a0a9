//! `--hcl2`: a template in JSON as HCL2 that plans the same builds.

use crate::command::Cli;
use crate::input;
use crate::output::{self, of_failure};
use clap::Args;
use record::{Failure, file};
use std::path::PathBuf;
use std::process::ExitCode;
use template::hcl2;
use template::packer_json::{fix, read};
use template::source::{Code, Diagnostics, Source};

/// How Packer's `hcl2_upgrade` is told what to do.
#[derive(Debug, Clone, Args)]
pub(crate) struct UpgradeOptions {
    /// Print a JSON template as HCL2 that plans the same builds
    #[arg(long, conflicts_with_all = ["syntax_only", "inspect", "online", "fix", "fmt", "plan"])]
    pub(crate) hcl2: bool,

    /// With --hcl2, write a file instead; --force replaces one that is there
    #[arg(long, requires = "hcl2", value_name = "FILE")]
    output_file: Option<PathBuf>,
}

/// Runs the command and gives its exit status: 2 where the template has errors.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    let mut diagnostics = Diagnostics::default();
    let written = upgraded(cli, &mut diagnostics).and_then(|text| match (text, &cli.upgrade.output_file) {
        (Some(text), Some(path)) => file::write(path, text.as_bytes(), 0o644, cli.force).map(|()| None),
        (text, _) => Ok(text),
    });
    let text = written.unwrap_or_else(|failure| {
        diagnostics.all.push(of_failure(Code::CommandLine, failure));
        None
    });
    output::rewritten(cli, text, diagnostics)
}

fn upgraded(cli: &Cli, diagnostics: &mut Diagnostics) -> Result<Option<String>, Failure> {
    let input = input::only(cli, "--hcl2", "each template is a configuration of its own")?;
    if input.hcl.is_some() {
        return Err(Failure::usage(format!("{} is HCL2 already", input.source.name)));
    }
    let fixed = fix(&input.source);
    diagnostics.all.extend(fixed.diagnostics.all.into_iter().filter(|found| !found.warning));
    let Some(text) = fixed.text else { return Ok(None) };
    let read = read(&Source::new(input.source.name.clone(), text));
    Ok(read.template.filter(|_| !diagnostics.has_errors()).map(|template| hcl2::upgrade(&template)))
}
