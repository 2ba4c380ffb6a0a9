//! From a template to its builds.

use super::component::Loader;
use super::elsewhere;
use super::model::{Builder, Step, Template, Word};
use super::{Settings, Variables, build_keys, names, variables};
use crate::engine::{Language, Machine, Moment, Place, Scope};
use crate::json::{Member, Node, Value};
use crate::options::Finding;
use crate::options::gaps::{self, Gap};
use crate::options::provisioner::reaches_machine;
use crate::options::registry::Sort;
use crate::options::weak::{Manner, weak};
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::nearest;
use serde_json::Map;
use std::collections::HashMap;
use std::sync::Arc;

type Object = Map<String, serde_json::Value>;

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
    manner: Option<Arc<Manner>>,
}

impl Planned {
    /// The name of the build's block in HCL2, where it has one, and the build's own: in HCL2 that of its source.
    pub fn own_name(&self) -> (Option<&str>, &str) {
        let short = self.written.name.text.as_str();
        let block = self.name.strip_suffix(short).and_then(|block| block.strip_suffix('.'));
        let own = short.strip_prefix(self.kind.as_str()).and_then(|own| own.strip_prefix('.'));
        match (&self.manner, own) {
            (Some(_), Some(own)) => (block, own),
            _ => (None, &self.name),
        }
    }

    /// The build as far as gaps are concerned.
    fn parts(&self) -> gaps::Parts<'_> {
        gaps::Parts {
            kind: &self.kind,
            builder: &self.builder,
            provisioners: self.provisioners.iter().chain(&self.error_cleanup).collect(),
            post_processors: self.post_processors.iter().flatten().collect(),
        }
    }

    /// Puts what was found later, by asking the platform, at its place in the template.
    pub fn locate(&self, finding: Finding, diagnostics: &mut Diagnostics) {
        let scope = Scope::new(Place::Builder, Moment::milliseconds(0));
        let manner = self.manner.clone();
        let mut loader = Loader { source: &self.source, scope, force: false, manner, diagnostics };
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
    let (folder, remote) = (Arc::from(folder), settings.remote.clone());
    let base = Scope { folder, remote, ..Scope::new(Place::Variables, settings.moment) };
    let variables = variables::resolve(source, template, settings, &base, diagnostics);
    let scope = Scope { user: Arc::new(user_scope(template, &variables)), place: Place::Builder, ..base };
    let mut planner = Planner { source, template, settings, scope, manner: None, diagnostics };
    let named = planner.names();
    let steps = template.post_processors.iter().flatten();
    let steps = steps.map(|step| step.name.clone().unwrap_or_else(|| step.kind.text.clone()));
    let names = named.iter().map(|(name, _)| name.clone()).chain(steps).collect();
    let selected = named.into_iter().filter(|(name, _)| is_selected(settings, name));
    let is_foreign = |builder: &Builder| !settings.allow_unknown && elsewhere::is_foreign(&builder.kind);
    let (foreign, ours): (Vec<_>, Vec<_>) = selected.partition(|(_, builder)| is_foreign(builder));
    let builds = ours.into_iter().filter_map(|(name, builder)| planner.build(name, builder)).collect();
    let foreign: Vec<(String, Word)> =
        foreign.into_iter().map(|(name, builder)| (name, builder.kind.clone())).collect();
    elsewhere::report(source, &foreign, planner.diagnostics);
    Plan { builds, names, variables }
}

/// Plans one build of an HCL2 configuration, under its full name and with its source's own: `template` holds its one builder, and its steps as they are for it.
pub(crate) fn plan_one(
    source: &Arc<Source>,
    template: &Template,
    (name, own): (String, &str),
    folder: &str,
    settings: &Settings,
    manner: Manner,
    diagnostics: &mut Diagnostics,
) -> Option<Planned> {
    let scope = Scope {
        folder: Arc::from(folder),
        language: Language::Hcl2,
        ..Scope::new(Place::Builder, settings.moment)
    };
    let manner = Some(Arc::new(manner));
    let mut planner = Planner { source, template, settings, scope, manner, diagnostics };
    let builder = template.builders.first()?;
    // In HCL2, `{{build_name}}` is the source's own name.
    planner.scope.build_name = Arc::from(own);
    planner.build(name, builder)
}

/// Reads the options of a data source of an HCL2 configuration; nothing where its type is not known, which is reported.
pub(crate) fn load_data_source(
    source: &Arc<Source>,
    kind: &Word,
    options: &[Member],
    moment: Moment,
    manner: Manner,
    diagnostics: &mut Diagnostics,
) -> Option<Object> {
    let scope = Scope { language: Language::Hcl2, ..Scope::new(Place::Builder, moment) };
    let manner = Some(Arc::new(manner));
    let mut loader = Loader { source, scope, force: false, manner, diagnostics };
    let sort = Sort::DataSource;
    match sort.find(&kind.text) {
        Some(entry) => Some(loader.load(sort, entry, kind, options)),
        None if elsewhere::what(sort, &kind.text).is_some() => {
            Some(options.iter().map(|member| (member.key.clone(), member.node.to_json())).collect())
        }
        None => {
            let known = sort.entries().iter().map(|entry| entry.kind);
            let hint = match nearest(&kind.text, known.clone()) {
                Some(near) => format!("did you mean '{near}'?"),
                None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no {} '{}'", sort.word(), kind.text);
            loader.diagnostics.error(Code::UnknownComponent, source, kind.span.clone(), message).hint(hint);
            None
        }
    }
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
    manner: Option<Arc<Manner>>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Planner<'a> {
    /// All builders with their rendered names.
    fn names(&mut self) -> Vec<(String, &'a Builder)> {
        let mut named: Vec<(String, &Builder)> = Vec::new();
        let mut seen: HashMap<String, Span> = HashMap::new();
        for builder in &self.template.builders {
            let Some(name) = names::render(self.source, &builder.name, &self.scope, self.diagnostics) else {
                continue;
            };
            if let Some(other) = seen.get(&name).cloned() {
                self.diagnostics
                    .error(
                        Code::DuplicateName,
                        self.source,
                        builder.name.span.clone(),
                        format!("two builds come to be called '{name}'"),
                    )
                    .hint("their names are written differently, but give the same text")
                    .other(other, "the first one");
                continue;
            }
            seen.insert(name.clone(), builder.name.span.clone());
            named.push((name, builder));
        }
        named
    }

    fn build(&mut self, name: String, builder: &Builder) -> Option<Planned> {
        let kind = builder.kind.text.clone();
        if self.manner.is_none() {
            self.scope.build_name = Arc::from(name.as_str());
        }
        self.scope.build_type = Arc::from(kind.as_str());
        self.scope.place = Place::Builder;
        self.scope.machine = Machine::Later(None);
        let options = self.builder(builder);
        self.scope.place = Place::Step;
        self.scope.machine = Machine::Later(build_keys::of(&kind));
        let written = builder.name.text.as_str();
        let template = self.template;
        if options.as_ref().is_some_and(|options| options.get("communicator") == Some(&"none".into())) {
            self.doubt_steps(written);
        }
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
        let planned = Planned {
            name,
            kind,
            builder: options?,
            provisioners,
            error_cleanup,
            post_processors,
            source: self.source.clone(),
            written: builder.clone(),
            manner: self.manner.clone(),
        };
        self.warn_of_gaps(&planned);
        Some(planned)
    }

    /// Warns of what no tool of this version does: the tools will refuse such a build.
    fn warn_of_gaps(&mut self, planned: &Planned) {
        // What cannot be read has been reported.
        let Ok(gaps) = gaps::of(&planned.parts()) else { return };
        let builder = &planned.written;
        for Gap { place, message, hint } in gaps {
            let (kind, options, path) = match place {
                gaps::Place::Builder => (Some(&builder.kind), builder.options.as_slice(), ""),
                gaps::Place::Option(option) => (Some(&builder.kind), builder.options.as_slice(), option),
                gaps::Place::Step(sort, kind) => {
                    (self.first(sort, &kind, &builder.name.text), [].as_slice(), "")
                }
            };
            let message = format!("{message}: the build will be refused");
            let code = Code::NotRun;
            let finding = Finding { code, path: path.to_owned(), message, hint: Some(hint), warning: true };
            if let Some(kind) = kind {
                self.loader().finding(kind, options, &[], finding);
            }
        }
    }

    /// Where a step of that type stands first.
    fn first(&self, sort: Sort, kind: &str, builder: &str) -> Option<&'a Word> {
        let template = self.template;
        let steps: Vec<&Step> = match sort {
            Sort::PostProcessor => template.post_processors.iter().flatten().collect(),
            _ => template.provisioners.iter().chain(&template.error_cleanup).collect(),
        };
        let step = steps.into_iter().find(|step| step.kind.text == kind && step.is_for(builder))?;
        Some(&step.kind)
    }

    /// Warns of provisioners that need a connection, for a machine without one: the build would fail there.
    fn doubt_steps(&mut self, builder: &str) {
        for step in self.template.provisioners.iter().filter(|step| step.is_for(builder)) {
            if reaches_machine(&step.kind.text) {
                let message =
                    format!("'{}' needs a connection, and 'communicator' is \"none\"", step.kind.text);
                self.diagnostics
                    .warning(Code::NoConnection, self.source, step.kind.span.clone(), message)
                    .hint(
                        "set 'communicator' to \"ssh\", or use steps that run on this computer: shell-local",
                    );
            }
        }
    }

    fn loader(&mut self) -> Loader<'_> {
        Loader {
            source: self.source,
            scope: self.scope.clone(),
            force: self.settings.force,
            manner: self.manner.clone(),
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

    /// The options of somebody's own component: their templates are checked for syntax, and rendered where all in them is
    /// known here.
    fn as_written(&mut self, options: &[Member]) -> Object {
        let mut loader = self.loader();
        options.iter().map(|member| (member.key.clone(), loader.foreign(&member.node).to_json())).collect()
    }

    fn unknown(&mut self, sort: Sort, kind: &Word) {
        let known: Vec<&str> = sort.entries().iter().map(|entry| entry.kind).collect();
        let (code, message, hint) = match elsewhere::what(sort, &kind.text) {
            Some(what) => {
                let hint = match sort {
                    Sort::PostProcessor => format!("'-except={}' leaves it out", kind.text),
                    _ => "leave it out, or have a script do its work: the provisioners 'shell' and 'shell-local'".into(),
                };
                (
                    Code::NotInThisVersion,
                    format!("Kiln has no {} '{}' ({what})", sort.word(), kind.text),
                    hint,
                )
            }
            None => {
                let mut hint = match nearest(&kind.text, known.iter().copied()) {
                    Some(near) => format!("did you mean '{near}'?"),
                    None => format!("known: {}", known.join(", ")),
                };
                if sort == Sort::Builder && !hint.ends_with('?') {
                    hint.push_str("; --allow-unknown passes a build on to a tool of your own");
                }
                (Code::UnknownComponent, format!("there is no {} '{}'", sort.word(), kind.text), hint)
            }
        };
        self.diagnostics.error(code, self.source, kind.span.clone(), message).hint(hint);
    }

    /// A step's options. Those of a type that is not known go on as they are where the builder does, and are an error elsewhere.
    fn step(&mut self, sort: Sort, kind: &Word, options: &[Member]) -> Option<Object> {
        if let Some(entry) = sort.find(&kind.text) {
            return Some(self.loader().load(sort, entry, kind, options));
        }
        if self.settings.allow_unknown && Sort::Builder.find(&self.scope.build_type).is_none() {
            return Some(self.as_written(options));
        }
        self.unknown(sort, kind);
        None
    }

    fn provisioner(&mut self, step: &Step, builder: &str) -> Option<Object> {
        let options = self.overridden(step, builder);
        let mut object = start(&step.kind);
        object.extend(self.step(Sort::Provisioner, &step.kind, &options)?);
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
                self.diagnostics.error(Code::WrongShape, self.source, node.span.clone(), message);
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
                .error(
                    Code::WrongType,
                    self.source,
                    node.span.clone(),
                    "'max_retries' must be a whole number",
                )
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
        let mut object = start(&step.kind);
        if let Some(name) = &step.name {
            object.insert("name".into(), name.as_str().into());
        }
        if let Some(keep) = step.keep_input_artifact {
            object.insert("keep_input_artifact".into(), keep.into());
        }
        object.extend(self.step(Sort::PostProcessor, &step.kind, &step.options)?);
        Some(object)
    }
}

fn start(kind: &Word) -> Object {
    Map::from_iter([("type".to_owned(), kind.text.as_str().into())])
}
