//! What a template text can see.

use super::{Moment, Remote};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a text stands: it decides which functions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A variable's value, from the template, a variable file or the command line.
    Variables,
    /// A builder's name or options.
    Builder,
    /// An option of a provisioner or post-processor.
    Step,
    /// Any option, while the build runs.
    Run,
}

/// The language of the template in which a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Packer's JSON.
    Json,
    /// HCL2, which has other means for some functions.
    Hcl2,
}

/// What ``{{build `KEY`}}`` gives.
#[derive(Debug, Clone)]
pub enum Machine {
    /// Itself: the value is not known before the build runs. Only these keys will be.
    Later(Option<&'static [&'static str]>),
    /// What the machine says of the build.
    Known(Arc<BTreeMap<String, String>>),
}

/// Which dot variables will be known when a text is rendered later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dot {
    /// These.
    Known(Vec<&'static str>),
    /// Nobody can say: the builder is not known here.
    Anything,
}

/// What a template text can see.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Where the text stands.
    pub place: Place,
    /// The template's language.
    pub language: Language,
    /// The run's time.
    pub moment: Moment,
    /// What `{{template_dir}}` gives.
    pub folder: Arc<str>,
    /// The user variables that are known.
    pub user: Arc<BTreeMap<String, String>>,
    /// What `{{build_name}}` gives.
    pub build_name: Arc<str>,
    /// What `{{build_type}}` gives.
    pub build_type: Arc<str>,
    /// What ``{{build `KEY`}}`` gives.
    pub machine: Machine,
    /// Who is asked by the functions that ask a service; nothing is asked where there is none.
    pub remote: Option<Arc<dyn Remote>>,
    /// Functions that only this component has.
    pub functions: &'static [&'static str],
    /// The value of `.`.
    pub dot: gotmpl::Value,
}

impl Scope {
    /// A scope in which there is nothing but the time.
    pub fn new(place: Place, moment: Moment) -> Self {
        Self {
            place,
            language: Language::Json,
            moment,
            folder: Arc::from(""),
            user: Arc::default(),
            build_name: Arc::from(""),
            build_type: Arc::from(""),
            machine: Machine::Later(None),
            remote: None,
            functions: &[],
            dot: gotmpl::Value::Nil,
        }
    }
}

/// A JSON value as the engine takes it.
pub fn to_engine(value: &serde_json::Value) -> gotmpl::Value {
    use serde_json::Value;
    match value {
        Value::Null => gotmpl::Value::Nil,
        Value::Bool(value) => gotmpl::Value::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => gotmpl::Value::Int(number),
            (None, Some(number)) => gotmpl::Value::Uint(number),
            _ => gotmpl::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => gotmpl::Value::String(Arc::from(text.as_str())),
        Value::Array(items) => gotmpl::Value::List(items.iter().map(to_engine).collect()),
        Value::Object(fields) => gotmpl::Value::Map(Arc::new(
            fields.iter().map(|(key, value)| (Arc::from(key.as_str()), to_engine(value))).collect(),
        )),
    }
}
