//! What is known only while the build runs: expressions that name `build.KEY`. All that is known already is put into them
//! as it is; the rest stays an expression, which the record carries as a text and the tools evaluate.

use super::eval::{Evaluated, Evaluator, Told};
use super::names::{Names, Place};
use super::print;
use super::syntax::{Call, Expr, For, Form, Part, Step, TemplateFor, Way};
use super::value::Value;
use crate::engine::Moment;
use crate::packer_json::Word;
use crate::source::{Source, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value that is known only while the build runs: the expression that gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Later {
    pub(super) expr: Expr,
    /// Roughly how large it is.
    pub(super) weight: usize,
}

impl Later {
    /// `build.KEY`
    pub(super) fn key(key: &str) -> Self {
        let root = Expr::new(0..0, Form::Variable("build".to_owned()));
        let step = Step { span: 0..0, way: Way::Attribute(key.to_owned()) };
        Self { expr: Expr::new(0..0, Form::Traversal(Box::new(root), vec![step])), weight: 1 }
    }

    /// Whether it is certain to be a text: `build.KEY`, or a text with something put in.
    pub(super) fn is_text(&self) -> bool {
        match &self.expr.form {
            Form::Template(_) => true,
            Form::Traversal(root, steps) => {
                matches!(&root.form, Form::Variable(root) if root == "build") && steps.len() == 1
            }
            _ => false,
        }
    }

    /// As options carry it.
    pub(super) fn text(&self) -> String {
        print::option(&self.expr)
    }
}

/// The expression of a value, as it stands in a larger one.
pub(super) fn quoted(value: &Value, span: &Span) -> Expr {
    let all = |items: &[Value]| Form::List(items.iter().map(|item| quoted(item, span)).collect());
    let form = match value {
        Value::Null => Form::Null,
        Value::Bool(value) => Form::Bool(*value),
        Value::Number(number) => Form::Number(*number),
        Value::Text(text) => Form::Text(text.to_string()),
        Value::Unknown(name) => Form::Text(format!("<{name}>")),
        Value::Later(later) => return later.expr.clone(),
        Value::List(items) => all(items),
        Value::Set(items) => call_of("setunion", vec![Expr::new(span.clone(), all(items))], span),
        Value::Map(entries) => {
            let entry = |(key, value): (&String, &Value)| {
                (Expr::new(span.clone(), Form::Text(key.clone())), quoted(value, span))
            };
            Form::Object(entries.iter().map(entry).collect())
        }
    };
    Expr::new(span.clone(), form)
}

/// A call of a function.
pub(super) fn call_of(name: &str, arguments: Vec<Expr>, span: &Span) -> Form {
    let name = Word { text: name.to_owned(), span: span.clone() };
    Form::Call(Call { name, arguments, expand: false })
}

impl Evaluator<'_> {
    /// What is left of an expression, where a part of it is known only later.
    pub(super) fn later(&mut self, span: &Span, form: Form) -> Evaluated {
        /// The parser of the tools takes 64 levels, and an operator in brackets is two.
        const DEPTH: usize = 28;
        /// How much of the budget a piece of an expression takes.
        const PIECE: usize = 32;
        let expr = Expr::new(span.clone(), form);
        let (mut weight, mut deepest) = (0, 0);
        expr.measure(1, &mut |depth, length| {
            weight += 1 + length / 16;
            deepest = deepest.max(depth);
        });
        self.spend(span, weight.saturating_mul(PIECE))?;
        if deepest > DEPTH {
            let hint = "split it, or work on it in the script, where the value is known";
            let message =
                "this needs what is known only while the build runs, and is nested too deep for that";
            return self.fail_with(span, message, hint);
        }
        Ok(Value::Later(Arc::new(Later { expr, weight })))
    }

    /// The way into a value that is known only later, or by an index that is.
    pub(super) fn steps_later(&mut self, value: &Value, steps: &[Step]) -> Evaluated {
        let span = steps.first().map_or(0..0, |step| step.span.clone());
        let known = |this: &mut Self, step: &Step| {
            let way = match &step.way {
                Way::Index(index) => Way::Index(quoted(&this.value(index)?, &index.span)),
                way => way.clone(),
            };
            Ok(Step { span: step.span.clone(), way })
        };
        let steps = steps.iter().map(|step| known(self, step)).collect::<Result<Vec<_>, Told>>()?;
        let root = Box::new(quoted(value, &span));
        self.later(&span, Form::Traversal(root, steps))
    }

    /// A `for` that cannot run yet.
    pub(super) fn for_later(&mut self, span: &Span, each: &For, collection: &Value) -> Evaluated {
        let collection = quoted(collection, &each.collection.span);
        let (key_name, value_name) = (each.key_name.as_deref(), each.value_name.as_str());
        let form = self.with_later(key_name, value_name, |this, key_name, value_name| {
            let mut part = |expr: &Expr| this.value(expr).map(|value| quoted(&value, &expr.span));
            Ok(Form::For(Box::new(For {
                collection,
                key: each.key.as_ref().map(&mut part).transpose()?,
                value: part(&each.value)?,
                condition: each.condition.as_ref().map(part).transpose()?,
                grouping: each.grouping,
                key_name,
                value_name,
            })))
        })?;
        self.later(span, form)
    }

    /// `%{ for … }` that cannot run yet.
    pub(super) fn template_for_later(
        &mut self,
        each: &TemplateFor,
        collection: &Value,
    ) -> Result<Part, Told> {
        let collection = quoted(collection, &each.collection.span);
        let (key_name, value_name) = (each.key_name.as_deref(), each.value_name.as_str());
        self.with_later(key_name, value_name, |this, key_name, value_name| {
            let body = this.pieces(&each.body)?;
            Ok(Part::For(Box::new(TemplateFor { collection, body, key_name, value_name })))
        })
    }

    /// Runs something with the names of a `for` standing for themselves. A name that is taken already gets another one.
    fn with_later<T>(
        &mut self,
        key_name: Option<&str>,
        value_name: &str,
        run: impl FnOnce(&mut Self, Option<String>, String) -> Result<T, Told>,
    ) -> Result<T, Told> {
        let before = self.own.len();
        let mut add = |name: &str| {
            let mut fresh = name.to_owned();
            while is_root(&fresh) || self.own.iter().any(|(own, value)| *own == fresh || names(value, &fresh))
            {
                fresh.push('_');
            }
            let expr = Expr::new(0..0, Form::Variable(fresh.clone()));
            let value = Value::Later(Arc::new(Later { expr, weight: 1 }));
            self.own.push((name.to_owned(), value));
            fresh
        };
        let key_name = key_name.map(&mut add);
        let value_name = add(value_name);
        let done = run(self, key_name, value_name);
        self.own.truncate(before);
        done
    }
}

/// Whether a name would hide what the machine tells.
fn is_root(name: &str) -> bool {
    name == "build"
}

/// Whether a value stands for that name of a `for` further out.
fn names(value: &Value, name: &str) -> bool {
    matches!(value, Value::Later(later) if matches!(&later.expr.form, Form::Variable(own) if own == name))
}

/// Evaluates what was left for the tools, with what the machine tells.
///
/// # Errors
/// When the expression is malformed, names what the machine does not tell, or has no value: why, and what to do.
pub(crate) fn evaluate(
    text: &str,
    machine: &BTreeMap<String, String>,
    folder: &str,
    moment: Moment,
) -> Result<serde_json::Value, (String, Option<String>)> {
    let machine = Some(Arc::new(machine.clone()));
    let names = Names { place: Place::Step, machine, ..Names::new(folder, moment) };
    let expr = super::lower::expression(&Source::new("", text)).map_err(|why| (why, None))?;
    let mut evaluator = Evaluator::new(&names);
    let value = evaluator.value(&expr);
    match (value, evaluator.problems.into_iter().next()) {
        (Ok(value), None) => Ok(value.to_json()),
        (_, Some(problem)) => Err((problem.message, problem.hint)),
        (Err(Told), None) => Err(("it has no value".to_owned(), None)),
    }
}
