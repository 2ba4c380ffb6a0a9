//! From a template to its builds.

use super::component::Loader;
use super::deprecated;
use super::model::{Builder, Step, Template, Word};
use super::{Settings, Variables, names, variables};
use crate::engine::{Machine, Place, Scope};
use crate::json::{Member, Node, Value};
use crate::options::Finding;
use crate::options::registry::Sort;
use crate::options::weak::weak;
use crate::source::{Diagnostics, Source};
use crate::suggest::nearest;
use serde_json::Map;
use std::sync::Arc;

type Object = Map<String, serde_json::Value>;

/// What ``{{build `KEY`}}`` knows with every builder (Packer 1.6.6, `packer/common_hooks.go` and the communicators).
const BUILD_KEYS: &[&str] = &[
    "ConnType",
    "Host",
    "ID",
    "PackerHTTPAddr",
    "PackerHTTPIP",
    "PackerHTTPPort",
    "PackerRunUUID",
    "Password",
    "Port",
    "SSHAgentAuth",
    "SSHPrivateKey",
    "SSHPrivateKeyFile",
    "SSHPublicKey",
    "User",
    "WinRMPassword",
];
/// What it knows with amazon-* builders.
const AMAZON_KEYS: &[&str] = &[
    "BuildRegion",
    "ConnType",
    "Host",
    "ID",
    "PackerHTTPAddr",
    "PackerHTTPIP",
    "PackerHTTPPort",
    "PackerRunUUID",
    "Password",
    "Port",
    "SSHAgentAuth",
    "SSHPrivateKey",
    "SSHPrivateKeyFile",
    "SSHPublicKey",
    "SourceAMI",
    "SourceAMICreationDate",
    "SourceAMIName",
    "SourceAMIOwner",
    "SourceAMIOwnerName",
    "User",
    "WinRMPassword",
];

/// A build that is planned: what the record says, and where its builder stands.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The build's name.
    pub name: String,
    /// The builder's type.
    pub kind: String,
    /// The builder's options.
    pub builder: Object,
    /// The provisioners.
    pub provisioners: Vec<Object>,
    /// What runs when provisioning has failed.
    pub error_cleanup: Option<Object>,
    /// The sequences of post-processors.
    pub post_processors: Vec<Vec<Object>>,
    source: Arc<Source>,
    written: Builder,
}

impl Planned {
    /// Puts what was found later, by asking the platform, at its place in the template.
    pub fn locate(&self, finding: Finding, diagnostics: &mut Diagnostics) {
        let scope = Scope::new(Place::Builder, crate::engine::Moment::milliseconds(0));
        let mut loader = Loader { source: &self.source, scope, force: false, diagnostics };
        loader.finding(&self.written.kind, &self.written.options, &[], finding);
    }
}

/// What a template plans.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The builds that the command line selects, in the template's order.
    pub builds: Vec<Planned>,
    /// Names of all builds and post-processors: what `--only` and `--except` can name.
    pub names: Vec<String>,
    /// The user variables.
    pub variables: Variables,
}

/// Plans all builds of a template. Where there is an error among the diagnostics, the plan is not to be used.
pub fn plan(
    source: &Arc<Source>,
    template: &Template,
    folder: &str,
    settings: &Settings,
    diagnostics: &mut Diagnostics,
) -> Plan {
    names::check(source, template, diagnostics);
    let base = Scope { folder: Arc::from(folder), ..Scope::new(Place::Variables, settings.moment) };
    let variables = variables::resolve(source, template, settings, &base, diagnostics);
    let scope = Scope { user: Arc::new(user_scope(template, &variables)), place: Place::Builder, ..base };
    let mut planner = Planner { source, template, settings, scope, diagnostics };
    let named = planner.names();
    let steps = template.post_processors.iter().flatten();
    let steps = steps.map(|step| step.name.clone().unwrap_or_else(|| step.kind.text.clone()));
    let names = named.iter().map(|(name, _)| name.clone()).chain(steps).collect();
    let builds = named
        .into_iter()
        .filter(|(name, _)| is_selected(settings, name))
        .filter_map(|(name, builder)| planner.build(name, builder))
        .collect();
    Plan { builds, names, variables }
}

/// The variables that options can name. One whose value is wrong has been reported, and is not reported again where it is used.
fn user_scope(template: &Template, variables: &Variables) -> std::collections::BTreeMap<String, String> {
    let mut user = variables.values.clone();
    for variable in &template.variables {
        user.entry(variable.name.text.clone()).or_default();
    }
    user
}

fn is_selected(settings: &Settings, name: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|word| word == name);
    (settings.only.is_empty() || named(&settings.only)) && !named(&settings.except)
}

struct Planner<'a> {
    source: &'a Arc<Source>,
    template: &'a Template,
    settings: &'a Settings,
    scope: Scope,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Planner<'a> {
    /// All builders with their rendered names.
    fn names(&mut self) -> Vec<(String, &'a Builder)> {
        let mut named: Vec<(String, &Builder)> = Vec::new();
        for builder in &self.template.builders {
            let Some(name) = names::render(self.source, &builder.name, &self.scope, self.diagnostics) else {
                continue;
            };
            if let Some((_, first)) = named.iter().find(|(other, _)| *other == name) {
                let other = first.name.span.clone();
                self.diagnostics
                    .error(
                        self.source,
                        builder.name.span.clone(),
                        format!("two builds come to be called '{name}'"),
                    )
                    .hint("their names are written differently, but give the same text")
                    .other(other, "the first one");
                continue;
            }
            named.push((name, builder));
        }
        named
    }

    fn build(&mut self, name: String, builder: &Builder) -> Option<Planned> {
        let kind = builder.kind.text.clone();
        self.scope.build_name = Arc::from(name.as_str());
        self.scope.build_type = Arc::from(kind.as_str());
        self.scope.place = Place::Builder;
        self.scope.machine = Machine::Later(None);
        let options = self.builder(builder);
        self.scope.place = Place::Step;
        self.scope.machine = Machine::Later(build_keys(&kind));
        let written = builder.name.text.as_str();
        let template = self.template;
        let provisioners: Vec<_> = template
            .provisioners
            .iter()
            .filter(|step| step.is_for(written))
            .filter_map(|step| self.provisioner(step, written))
            .collect();
        let cleanup = template.error_cleanup.iter().filter(|step| step.is_for(written));
        let error_cleanup = cleanup.filter_map(|step| self.provisioner(step, written)).next();
        let sequences = template.post_processors.iter().map(|sequence| self.sequence(sequence, written));
        let post_processors = sequences.filter(|sequence| !sequence.is_empty()).collect();
        Some(Planned {
            name,
            kind,
            builder: options?,
            provisioners,
            error_cleanup,
            post_processors,
            source: self.source.clone(),
            written: builder.clone(),
        })
    }

    fn loader(&mut self) -> Loader<'_> {
        Loader {
            source: self.source,
            scope: self.scope.clone(),
            force: self.settings.force,
            diagnostics: self.diagnostics,
        }
    }

    fn builder(&mut self, builder: &Builder) -> Option<Object> {
        if let Some(entry) = Sort::Builder.find(&builder.kind.text) {
            return Some(self.loader().load(Sort::Builder, entry, &builder.kind, &builder.options));
        }
        if self.settings.allow_unknown {
            return Some(self.as_written(&builder.options));
        }
        self.unknown(Sort::Builder, &builder.kind);
        None
    }

    /// The options of somebody's own component: rendered, and otherwise as they are.
    fn as_written(&mut self, options: &[Member]) -> Object {
        let mut loader = self.loader();
        options
            .iter()
            .map(|member| (member.key.clone(), loader.render(&member.node, None).to_json()))
            .collect()
    }

    fn unknown(&mut self, sort: Sort, kind: &Word) {
        let known: Vec<&str> = sort.entries().iter().map(|entry| entry.kind).collect();
        let mut hint = match nearest(&kind.text, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("known: {}", known.join(", ")),
        };
        let message = if deprecated::is_packers(sort, &kind.text) {
            hint = format!("known: {}", known.join(", "));
            format!("the {} '{}' is not in this version yet", sort.word(), kind.text)
        } else {
            format!("there is no {} '{}'", sort.word(), kind.text)
        };
        if sort == Sort::Builder && !hint.ends_with('?') {
            hint.push_str("; --allow-unknown passes a build on to a tool of your own");
        }
        self.diagnostics.error(self.source, kind.span.clone(), message).hint(hint);
    }

    fn provisioner(&mut self, step: &Step, builder: &str) -> Option<Object> {
        let Some(entry) = Sort::Provisioner.find(&step.kind.text) else {
            self.unknown(Sort::Provisioner, &step.kind);
            return None;
        };
        let options = self.overridden(step, builder);
        let mut object = start(&step.kind);
        object.extend(self.loader().load(Sort::Provisioner, entry, &step.kind, &options));
        for (key, duration) in [("pause_before", step.pause_before), ("timeout", step.timeout)] {
            if let Some(duration) = duration.filter(|duration| !duration.is_zero()) {
                object.insert(key.into(), duration.to_string().into());
            }
        }
        if let Some(retries) = step.max_retries.as_ref().and_then(|node| self.max_retries(node)) {
            object.insert("max_retries".into(), retries.into());
        }
        Some(object)
    }

    /// The options with those that `override` has for this builder in their place.
    fn overridden(&mut self, step: &Step, builder: &str) -> Vec<Member> {
        let mut options = step.options.clone();
        let Some((_, node)) = step.overrides.iter().find(|(word, _)| word.text == builder) else {
            return options;
        };
        match &node.value {
            Value::Null => {}
            Value::Object(members) => {
                for member in members {
                    options.retain(|option| option.key != member.key);
                    options.push(member.clone());
                }
            }
            _ => {
                let message =
                    format!("'override' holds an object of options for each builder, not {}", node.what());
                self.diagnostics.error(self.source, node.span.clone(), message);
            }
        }
        options
    }

    fn max_retries(&mut self, node: &Node) -> Option<i64> {
        let rendered = self.loader().render(node, None);
        let whole = match &rendered.value {
            // Packer takes no fractions here, other than in the options of components.
            Value::Number(text) => text.parse::<i64>().ok(),
            _ => weak::<i64>(&rendered).ok(),
        };
        if whole.is_none() {
            self.diagnostics
                .error(self.source, node.span.clone(), "'max_retries' must be a whole number")
                .hint("how often to try again: \"max_retries\": 3");
        }
        whole.filter(|retries| *retries != 0)
    }

    /// The post-processors of a sequence that are for this builder; one that the command line excludes ends it.
    fn sequence(&mut self, sequence: &[Step], builder: &str) -> Vec<Object> {
        let mut objects = Vec::new();
        for step in sequence {
            let name = step.name.as_deref().unwrap_or(&step.kind.text);
            if self.settings.except.iter().any(|word| word == name) {
                break;
            }
            if step.is_for(builder) {
                objects.extend(self.post_processor(step));
            }
        }
        objects
    }

    fn post_processor(&mut self, step: &Step) -> Option<Object> {
        let Some(entry) = Sort::PostProcessor.find(&step.kind.text) else {
            self.unknown(Sort::PostProcessor, &step.kind);
            return None;
        };
        let mut object = start(&step.kind);
        if let Some(name) = &step.name {
            object.insert("name".into(), name.as_str().into());
        }
        if let Some(keep) = step.keep_input_artifact {
            object.insert("keep_input_artifact".into(), keep.into());
        }
        object.extend(self.loader().load(Sort::PostProcessor, entry, &step.kind, &step.options));
        Some(object)
    }
}

fn start(kind: &Word) -> Object {
    Map::from_iter([("type".to_owned(), kind.text.as_str().into())])
}

/// Nothing for builders of which we don't know what they give.
fn build_keys(kind: &str) -> Option<&'static [&'static str]> {
    Sort::Builder.find(kind)?;
    Some(if kind.starts_with("amazon-") { AMAZON_KEYS } else { BUILD_KEYS })
}
