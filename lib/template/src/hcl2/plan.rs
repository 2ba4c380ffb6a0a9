//! From a configuration to its builds.

use super::build::{self, Head, Use};
use super::config::{Build, Config};
use super::data::Ask;
use super::eval::Evaluator;
use super::names::{Names, Place};
use super::print;
use super::steps::{Reader, Steps};
use super::variables::note;
use super::{Read, locals, options, recorded, variables};
use crate::options::weak::Manner;
use crate::packer_json::{
    Builder, Plan, Planned, Settings, Template, Variables, Word, build_keys, elsewhere, plan_one,
};
use crate::source::{Code, Diagnostics, Source};
use glob::Pattern;
use std::collections::HashMap;
use std::sync::Arc;

/// Plans all builds of a configuration. Where there is an error among the diagnostics, the plan is not to be used.
pub fn plan(
    read: &Read,
    auto: &[Arc<Source>],
    root: &str,
    settings: &Settings,
    ask: &dyn Ask,
    diagnostics: &mut Diagnostics,
) -> Plan {
    let Read { source, config, .. } = read;
    let mut names = Names { remote: settings.remote.clone(), ..Names::new(root, settings.moment) };
    let mut secrets = Vec::new();
    variables::resolve(source, config, auto, settings, &mut names, &mut secrets, diagnostics);
    locals::resolve(source, config, ask, &mut names, &mut secrets, diagnostics);
    let (values, sensitive) = recorded::recorded(config, &names);
    let variables = Variables { values, secrets, sensitive };
    if config.builds.is_empty() && !diagnostics.has_errors() {
        diagnostics
            .error(Code::NoBuilder, source, 0..0, "there is no build block in this configuration")
            .hint("build { sources = [\"source.TYPE.NAME\"] }");
    }
    let mut planner = Planner {
        source,
        config,
        root,
        settings,
        only: patterns(&settings.only, diagnostics),
        except: patterns(&settings.except, diagnostics),
        names,
        seen: HashMap::new(),
        foreign: Vec::new(),
        plan: Plan { variables, ..Plan::default() },
        diagnostics,
    };
    for build in &config.builds {
        planner.build(build);
    }
    elsewhere::report(source, &planner.foreign, planner.diagnostics);
    let Planner { names, mut plan, .. } = planner;
    // What was asked for has no name of its own; with one, the tools hide it too. So it is with the form of a secret that stands in
    // an expression.
    let mut nameless = names.secrets();
    let written =
        plan.variables.secrets.iter().chain(&nameless).filter_map(|secret| print::other_form(secret));
    nameless.extend(written.collect::<Vec<_>>());
    for (index, secret) in nameless.into_iter().enumerate() {
        let name = format!("secret.{index}");
        plan.variables.values.insert(name.clone(), secret.clone());
        plan.variables.sensitive.push(name);
        plan.variables.secrets.push(secret);
    }
    plan
}

/// What `--only` and `--except` say: `*` stands for anything, dots included.
fn patterns(given: &[String], diagnostics: &mut Diagnostics) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for text in given {
        match Pattern::new(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                diagnostics.usage(Code::Selection, format!("'{text}' is no pattern of names: {}", error.msg));
            }
        }
    }
    patterns
}

struct Planner<'a> {
    source: &'a Arc<Source>,
    config: &'a Config,
    root: &'a str,
    settings: &'a Settings,
    only: Vec<Pattern>,
    except: Vec<Pattern>,
    names: Names,
    /// Names of builds, and where they come from.
    seen: HashMap<String, std::ops::Range<usize>>,
    /// Selected builds that nobody here builds.
    foreign: Vec<(String, Word)>,
    plan: Plan,
    diagnostics: &'a mut Diagnostics,
}

impl Planner<'_> {
    fn build(&mut self, build: &Build) {
        let head = build::head(self.source, self.config, build, &self.names, self.diagnostics);
        let sources: Vec<String> = head.uses.iter().map(Use::short).collect();
        self.step_names(build, &head, &sources);
        for one in &head.uses {
            let name =
                if head.name.is_empty() { one.short() } else { format!("{}.{}", head.name, one.short()) };
            self.plan.names.push(name.clone());
            if let Some(first) = self.seen.insert(name.clone(), one.place.clone()) {
                self.diagnostics
                    .error(Code::DuplicateName, self.source, one.place.clone(), format!("two builds come to be called '{name}'"))
                    .hint("give one of the build blocks a name, or the source in it: source \"…\" { name = \"…\" }")
                    .other(first, "the first one");
                continue;
            }
            let is_in = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(&name));
            if (self.only.is_empty() || is_in(&self.only)) && !is_in(&self.except) {
                let kind = &one.component.kind;
                if !self.settings.allow_unknown && elsewhere::is_foreign(kind) {
                    self.foreign.push((name, kind.clone()));
                    continue;
                }
                let planned = self.one(build, &head, one, &sources, name);
                self.plan.builds.extend(planned);
            }
        }
    }

    /// Names of post-processors are names for `--except` too.
    fn step_names(&mut self, build: &Build, head: &Head<'_>, sources: &[String]) {
        let names = Names { place: Place::Step, build: head.name.clone(), ..self.names.clone() };
        let mut evaluator = Evaluator::new(&names);
        let mut manner = Manner::default();
        let mut reader =
            Reader { evaluator: &mut evaluator, of: None, sources, except: &[], manner: &mut manner };
        let steps = reader.read(&build.body);
        // What is wrong is told for each source.
        for step in steps.post_processors.into_iter().flatten() {
            self.plan.names.push(step.name.unwrap_or(step.kind.text));
        }
    }

    fn one(
        &mut self,
        build: &Build,
        head: &Head<'_>,
        one: &Use<'_>,
        sources: &[String],
        name: String,
    ) -> Option<Planned> {
        let kind = &one.component.kind;
        let mut names = Names {
            place: Place::Source,
            source: Some((one.name.clone(), kind.text.clone())),
            build: head.name.clone(),
            keys: build_keys::of(&kind.text),
            ..self.names.clone()
        };
        let mut manner = Manner { is_json: self.source.name.ends_with(".json"), ..Manner::default() };
        let mut evaluator = Evaluator::new(&names);
        let mut members = options::members(&mut evaluator, &one.component.body, &[], &mut manner);
        if let Some((body, own)) = &one.extra {
            evaluator.own.clone_from(own);
            for member in options::members(&mut evaluator, body, &["name"], &mut manner) {
                if let Some(first) = members.iter().find(|first| first.key == member.key) {
                    let message = format!("'{}' is set in the source already", member.key);
                    self.diagnostics
                        .error(Code::DuplicateKey, self.source, member.key_span.clone(), message)
                        .hint("what a build adds to a source cannot replace what stands there")
                        .other(first.key_span.clone(), "it is set here");
                }
                members.push(member);
            }
        }
        note(self.source, evaluator.problems, self.diagnostics);
        names.place = Place::Step;
        let mut evaluator = Evaluator::new(&names);
        let mut reader = Reader {
            evaluator: &mut evaluator,
            of: Some(one),
            sources,
            except: &self.except,
            manner: &mut manner,
        };
        let Steps { provisioners, cleanup, post_processors } = reader.read(&build.body);
        for warning in evaluator.warnings {
            let diagnostic =
                self.diagnostics.warning(Code::UnknownName, self.source, warning.span, warning.message);
            diagnostic.hint = warning.hint;
        }
        note(self.source, evaluator.problems, self.diagnostics);
        let written = Builder {
            kind: kind.clone(),
            name: Word { text: one.short(), span: one.place.clone() },
            options: members,
        };
        let template = Template {
            builders: vec![written],
            provisioners,
            error_cleanup: cleanup.into_iter().collect(),
            post_processors,
            ..Template::default()
        };
        let own = one.name.as_str();
        plan_one(self.source, &template, (name, own), self.root, self.settings, manner, self.diagnostics)
    }
}
