//! One template: read, checked, planned.

use crate::command::Cli;
use crate::data::Data;
use crate::input::{Files, Input};
use crate::inspect::Held;
use crate::platform::Aws;
use record::Status;
use record::document::{Document, VERSION};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use template::engine::Moment;
use template::hcl2;
use template::packer_json::{Plan, Planned, Settings, Template, plan, read};
use template::source::{Diagnostic, Diagnostics};
use ulid::Ulid;

/// A planned build and its record.
pub(crate) struct Build {
    pub(crate) planned: Planned,
    pub(crate) document: Document,
}

impl Build {
    /// The template's path, as it was given.
    pub(crate) fn path(&self) -> &str {
        self.document.template.as_ref().map_or("", |template| &template.path)
    }
}

/// What came of one template.
#[derive(Default)]
pub(crate) struct Taken {
    /// Nothing where there are errors.
    pub(crate) builds: Vec<Build>,
    /// For `--inspect`.
    pub(crate) held: Option<Held>,
    /// What `--only` and `--except` can name.
    pub(crate) names: Vec<String>,
    /// Texts that must not be shown.
    pub(crate) secrets: Vec<String>,
    /// What is wrong, by its place.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Takes one template, as the command line wants it.
pub(crate) fn take(cli: &Cli, settings: &Settings, aws: &Aws, input: Input) -> Taken {
    let mut diagnostics = Diagnostics::default();
    let read = match &input.hcl {
        Some(files) => Some(take_hcl(cli, settings, aws, &input, files, &mut diagnostics)),
        None => take_json(cli, settings, &input, &mut diagnostics),
    };
    let is_good = !diagnostics.has_errors();
    let mut taken = Taken { diagnostics: diagnostics.sorted(), ..Taken::default() };
    match read {
        Some(Read { template, plan: Some(mut plan), .. }) => {
            taken.names = std::mem::take(&mut plan.names);
            taken.secrets = std::mem::take(&mut plan.variables.secrets);
            if is_good {
                taken.builds = builds(&input, &template, plan, settings.moment);
            }
        }
        Some(Read { template, values, plan: None }) if cli.inspect && is_good => {
            let held = Held { input, template, values };
            taken.secrets = held.secrets().map(str::to_owned).collect();
            taken.held = Some(held);
        }
        _ => {}
    }
    taken
}

/// What was read.
struct Read {
    template: Template,
    /// For `--inspect`.
    values: hcl2::Values,
    /// Where one is asked for.
    plan: Option<Plan>,
}

/// Reads a template in JSON; nothing where the text is malformed.
fn take_json(cli: &Cli, settings: &Settings, input: &Input, diagnostics: &mut Diagnostics) -> Option<Read> {
    let read = read(&input.source);
    diagnostics.all.extend(read.diagnostics.all);
    let template = read.template?;
    let plan = (!cli.syntax_only && !cli.inspect)
        .then(|| plan(&input.source, &template, &input.folder, settings, diagnostics));
    Some(Read { template, values: hcl2::Values::default(), plan })
}

/// Reads a configuration in HCL2.
fn take_hcl(
    cli: &Cli,
    settings: &Settings,
    aws: &Aws,
    input: &Input,
    Files { files, variables, root }: &Files,
    diagnostics: &mut Diagnostics,
) -> Read {
    let read = hcl2::read(&input.source.name, files, diagnostics);
    let values =
        if cli.inspect { hcl2::values(&read, variables, root, settings) } else { hcl2::Values::default() };
    let plan = (!cli.syntax_only && !cli.inspect).then(|| {
        let ask = Data { placeholders: cli.no_data, aws: aws.clone() };
        hcl2::plan(&read, variables, root, settings, &ask, diagnostics)
    });
    Read { template: read.outline, values, plan }
}

/// The records of one template.
fn builds(input: &Input, template: &Template, plan: Plan, moment: Moment) -> Vec<Build> {
    let sha256: String = Sha256::digest(&input.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let values = &plan.variables.values;
    let mut sensitive: Vec<String> = template.sensitive.iter().map(|word| word.text.clone()).collect();
    for name in &plan.variables.sensitive {
        if !sensitive.contains(name) {
            sensitive.push(name.clone());
        }
    }
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
    plan.builds.into_iter().map(|planned| Build { document: document(&planned), planned }).collect()
}

/// A new id that carries the run's time.
fn id(moment: Moment) -> String {
    let milliseconds = u64::try_from(moment.as_milliseconds()).unwrap_or_default();
    Ulid::from_parts(milliseconds, Ulid::generate().random()).to_string()
}
