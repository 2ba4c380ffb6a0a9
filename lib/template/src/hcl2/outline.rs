//! What a configuration holds, without evaluating it: what `--inspect` shows.

use super::build::makes;
use super::config::Config;
use super::recorded::shown_default;
use super::syntax::{Block, Body, Expr, Form};
use crate::packer_json::{Builder, Step, Template, Variable, Word};

/// The parts of a configuration, as those of a template in JSON.
pub(super) fn outline(config: &Config) -> Template {
    let mut template = Template::default();
    for variable in &config.variables {
        let default = shown_default(variable).map(|text| Word { text, span: variable.name.span.clone() });
        template.variables.push(Variable { name: variable.name.clone(), default });
        if variable.sensitive {
            template.sensitive.push(variable.name.clone());
        }
    }
    for build in &config.builds {
        let body = &build.body;
        let name = body.attribute("name").and_then(|attribute| as_text(&attribute.value));
        if template.description.is_none() {
            template.description = body
                .attribute("description")
                .and_then(|attribute| as_text(&attribute.value))
                .map(|word| word.text);
        }
        let mut own_builds = Vec::new();
        for (reference, local) in uses(body) {
            let short = match reference.text.matches('.').count() {
                2 => reference.text.split_once('.').map_or("", |(_, short)| short),
                _ => reference.text.as_str(),
            };
            let (kind, own) = short.split_once('.').unwrap_or((short, short));
            let own = local.unwrap_or_else(|| own.to_owned());
            let full = match &name {
                Some(name) if !name.text.is_empty() => format!("{}.{kind}.{own}", name.text),
                _ => format!("{kind}.{own}"),
            };
            let word = |text: String| Word { text, span: reference.span.clone() };
            own_builds.push(word(full.clone()));
            let kind = word(kind.to_owned());
            template.builders.push(Builder { kind, name: word(full), options: Vec::new() });
        }
        let builds = if config.builds.len() > 1 { own_builds.as_slice() } else { &[] };
        for block in &body.blocks {
            let step = |block: &Block| step(block, builds);
            match makes(block) {
                "provisioner" => template.provisioners.extend(step(block)),
                "error-cleanup-provisioner" => template.error_cleanup.extend(step(block)),
                "post-processor" => template.post_processors.push(step(block).into_iter().collect()),
                "post-processors" => {
                    template.post_processors.push(block.body.blocks.iter().filter_map(step).collect());
                }
                _ => {}
            }
        }
    }
    template
}

/// The sources that a build names, and the names that it gives them.
fn uses(body: &Body) -> Vec<(Word, Option<String>)> {
    let mut uses = Vec::new();
    if let Some(Expr { form: Form::List(items), .. }) =
        body.attribute("sources").map(|attribute| &attribute.value)
    {
        uses.extend(items.iter().filter_map(as_text).map(|word| (word, None)));
    }
    for block in body.blocks.iter().filter(|block| block.kind.text == "source") {
        let name = block.body.attribute("name").and_then(|attribute| as_text(&attribute.value));
        uses.extend(block.labels.first().map(|label| (label.clone(), name.map(|word| word.text))));
    }
    uses
}

fn as_text(expr: &Expr) -> Option<Word> {
    match &expr.form {
        Form::Text(text) => Some(Word { text: text.clone(), span: expr.span.clone() }),
        _ => None,
    }
}

/// A step. `builds` are those of its build block, where there are others that it is not for.
fn step(block: &Block, builds: &[Word]) -> Option<Step> {
    let names = |key: &str| match block.body.attribute(key).map(|attribute| &attribute.value.form) {
        Some(Form::List(items)) => items.iter().filter_map(as_text).collect(),
        _ => Vec::new(),
    };
    // Of a dynamic block only what it makes is known.
    let label = block.labels.first()?;
    let name = block.body.attribute("name").and_then(|attribute| as_text(&attribute.value));
    let (mut only, except) = (names("only"), names("except"));
    if only.is_empty() {
        // Here a build is called TYPE.NAME, without its block's name.
        let is_excepted = |build: &&Word| except.iter().any(|name: &Word| build.text.ends_with(&name.text));
        only = builds.iter().filter(|build| !is_excepted(build)).cloned().collect();
    }
    Some(Step {
        kind: label.clone(),
        name: name.map(|word| word.text),
        only,
        except,
        overrides: Vec::new(),
        pause_before: None,
        timeout: None,
        max_retries: None,
        keep_input_artifact: None,
        options: Vec::new(),
    })
}
