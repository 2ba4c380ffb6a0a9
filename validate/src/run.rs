//! The whole course: read, check, plan, print.

use crate::command::{Cli, Format};
use crate::input::{self, Input};
use crate::output::{self, of_failure};
use crate::{inspect, online, selection};
use record::document::{Document, VERSION};
use record::{Status, exit, mask};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use template::engine::Moment;
use template::packer_json::{Plan, Planned, Settings, Template, plan, read};
use template::source::{Diagnostic, Diagnostics};
use ulid::Ulid;

/// A planned build and its record.
pub(crate) struct Build {
    pub(crate) planned: Planned,
    pub(crate) document: Document,
}

/// What came of all templates.
#[derive(Default)]
struct Outcome {
    builds: Vec<Build>,
    templates: Vec<(Input, Template)>,
    names: Vec<String>,
    diagnostics: Vec<Diagnostic>,
    masker: mask::Masker,
}

/// Runs the command and gives its exit status.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    let mut outcome = Outcome::default();
    match input::settings(cli) {
        Ok(settings) => outcome.take_all(cli, &settings),
        Err(failure) => outcome.diagnostics.push(of_failure(failure)),
    }
    if cli.online && !outcome.has_errors() {
        let found = online::check(&outcome.builds);
        outcome.diagnostics.extend(found.sorted());
        if outcome.has_errors() {
            outcome.builds.clear();
        }
    }
    let status = if outcome.has_errors() { exit::USAGE } else { exit::SUCCESS };
    match outcome.print(cli) {
        Ok(()) => ExitCode::from(status),
        // Nobody reads any more: nothing was held, so nothing is to be cleaned up.
        Err(_) => ExitCode::from(status.max(exit::FAILED)),
    }
}

impl Outcome {
    fn take_all(&mut self, cli: &Cli, settings: &Settings) {
        for read in input::templates(cli) {
            match read {
                Ok(input) => self.take(cli, settings, input),
                Err(failure) => self.diagnostics.push(of_failure(failure)),
            }
        }
        if !cli.syntax_only && !cli.inspect && !self.has_errors() {
            let unmatched = selection::unmatched(settings, &self.names);
            self.diagnostics.extend(unmatched.into_iter().map(of_failure));
            if self.has_errors() {
                self.builds.clear();
            }
        }
    }

    /// Takes one template: with errors in it, it gives no builds; the others still do.
    fn take(&mut self, cli: &Cli, settings: &Settings, input: Input) {
        let read = read(&input.source);
        let mut diagnostics = read.diagnostics;
        let Some(template) = read.template else { return self.diagnostics.extend(diagnostics.sorted()) };
        if cli.syntax_only || cli.inspect {
            if !diagnostics.has_errors() {
                self.templates.push((input, template));
            }
            return self.diagnostics.extend(diagnostics.sorted());
        }
        let plan = plan(&input.source, &template, &input.folder, settings, &mut diagnostics);
        for secret in &plan.variables.secrets {
            self.masker.add(secret);
        }
        if !diagnostics.has_errors() {
            self.builds.extend(builds(&input, &template, &plan, settings.moment));
        }
        self.names.extend(plan.names);
        self.finish(diagnostics);
    }

    fn finish(&mut self, diagnostics: Diagnostics) {
        self.diagnostics.extend(diagnostics.sorted());
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
            return output::standard_output(&inspect::print(&self.templates, cli.json));
        }
        if cli.syntax_only || self.builds.is_empty() {
            return Ok(());
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

/// The records of one template.
fn builds(input: &Input, template: &Template, plan: &Plan, moment: Moment) -> Vec<Build> {
    let sha256: String = Sha256::digest(&input.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let values = &plan.variables.values;
    let mut sensitive: Vec<String> = template.sensitive.iter().map(|word| word.text.clone()).collect();
    sensitive.retain(|name| values.contains_key(name));
    let document = |planned: &Planned| Document {
        kiln: VERSION,
        id: id(moment),
        build: planned.name.clone(),
        kind: planned.kind.clone(),
        status: Status::Planned,
        template: Some(record::Template {
            path: input.source.name.clone(),
            folder: input.folder.clone(),
            sha256: sha256.clone(),
        }),
        variables: values.clone(),
        sensitive: sensitive.clone(),
        builder: planned.builder.clone(),
        provisioners: planned.provisioners.clone(),
        error_cleanup_provisioner: planned.error_cleanup.clone(),
        post_processors: planned.post_processors.clone(),
        machine: None,
        generated: BTreeMap::new(),
        done: 0,
        artifacts: Vec::new(),
        steps: Vec::new(),
        error: None,
    };
    plan.builds
        .iter()
        .map(|planned| Build { document: document(planned), planned: planned.clone() })
        .collect()
}

/// A new id that carries the run's time.
fn id(moment: Moment) -> String {
    let milliseconds = u64::try_from(moment.as_milliseconds()).unwrap_or_default();
    Ulid::from_parts(milliseconds, Ulid::generate().random()).to_string()
}
