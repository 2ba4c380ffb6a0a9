//! Variables as people and the other tools see them.

use super::config::{Config, Variable, literal};
use super::names::Names;
use super::value::Value;
use std::collections::BTreeMap;

/// The values as the record has them: texts as they are, others as JSON. Parts of secret ones have names of their own,
/// so that each is masked.
pub(super) fn recorded(config: &Config, names: &Names) -> (BTreeMap<String, String>, Vec<String>) {
    let mut values = BTreeMap::new();
    let mut sensitive = Vec::new();
    let variables = config.variables.iter().map(|variable| {
        (variable.name.text.clone(), variable.sensitive, names.variables.get(&variable.name.text))
    });
    let locals = config
        .locals
        .iter()
        .filter(|local| local.sensitive)
        .map(|local| (format!("local.{}", local.name.text), true, names.locals.get(&local.name.text)));
    for (name, secret, value) in variables.chain(locals) {
        let Some(Some(value)) = value else { continue };
        if *value == Value::Null {
            continue;
        }
        let text = value.to_text().map_or_else(|| value.to_json().to_string(), |text| text.to_string());
        values.insert(name.clone(), text);
        if secret {
            sensitive.push(name.clone());
            let mut parts = Vec::new();
            if value.is_collection() {
                value.texts(&mut parts);
            }
            for (index, part) in parts.into_iter().enumerate() {
                let part_name = format!("{name}.{index}");
                sensitive.push(part_name.clone());
                values.insert(part_name, part);
            }
        }
    }
    (values, sensitive)
}

/// What `--inspect` shows of a default; nothing where there is none.
pub(super) fn shown_default(variable: &Variable) -> Option<String> {
    let expr = variable.default.as_ref()?;
    Some(match literal(expr) {
        Some(value) => value.to_text().map_or_else(|| value.to_json().to_string(), |text| text.to_string()),
        None => "(from the environment)".to_owned(),
    })
}
