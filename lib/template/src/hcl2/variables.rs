//! Input variables: where their values come from, and what they must be.
//!
//! Later ones win: `default`, `PKR_VAR_name`, `*.auto.pkrvars.hcl`, `*.auto.pkrvars.json`, `-var-file` in their order, `-var`.

use super::config::{Config, Variable};
use super::eval::{Evaluator, Holds, Problem};
use super::lower;
use super::names::{Names, Place};
use super::syntax::Expr;
use super::types::{Type, convert};
use super::value::Value;
use super::variable_files::read_file;
use crate::packer_json::Settings;
use crate::source::{Code, Diagnostics, Source, Span};
use crate::suggest::nearest;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// A value that was given, and where.
struct Given {
    what: What,
    place: Option<(Arc<Source>, Span)>,
    /// How it was given, where it stands in no file.
    how: String,
}

enum What {
    Value(Value),
    /// Nothing, and that has been reported.
    Broken,
    /// Text of the command line or the environment: what it means depends on the variable's type.
    Text(String),
}

/// Puts the values of all variables into `names`, and secret ones into `secrets`.
pub(super) fn resolve(
    source: &Arc<Source>,
    config: &Config,
    auto: &[Arc<Source>],
    settings: &Settings,
    names: &mut Names,
    secrets: &mut Vec<String>,
    diagnostics: &mut Diagnostics,
) {
    let given = gather(config, auto, settings, names, diagnostics);
    for variable in &config.variables {
        let value = one(source, variable, given.get(&variable.name.text), names, diagnostics);
        if let (Some(value), true) = (&value, variable.sensitive) {
            value.texts(secrets);
        }
        Rc::make_mut(&mut names.variables).insert(variable.name.text.clone(), value);
    }
    for variable in &config.variables {
        validate(source, variable, names, diagnostics);
    }
}

fn gather(
    config: &Config,
    auto: &[Arc<Source>],
    settings: &Settings,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Given> {
    let mut given = BTreeMap::new();
    let declared: HashSet<&str> =
        config.variables.iter().map(|variable| variable.name.text.as_str()).collect();
    for (name, text) in &settings.environment {
        if declared.contains(name.as_str()) {
            let what = What::Text(text.clone());
            given.insert(name.clone(), Given { what, place: None, how: format!("PKR_VAR_{name}") });
        }
    }
    for file in auto.iter().chain(&settings.variable_files) {
        for (name, key, value) in read_file(file, names, diagnostics) {
            if !declared.contains(name.as_str()) {
                let hint = undeclared(config, &name);
                let message = format!("there is no variable '{name}'");
                diagnostics.warning(Code::UnknownVariable, file, key, message).hint(hint);
                continue;
            }
            let (what, span) = match value {
                Some((value, span)) => (What::Value(value), span),
                None => (What::Broken, key),
            };
            given.insert(name, Given { what, place: Some((file.clone(), span)), how: String::new() });
        }
    }
    for (name, text) in &settings.variables {
        if !declared.contains(name.as_str()) {
            let hint = undeclared(config, name);
            diagnostics
                .usage(Code::UnknownVariable, format!("-var {name}: there is no variable '{name}'"))
                .hint(hint);
            continue;
        }
        let what = What::Text(text.clone());
        given.insert(name.clone(), Given { what, place: None, how: format!("-var {name}") });
    }
    given
}

fn undeclared(config: &Config, name: &str) -> String {
    match nearest(name, config.variables.iter().map(|variable| variable.name.text.as_str())) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("declare it: variable \"{name}\" {{}}"),
    }
}

/// Notes what is wrong in an expression of this source.
pub(super) fn note(source: &Arc<Source>, problems: Vec<Problem>, diagnostics: &mut Diagnostics) {
    for problem in problems {
        let diagnostic = diagnostics.error(problem.code, source, problem.span, problem.message);
        diagnostic.hint = problem.hint;
    }
}

/// The value of a default, in which only `env` can be called.
pub(super) fn default(names: &Names, expr: &Expr) -> (Option<Value>, Vec<Problem>) {
    let names = Names { place: Place::Default, ..names.clone() };
    let mut evaluator = Evaluator::new(&names);
    let value = evaluator.value(expr);
    (value.ok(), evaluator.problems)
}

/// A variable without a type has that of its default.
fn type_of(variable: &Variable, default: Option<&Value>) -> Type {
    match (&variable.of, default) {
        (Type::Any, Some(Value::Bool(_))) => Type::Bool,
        (Type::Any, Some(Value::Number(_))) => Type::Number,
        (Type::Any, Some(Value::Text(_))) => Type::String,
        (Type::Any, Some(Value::List(_))) => Type::Tuple(Vec::new()),
        (Type::Any, Some(Value::Map(_))) => Type::Object(Vec::new()),
        (of, _) => of.clone(),
    }
}

fn one(
    source: &Arc<Source>,
    variable: &Variable,
    given: Option<&Given>,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let name = &variable.name.text;
    let default = variable.default.as_ref().map(|expr| {
        let (value, problems) = default(names, expr);
        note(source, problems, diagnostics);
        let value = value.and_then(|value| match convert(&value, &variable.of) {
            Ok(value) => Some(value),
            Err(why) => {
                diagnostics.error(
                    Code::WrongVariable,
                    source,
                    expr.span.clone(),
                    format!("the default of '{name}': {why}"),
                );
                None
            }
        });
        value.ok_or(())
    });
    let of = type_of(variable, default.as_ref().and_then(|default| default.as_ref().ok()));
    match (given, default) {
        (Some(given), _) => self::given(variable, &of, given, names, diagnostics),
        (None, Some(default)) => default.ok(),
        (None, None) => {
            let message = format!("variable '{name}' is required and not given");
            diagnostics
                .error(Code::RequiredVariable, source, variable.name.span.clone(), message)
                .hint(format!("give it as -var '{name}=VALUE', in a -var-file, or as PKR_VAR_{name}"));
            None
        }
    }
}

fn given(
    variable: &Variable,
    of: &Type,
    given: &Given,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let name = &variable.name.text;
    let value = match &given.what {
        What::Broken => return None,
        What::Value(value) => Ok(value.clone()),
        What::Text(text) if of.is_plain() => Ok(Value::text(text.as_str())),
        What::Text(text) => expression(text, names),
    };
    // What a default without a type says of its items is no promise.
    let of = match of {
        Type::Tuple(types) if types.is_empty() => Type::List(Box::new(Type::Any)),
        Type::Object(fields) if fields.is_empty() => Type::Map(Box::new(Type::Any)),
        other => other.clone(),
    };
    let converted = value.and_then(|value| {
        let lenient = matches!(variable.of, Type::Any)
            && value.is_collection() == matches!(of, Type::List(_) | Type::Map(_));
        match convert(&value, &of) {
            Err(_) if lenient => Ok(value),
            converted => converted,
        }
    });
    match converted {
        Ok(value) => Some(value),
        Err(why) => {
            let hint = match &of {
                Type::List(_) | Type::Set(_) | Type::Tuple(_) => "a list is written as [\"a\", \"b\"]",
                Type::Map(_) | Type::Object(_) => "a map is written as { name = \"value\" }",
                Type::Bool => "true or false",
                _ => "",
            };
            let diagnostic = match &given.place {
                Some((file, span)) => diagnostics.error(
                    Code::WrongVariable,
                    file,
                    span.clone(),
                    format!("variable '{name}': {why}"),
                ),
                None => diagnostics.usage(Code::WrongVariable, format!("{}: {why}", given.how)),
            };
            diagnostic.hint = Some(hint.to_owned()).filter(|hint| !hint.is_empty());
            None
        }
    }
}

/// The value of an expression in a text that was given from outside.
fn expression(text: &str, names: &Names) -> Result<Value, String> {
    let expr = lower::expression(&Source::new("", text))?;
    let mut evaluator = Evaluator::new(names);
    let value = evaluator.value(&expr);
    value.map_err(|_| {
        let problem = evaluator.problems.pop();
        problem.map_or_else(String::new, |problem| problem.message)
    })
}

fn validate(source: &Arc<Source>, variable: &Variable, names: &Names, diagnostics: &mut Diagnostics) {
    let Some(Some(value)) = names.variables.get(&variable.name.text) else { return };
    let own = Rc::new(BTreeMap::from([(variable.name.text.clone(), Some(value.clone()))]));
    let names = Names { place: Place::Local, variables: own, ..names.clone() };
    for validation in &variable.validations {
        let mut evaluator = Evaluator::new(&names);
        let holds = evaluator.condition(&validation.condition);
        note(source, evaluator.problems, diagnostics);
        if matches!(holds, Ok(Holds::No)) {
            let shown = match (value.to_text(), variable.sensitive) {
                (Some(text), false) => format!(" (it is '{text}')"),
                _ => String::new(),
            };
            let message =
                format!("variable '{}' is not valid{shown}: {}", variable.name.text, validation.message);
            diagnostics
                .error(Code::WrongVariable, source, validation.condition.span.clone(), message)
                .other(variable.name.span.clone(), "the variable");
        }
    }
}
