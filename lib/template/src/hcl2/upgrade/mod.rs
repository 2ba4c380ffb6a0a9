//! A template in JSON as a configuration of HCL2 that plans the same builds.
//!
//! What differs is named only: a build `NAME` is called `TYPE.NAME` in HCL2. A source is called as the build is, so that `build_name`
//! stays; a name that no source can have is given where the build uses the source.

mod body;
mod names;
mod text;

use super::fmt::laid_out;
use crate::json::{Node, Value};
use crate::options::registry::Sort;
use crate::packer_json::{Builder, Step, Template, Variable, Word};
use body::{is_name, options, overrides};
use names::{Names, default, free};
use text::{Place, literal, quoted};

/// The configuration. The template must be one without old spellings (see [`crate::packer_json::fix()`]).
pub fn upgrade(template: &Template) -> String {
    let mut names = Names::of(template);
    let builds: Vec<Source> = template.builders.iter().map(|builder| source(builder, &mut names)).collect();
    let sources: String = builds.iter().map(|source| source.block.clone() + "\n").collect();
    let build = build(template, &builds, &mut names);
    let values: String =
        template.variables.iter().map(|variable| value(template, variable, &mut names)).collect();
    let mut text = String::from("# Made by 'validate --hcl2' of a template in JSON.\n\n");
    text += &comments(&template.comments);
    if let Some(minimum) = &template.minimum {
        let version = minimum.text.trim_start_matches('v');
        text += &format!("packer {{\nrequired_version = {}\n}}\n\n", literal(&format!(">= {version}")));
    }
    text += &values;
    text += &names.helpers();
    text += &sources;
    text += &build;
    laid_out(&text)
}

/// Comments, each on lines of its own.
fn comments(texts: &[String]) -> String {
    let paragraph = |text: &String| {
        let lines = text.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n");
        lines.collect::<String>() + "\n"
    };
    texts.iter().map(paragraph).collect()
}

/// A variable, or a local value where its default does more than a default may.
fn value(template: &Template, variable: &Variable, names: &mut Names) -> String {
    let name = &variable.name.text;
    let Some((there, local)) = names.variables.get(name).cloned() else { return String::new() };
    let default = default(variable);
    // What a keeper of secrets tells is hidden whole in JSON.
    let sensitive = template.sensitive.iter().any(|word| word.text == *name) || names.fetched.contains(name);
    let hidden = if sensitive { "sensitive = true\n" } else { "" };
    match default {
        Some(default) if local => {
            let value = quoted(default, Place::Variable, names);
            format!("local \"{there}\" {{\nexpression = {value}\n{hidden}}}\n\n")
        }
        Some(default) => {
            format!(
                "variable \"{there}\" {{\ntype = string\ndefault = {}\n{hidden}}}\n\n",
                in_default(default)
            )
        }
        None => format!("variable \"{there}\" {{\ntype = string\n{hidden}}}\n\n"),
    }
}

/// A default, in which `env` can be called.
fn in_default(text: &str) -> String {
    let mut names = Names::default();
    let mut value = quoted(text, Place::Variable, &mut names);
    for (name, there) in &names.environment {
        value = value.replace(&format!("${{var.{there}}}"), &format!("${{env({})}}", literal(name)));
    }
    value
}

/// A source and how it is named.
struct Source {
    block: String,
    /// How the build lists it: a reference, or a block of its own that gives it its name.
    used: Result<String, String>,
    /// How `only` and `except` name it.
    short: String,
    /// How `override` names it.
    name: String,
    /// How the template names it.
    written: String,
}

fn source(builder: &Builder, names: &mut Names) -> Source {
    let kind = &builder.kind.text;
    let written = &builder.name.text;
    let taken: Vec<(String, String)> = names.sources.clone();
    let is_free = |name: &str| !taken.iter().any(|(of, taken)| of == kind && taken == name);
    let label = if super::config::is_name(written) && is_free(written) {
        written.clone()
    } else {
        free(written, |name| !is_free(name))
    };
    names.sources.push((kind.clone(), label.clone()));
    let body = options(Sort::Builder, kind, &builder.options, Place::Source, names);
    let block = format!("source {} \"{label}\" {{\n{body}}}\n", literal(kind));
    let reference = literal(&format!("source.{kind}.{label}"));
    if label == *written {
        let short = literal(&format!("{kind}.{label}"));
        let name = if is_name(&label) { label } else { literal(&label) };
        return Source { block, used: Ok(reference), short, name, written: written.clone() };
    }
    let name = quoted(written, Place::Variable, names);
    let used = Err(format!("source {reference} {{\nname = {name}\n}}\n"));
    let short = format!("\"{kind}.{}", &name[1..]);
    Source { block, used, short, name: format!("({name})"), written: written.clone() }
}

fn build(template: &Template, builds: &[Source], names: &mut Names) -> String {
    let mut text = String::from("build {\n");
    if let Some(description) = &template.description {
        text += &format!("description = {}\n", literal(description));
    }
    text += &used(builds);
    for step in &template.provisioners {
        text += &provisioner("provisioner", step, builds, names);
    }
    for step in &template.error_cleanup {
        text += &provisioner("error-cleanup-provisioner", step, builds, names);
    }
    for sequence in &template.post_processors {
        let steps: String = sequence.iter().map(|step| post_processor(step, builds, names)).collect();
        text += &match sequence.len() {
            1 => format!("\n{steps}"),
            _ => format!("\npost-processors {{\n{steps}}}\n"),
        };
    }
    text + "}\n"
}

/// The sources in their order: in a list, or, where one is given a name, as blocks.
fn used(builds: &[Source]) -> String {
    let listed: Option<String> =
        builds.iter().map(|source| source.used.as_ref().ok().map(|one| format!("{one},\n"))).collect();
    match listed {
        Some(listed) if listed.is_empty() => String::new(),
        Some(listed) => format!("sources = [\n{listed}]\n"),
        None => {
            let block = |source: &Source| match &source.used {
                Ok(reference) => format!("\nsource {reference} {{\n}}\n"),
                Err(block) => format!("\n{block}"),
            };
            builds.iter().map(block).collect()
        }
    }
}

fn listed(name: &str, words: &[Word], builds: &[Source]) -> String {
    let shorts: Vec<&str> = words
        .iter()
        .filter_map(|word| builds.iter().find(|source| source.written == word.text))
        .map(|source| source.short.as_str())
        .collect();
    if shorts.is_empty() { String::new() } else { format!("{name} = [{}]\n", shorts.join(", ")) }
}

fn provisioner(block: &str, step: &Step, builds: &[Source], names: &mut Names) -> String {
    let kind = &step.kind.text;
    let mut text = format!("\n{block} {} {{\n", literal(kind));
    text += &listed("only", &step.only, builds);
    text += &listed("except", &step.except, builds);
    for (name, duration) in [("pause_before", step.pause_before), ("timeout", step.timeout)] {
        if let Some(duration) = duration {
            text += &format!("{name} = {}\n", literal(&duration.to_string()));
        }
    }
    if let Some(retries) = step.max_retries.as_ref().and_then(|node| retries(node, names)) {
        text += &format!("max_retries = {retries}\n");
    }
    let overridden: String = step
        .overrides
        .iter()
        .filter_map(|(word, node)| {
            let source = builds.iter().find(|source| source.written == word.text)?;
            let Value::Object(members) = &node.value else { return None };
            let body = overrides(Sort::Provisioner, kind, members, Place::Step, names);
            Some(format!("{} = {{\n{body}}}\n", source.name))
        })
        .collect();
    if !overridden.is_empty() {
        text += &format!("override = {{\n{overridden}}}\n");
    }
    text + &options(Sort::Provisioner, kind, &step.options, Place::Step, names) + "}\n"
}

/// A whole number, or a text that becomes one.
fn retries(node: &Node, names: &mut Names) -> Option<String> {
    match &node.value {
        Value::Number(number) => Some(number.clone()),
        Value::Bool(value) => Some(if *value { "1" } else { "0" }.to_owned()),
        Value::String(text) if !text.is_empty() => Some(quoted(text, Place::Step, names)),
        _ => None,
    }
}

fn post_processor(step: &Step, builds: &[Source], names: &mut Names) -> String {
    let kind = &step.kind.text;
    let mut text = format!("post-processor {} {{\n", literal(kind));
    if let Some(name) = &step.name {
        text += &format!("name = {}\n", literal(name));
    }
    text += &listed("only", &step.only, builds);
    text += &listed("except", &step.except, builds);
    if let Some(keep) = step.keep_input_artifact {
        text += &format!("keep_input_artifact = {keep}\n");
    }
    text + &options(Sort::PostProcessor, kind, &step.options, Place::Step, names) + "}\n"
}
