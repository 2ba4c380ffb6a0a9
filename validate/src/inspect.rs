//! `--inspect`: what a template holds, as Packer's `inspect` prints it.

use crate::input::Input;
use crate::output::table;
use record::mask::MASKED;
use serde_json::{Value, json};
use template::packer_json::{Step, Template, Variable};

/// The text of all templates, or one JSON object a line.
pub(crate) fn print(templates: &[(Input, Template)], as_json: bool) -> String {
    if as_json {
        return templates
            .iter()
            .map(|(input, template)| to_json(input, template).to_string() + "\n")
            .collect();
    }
    let many = templates.len() > 1;
    let texts = templates.iter().map(|(input, template)| {
        let heading = if many { format!("{}\n\n", input.source.name) } else { String::new() };
        heading + &to_text(template)
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn to_text(template: &Template) -> String {
    let mut parts = Vec::new();
    parts.extend(template.description.iter().map(|text| format!("{text}\n")));
    let variables: Vec<Vec<String>> = template
        .variables
        .iter()
        .map(|variable| {
            let default = shown(template, variable);
            vec![variable.name.text.clone(), default.unwrap_or_else(|| "(required)".to_owned())]
        })
        .collect();
    if !variables.is_empty() {
        parts.push(table(&["VARIABLE", "DEFAULT"], &variables));
    }
    let builders = template.builders.iter();
    let builders: Vec<_> =
        builders.map(|builder| vec![builder.name.text.clone(), builder.kind.text.clone()]).collect();
    parts.push(table(&["BUILD", "TYPE"], &builders));
    let mut steps: Vec<Vec<String>> =
        template.provisioners.iter().map(|step| row("provisioner", step)).collect();
    steps.extend(template.error_cleanup.iter().map(|step| row("error cleanup", step)));
    for (index, sequence) in template.post_processors.iter().enumerate() {
        steps.extend(sequence.iter().map(|step| row(&format!("post-processor {}", index + 1), step)));
    }
    if !steps.is_empty() {
        parts.push(table(&["STEP", "TYPE", "BUILDS"], &steps));
    }
    parts.join("\n")
}

/// A variable's default, unless it is secret.
fn shown(template: &Template, variable: &Variable) -> Option<String> {
    let secret = template.sensitive.iter().any(|word| word.text == variable.name.text);
    let default = variable.default.as_ref()?;
    Some(if secret { MASKED.to_owned() } else { default.text.clone() })
}

fn row(what: &str, step: &Step) -> Vec<String> {
    let names = |words: &[template::packer_json::Word]| {
        words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(", ")
    };
    let builds = match (step.only.is_empty(), step.except.is_empty()) {
        (false, _) => names(&step.only),
        (true, false) => format!("all but {}", names(&step.except)),
        (true, true) => "all".to_owned(),
    };
    vec![what.to_owned(), step.kind.text.clone(), builds]
}

fn to_json(input: &Input, template: &Template) -> Value {
    let step = |step: &Step| {
        let texts = |words: &[template::packer_json::Word]| {
            words.iter().map(|word| word.text.clone()).collect::<Vec<_>>()
        };
        json!({"type": step.kind.text, "name": step.name, "only": texts(&step.only), "except": texts(&step.except)})
    };
    json!({
        "template": input.source.name,
        "description": template.description,
        "variables": template.variables.iter().map(|variable| json!({
            "name": variable.name.text,
            "required": variable.default.is_none(),
            "default": shown(template, variable),
        })).collect::<Vec<_>>(),
        "builds": template.builders.iter().map(|builder| {
            json!({"name": builder.name.text, "type": builder.kind.text})
        }).collect::<Vec<_>>(),
        "provisioners": template.provisioners.iter().map(step).collect::<Vec<_>>(),
        "error_cleanup_provisioner": template.error_cleanup.as_ref().map(step),
        "post_processors": template.post_processors.iter().map(|sequence| {
            sequence.iter().map(step).collect::<Vec<_>>()
        }).collect::<Vec<_>>(),
    })
}
