//! `--inspect`: what a template holds, as Packer's `inspect` prints it.

use crate::input::Input;
use crate::output::table;
use record::mask::MASKED;
use serde_json::{Value, json};
use template::hcl2::Values;
use template::packer_json::{Step, Template, Variable, Word};

/// A template that was read.
pub(crate) struct Held {
    pub(crate) input: Input,
    pub(crate) template: Template,
    /// What a configuration in HCL2 has besides.
    pub(crate) values: Values,
}

impl Held {
    /// Texts that must not be shown, wherever they stand.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = self.template.variables.iter().filter(|variable| is_sensitive(&self.template, variable));
        let defaults = secret.filter_map(|variable| Some(variable.default.as_ref()?.text.as_str()));
        defaults.chain(self.values.secrets.iter().map(String::as_str))
    }
}

/// The text of all templates, or one JSON object a line.
pub(crate) fn print(templates: &[Held], as_json: bool) -> String {
    if as_json {
        return templates.iter().map(|held| to_json(held).to_string() + "\n").collect();
    }
    let many = templates.len() > 1;
    let texts = templates.iter().map(|held| {
        let heading = if many { format!("{}\n\n", held.input.source.name) } else { String::new() };
        heading + &to_text(held)
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn to_text(held: &Held) -> String {
    let Held { template, values, .. } = held;
    let mut parts = Vec::new();
    parts.extend(template.description.iter().map(|text| format!("{text}\n")));
    parts.extend(variables(held));
    let locals = values.locals.iter().map(|local| {
        let value = if local.sensitive { Some(MASKED) } else { local.value.as_deref() };
        vec![local.name.clone(), value.unwrap_or("(unknown)").to_owned()]
    });
    parts.extend(filled(&["LOCAL", "VALUE"], locals.collect()));
    let data = values.data.iter().map(|(kind, name)| vec![name.clone(), kind.clone()]);
    parts.extend(filled(&["DATA", "TYPE"], data.collect()));
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
    parts.extend(filled(&["STEP", "TYPE", "BUILDS"], steps));
    parts.join("\n")
}

/// A table, where there is something in it.
fn filled(headings: &[&str], rows: Vec<Vec<String>>) -> Option<String> {
    (!rows.is_empty()).then(|| table(headings, &rows))
}

/// The variables; with their types, where any has one.
fn variables(Held { template, values, .. }: &Held) -> Option<String> {
    let typed = !values.types.is_empty();
    let rows = template.variables.iter().map(|variable| {
        let name = variable.name.text.clone();
        let of = typed.then(|| values.types.get(&name).cloned().unwrap_or_default());
        let default = match (shown(template, variable), is_sensitive(template, variable)) {
            (Some(default), _) => default,
            (None, false) => "(required)".to_owned(),
            (None, true) => "(required, sensitive)".to_owned(),
        };
        [Some(name), of, Some(default)].into_iter().flatten().collect()
    });
    let headings: &[&str] = if typed { &["VARIABLE", "TYPE", "DEFAULT"] } else { &["VARIABLE", "DEFAULT"] };
    filled(headings, rows.collect())
}

fn is_sensitive(template: &Template, variable: &Variable) -> bool {
    template.sensitive.iter().any(|word| word.text == variable.name.text)
}

/// A variable's default, unless it is secret.
fn shown(template: &Template, variable: &Variable) -> Option<String> {
    let default = variable.default.as_ref()?;
    Some(if is_sensitive(template, variable) { MASKED.to_owned() } else { default.text.clone() })
}

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

fn row(what: &str, step: &Step) -> Vec<String> {
    let builds = match (step.only.is_empty(), step.except.is_empty()) {
        (false, _) => texts(&step.only).join(", "),
        (true, false) => format!("all but {}", texts(&step.except).join(", ")),
        (true, true) => "all".to_owned(),
    };
    let kind = match &step.name {
        Some(name) => format!("{} ({name})", step.kind.text),
        None => step.kind.text.clone(),
    };
    vec![what.to_owned(), kind, builds]
}

fn to_json(Held { input, template, values }: &Held) -> Value {
    let step = |step: &Step| {
        json!({
            "type": step.kind.text,
            "name": step.name,
            "only": texts(&step.only),
            "except": texts(&step.except),
        })
    };
    json!({
        "template": input.source.name,
        "description": template.description,
        "min_packer_version": template.minimum.as_ref().map(|word| &word.text),
        "variables": template.variables.iter().map(|variable| json!({
            "name": variable.name.text,
            "type": values.types.get(&variable.name.text),
            "required": variable.default.is_none(),
            "sensitive": is_sensitive(template, variable),
            "default": shown(template, variable),
        })).collect::<Vec<_>>(),
        "locals": values.locals.iter().map(|local| json!({
            "name": local.name,
            "sensitive": local.sensitive,
            "value": if local.sensitive { Some(MASKED) } else { local.value.as_deref() },
        })).collect::<Vec<_>>(),
        "data": values.data.iter().map(|(kind, name)| json!({"name": name, "type": kind})).collect::<Vec<_>>(),
        "builds": template.builders.iter().map(|builder| {
            json!({"name": builder.name.text, "type": builder.kind.text})
        }).collect::<Vec<_>>(),
        "provisioners": template.provisioners.iter().map(step).collect::<Vec<_>>(),
        "error_cleanup_provisioners": template.error_cleanup.iter().map(step).collect::<Vec<_>>(),
        "post_processors": template.post_processors.iter().map(|sequence| {
            sequence.iter().map(step).collect::<Vec<_>>()
        }).collect::<Vec<_>>(),
    })
}
