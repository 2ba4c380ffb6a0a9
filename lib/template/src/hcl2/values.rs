//! What a configuration's local values and data sources are, as far as nobody is asked: what `--inspect` shows beside the outline.

use super::data::{Answer, Ask};
use super::names::Names;
use super::types::{Field, Type};
use super::value::Value;
use super::{Read, locals, variables};
use crate::packer_json::Settings;
use crate::source::{Diagnostics, Source};
use record::Failure;
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Local values, data sources, and the types of variables.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// Types of variables, by name; those without one are left out.
    pub types: BTreeMap<String, String>,
    /// Local values, in their order.
    pub locals: Vec<Local>,
    /// Data sources in their order: type and name.
    pub data: Vec<(String, String)>,
    /// Texts that must not be shown.
    pub secrets: Vec<String>,
}

/// A local value.
#[derive(Debug, Clone)]
pub struct Local {
    /// Its name.
    pub name: String,
    /// Its value, as JSON where it is no plain text; nothing where it cannot be told.
    pub value: Option<String>,
    /// Whether it is secret.
    pub sensitive: bool,
}

/// Asks for nothing.
struct Nobody;

impl Ask for Nobody {
    fn ask(&self, _: &str, _: &Map<String, serde_json::Value>) -> Result<Option<Answer>, Failure> {
        Ok(None)
    }
}

/// Evaluates local values with the variables as they are given. What is wrong is left to [`super::plan()`] to tell.
pub fn values(read: &Read, auto: &[Arc<Source>], root: &str, settings: &Settings) -> Values {
    let Read { source, config, .. } = read;
    let (mut secrets, mut ignored) = (Vec::new(), Diagnostics::default());
    let mut names = Names::new(root, settings.moment);
    variables::resolve(source, config, auto, settings, &mut names, &mut secrets, &mut ignored);
    locals::resolve(source, config, &Nobody, &mut names, &mut secrets, &mut ignored);
    let typed = config.variables.iter().filter(|variable| variable.of != Type::Any);
    let one = |local: &super::config::Local| Local {
        name: local.name.text.clone(),
        value: names.locals.get(&local.name.text).and_then(Option::as_ref).map(shown),
        sensitive: local.sensitive,
    };
    Values {
        types: typed.map(|variable| (variable.name.text.clone(), written(&variable.of))).collect(),
        locals: config.locals.iter().map(one).collect(),
        data: config.data.iter().map(|data| (data.kind.text.clone(), data.name.text.clone())).collect(),
        secrets,
    }
}

fn shown(value: &Value) -> String {
    if let Value::Unknown(name) = value {
        return format!("<{name}>");
    }
    value.to_text().map_or_else(|| value.to_json().to_string(), |text| text.to_string())
}

/// A type as configurations write it.
fn written(of: &Type) -> String {
    let field = |field: &Field| match field.default {
        Some(_) => format!("{} = optional({})", field.name, written(&field.of)),
        None => format!("{} = {}", field.name, written(&field.of)),
    };
    match of {
        Type::Any => "any".to_owned(),
        Type::String => "string".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::List(item) => format!("list({})", written(item)),
        Type::Set(item) => format!("set({})", written(item)),
        Type::Map(item) => format!("map({})", written(item)),
        Type::Tuple(items) => {
            format!("tuple([{}])", items.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Type::Object(fields) => {
            format!("object({{{}}})", fields.iter().map(field).collect::<Vec<_>>().join(", "))
        }
    }
}
