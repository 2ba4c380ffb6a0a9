//! The whole course: read, check, plan, print.

use crate::command::{Cli, Format};
use crate::input;
use crate::lock::{self, Lock};
use crate::output::{self, of_failure};
use crate::platform::Aws;
use crate::take::{Build, Taken, take};
use crate::{fix, fmt, inspect, online, parallel, plan as plans, selection, upgrade};
use record::{exit, mask};
use std::io::IsTerminal;
use std::process::ExitCode;
use template::packer_json::Settings;
use template::source::{Code, Diagnostic};

/// What came of all templates.
#[derive(Default)]
struct Outcome {
    builds: Vec<Build>,
    templates: Vec<inspect::Held>,
    names: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    masker: mask::Masker,
}

/// Runs the command and gives its exit status.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    if cli.template_schema {
        let printed = output::standard_output(&format!("{:#}\n", template::schema::template()));
        return output::finished(printed, exit::SUCCESS);
    }
    if cli.fix {
        return fix::run(cli);
    }
    if cli.fmt.fmt {
        return fmt::run(cli);
    }
    if cli.upgrade.hcl2 {
        return upgrade::run(cli);
    }
    let mut outcome = Outcome::default();
    let aws = Aws::default();
    match input::settings(cli, &aws) {
        Ok(settings) => outcome.take_all(cli, &settings, &aws),
        Err(failure) => outcome.diagnostics.push(of_failure(Code::CommandLine, failure)),
    }
    if cli.online && !outcome.has_errors() {
        let found = online::check(&outcome.builds);
        outcome.diagnostics.extend(found.sorted());
        if outcome.has_errors() {
            outcome.builds.clear();
        }
    }
    outcome.lock(cli);
    let status = if outcome.has_errors() { exit::USAGE } else { exit::SUCCESS };
    output::finished(outcome.print(cli), status)
}

impl Outcome {
    fn take_all(&mut self, cli: &Cli, settings: &Settings, aws: &Aws) {
        let inputs = input::templates(cli);
        let taken = parallel::map(inputs, |read| read.map(|input| take(cli, settings, aws, input)));
        for taken in taken {
            match taken {
                Ok(taken) => self.add(taken),
                Err(failure) => self.diagnostics.push(of_failure(Code::UnreadableFile, failure)),
            }
        }
        if !cli.syntax_only && !cli.inspect && !self.has_errors() {
            let unmatched = selection::unmatched(settings, &self.names);
            self.diagnostics
                .extend(unmatched.into_iter().map(|failure| of_failure(Code::Selection, failure)));
            if self.has_errors() {
                self.builds.clear();
            }
        }
    }

    fn add(&mut self, taken: Taken) {
        self.diagnostics.extend(taken.diagnostics);
        self.names.extend(taken.names);
        self.builds.extend(taken.builds);
        self.templates.extend(taken.held);
        self.masker.add_all(taken.secrets.iter().map(String::as_str));
    }

    /// Writes the lock file, or holds what is there against it.
    fn lock(&mut self, cli: &Cli) {
        let Some(path) = cli.lock.as_ref().or(cli.locked.as_ref()) else { return };
        if self.has_errors() {
            // What is not compared whole is not to be built.
            return self.builds.clear();
        }
        let done = lock::find(&mut self.builds).and_then(|now| match &cli.locked {
            None => now.write(path).map_err(|failure| vec![failure]),
            Some(_) => {
                let old = Lock::read(path).map_err(|failure| vec![failure])?;
                let differences = old.differences(&now, path, cli.only.is_empty() && cli.except.is_empty());
                if differences.is_empty() { Ok(()) } else { Err(differences) }
            }
        });
        if let Err(failures) = done {
            self.diagnostics.extend(failures.into_iter().map(|failure| of_failure(Code::Lock, failure)));
            self.builds.clear();
        }
    }

    fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| !diagnostic.warning)
    }

    fn print(&self, cli: &Cli) -> std::io::Result<()> {
        output::diagnostics(cli, &self.diagnostics, &self.masker)?;
        if cli.format == Format::Json {
            return Ok(());
        }
        if cli.inspect {
            return output::standard_output(&self.masker.mask(&inspect::print(&self.templates, cli.json)));
        }
        if cli.syntax_only || self.builds.is_empty() {
            return Ok(());
        }
        if cli.plan {
            return output::standard_output(&plans::print(&self.builds, cli.json, &self.masker));
        }
        if std::io::stdout().is_terminal() && !cli.json {
            return output::standard_output(&self.table());
        }
        let lines =
            self.builds.iter().map(|build| serde_json::to_string(&build.document).map(|line| line + "\n"));
        output::standard_output(&lines.collect::<Result<String, _>>()?)
    }

    fn table(&self) -> String {
        let kinds = |steps: &[serde_json::Map<String, serde_json::Value>]| {
            let kinds = steps.iter().filter_map(|step| step.get("type")?.as_str());
            kinds.collect::<Vec<_>>().join(", ")
        };
        let rows = self.builds.iter().map(|Build { document, .. }| {
            let after: Vec<String> =
                document.post_processors.iter().map(|sequence| kinds(sequence)).collect();
            vec![
                document.build.clone(),
                document.kind.clone(),
                kinds(&document.provisioners),
                after.join("; "),
            ]
        });
        let table =
            output::table(&["BUILD", "TYPE", "PROVISIONERS", "POST-PROCESSORS"], &rows.collect::<Vec<_>>());
        self.masker.mask(&table)
    }
}
