//! Data sources: asked where they can be, else placeholders.

use super::config::Component;
use super::eval::Evaluator;
use super::names::Names;
use super::options;
use super::value::Value;
use super::variables::note;
use crate::options::weak::Manner;
use crate::packer_json::load_data_source;
use crate::source::{Code, Diagnostics, Source};
use record::Failure;
use serde_json::Map;
use std::rc::Rc;
use std::sync::Arc;

/// Who asks for data: `validate` does, or leaves placeholders.
pub trait Ask {
    /// What a data source of this type and with these options gives; nothing to leave a placeholder.
    ///
    /// # Errors
    /// When it cannot be asked, or has no answer.
    fn ask(&self, kind: &str, options: &Map<String, serde_json::Value>) -> Result<Option<Answer>, Failure>;
}

/// What a data source gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Its attributes.
    pub value: Map<String, serde_json::Value>,
    /// The texts in them that nobody is to see.
    pub secrets: Vec<String>,
}

/// Puts what a data source gives into `names`.
pub(super) fn read(
    source: &Arc<Source>,
    component: &Component,
    ask: &dyn Ask,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) {
    let Component { kind, name, .. } = component;
    let placeholder = || Value::Unknown(format!("data.{}.{}", kind.text, name.text).into());
    let value = match options(source, component, names, diagnostics) {
        None => None,
        Some(Err(())) => Some(placeholder()),
        Some(Ok(options)) => match ask.ask(&kind.text, &options) {
            Ok(Some(answer)) => {
                answer.secrets.iter().for_each(|secret| names.secret(secret));
                Some(Value::of_json(&answer.value.into()))
            }
            Ok(None) => Some(placeholder()),
            Err(failure) => {
                let message = format!("data source '{}.{}': {}", kind.text, name.text, failure.message);
                let diagnostic = diagnostics.error(Code::DataSource, source, kind.span.clone(), message);
                diagnostic.hint = failure.hint;
                None
            }
        },
    };
    Rc::make_mut(&mut names.data).entry(kind.text.clone()).or_default().insert(name.text.clone(), value);
}

/// The options of a data source, checked: an error where one of them is not known, nothing where something is wrong.
fn options(
    source: &Arc<Source>,
    Component { kind, body, .. }: &Component,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Option<Result<Map<String, serde_json::Value>, ()>> {
    let mut evaluator = Evaluator::new(names);
    let mut manner = Manner { is_json: source.name.ends_with(".json"), ..Manner::default() };
    let members = options::members(&mut evaluator, body, &[], &mut manner);
    let problems = evaluator.problems;
    // A broken name makes a placeholder without a problem of its own.
    let is_placeholder = |member: &&crate::json::Member| manner.placeholders.contains(&member.key_span);
    let is_broken = members.iter().filter(is_placeholder).any(|member| member.node.is_null());
    let is_unknown = members.iter().any(|member| is_placeholder(&member));
    let before = diagnostics.errors();
    note(source, problems, diagnostics);
    let loaded = load_data_source(source, kind, &members, names.moment, manner, diagnostics)?;
    match diagnostics.errors() > before || is_broken {
        true => None,
        false if is_unknown => Some(Err(())),
        false => Some(Ok(loaded)),
    }
}
