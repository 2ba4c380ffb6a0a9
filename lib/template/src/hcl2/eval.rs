//! The evaluator: expressions to values, all mistakes at once, each at its place.

use super::later::quoted;
use super::names::Names;
use super::operators;
use super::syntax::{Expr, Form, Part};
use super::value::Value;
use crate::source::{Code, Span};

/// What is wrong in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// What is wrong has been noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told;

pub(super) type Evaluated = Result<Value, Told>;

/// Evaluates expressions in one place.
pub(super) struct Evaluator<'a> {
    pub(super) names: &'a Names,
    /// Names of `for` and of dynamic blocks, the innermost last.
    pub(super) own: Vec<(String, Value)>,
    pub(super) problems: Vec<Problem>,
    /// What only may be wrong.
    pub(super) warnings: Vec<Problem>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self { names, own: Vec::new(), problems: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn fail<T>(&mut self, span: &Span, message: impl Into<String>) -> Result<T, Told> {
        self.fail_as(Code::Expression, span, message, "")
    }

    pub(super) fn fail_with<T>(
        &mut self,
        span: &Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Result<T, Told> {
        self.fail_as(Code::Expression, span, message, hint)
    }

    /// Notes what is wrong, where another code than that of expressions says it better.
    pub(super) fn fail_as<T>(
        &mut self,
        code: Code,
        span: &Span,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Result<T, Told> {
        self.problems.push(Problem {
            code,
            span: span.clone(),
            message: message.into(),
            hint: Some(hint.into()).filter(|hint| !hint.is_empty()),
        });
        Err(Told)
    }

    /// Takes from what may be made, so that nothing grows without end.
    pub(super) fn spend(&mut self, span: &Span, much: usize) -> Result<(), Told> {
        match self.names.budget.get().checked_sub(much) {
            Some(rest) => {
                self.names.budget.set(rest);
                Ok(())
            }
            None => {
                self.names.budget.set(0);
                self.fail_as(Code::TooLarge, span, "this configuration goes on too long: it makes more than 64 MB of values, or evaluates four million expressions", "")
            }
        }
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Evaluated {
        /// As much as 64 MB of texts; more than anybody writes.
        const WEIGHT: usize = 4 << 20;
        const DEPTH: usize = 200;
        /// What an evaluation costs, so that there are four million at most.
        const STEP: usize = 16;
        self.spend(&expr.span, STEP)?;
        let value = self.form(expr)?;
        if value.weight() > WEIGHT {
            return self.fail_as(Code::TooLarge, &expr.span, "this value is larger than 64 MB", "");
        }
        if value.depth() > DEPTH {
            let message = format!("lists and maps stand in one another more than {DEPTH} deep here");
            return self.fail_as(Code::TooLarge, &expr.span, message, "");
        }
        Ok(value)
    }

    fn form(&mut self, expr: &Expr) -> Evaluated {
        match &expr.form {
            Form::Null => Ok(Value::Null),
            Form::Bool(value) => Ok(Value::Bool(*value)),
            Form::Number(number) => Ok(Value::Number(*number)),
            Form::Text(text) => {
                self.spend(&expr.span, text.len())?;
                Ok(Value::text(text.as_str()))
            }
            Form::Template(parts) => match parts.as_slice() {
                [Part::Value(one)] => self.value(one),
                parts => self.template(&expr.span, parts),
            },
            Form::List(items) => self.all(items).map(Value::list),
            Form::Object(entries) => self.object(&expr.span, entries),
            Form::Parens(inner) => self.value(inner),
            Form::Variable(name) => self.traversal(expr, name, &[]),
            Form::Traversal(root, steps) => match &root.form {
                Form::Variable(name) => self.traversal(root, name, steps),
                _ => {
                    let value = self.value(root)?;
                    self.steps(value, steps)
                }
            },
            Form::Call(call) => self.call(&expr.span, call),
            Form::Unary(operator, operand) => {
                let value = self.value(operand)?;
                operators::unary(self, *operator, &value, &operand.span)
            }
            Form::Binary(left, operator, right) => {
                // Both sides, so that the mistakes of both are told.
                let (a, b) = (self.value(left), self.value(right));
                operators::binary(self, *operator, (&a?, &left.span), (&b?, &right.span))
            }
            Form::Conditional(parts) => self.conditional(&expr.span, parts),
            Form::For(each) => self.for_expr(&expr.span, each),
        }
    }

    /// All values, with the mistakes in all of them.
    pub(super) fn all(&mut self, exprs: &[Expr]) -> Result<Vec<Value>, Told> {
        let values: Vec<Evaluated> = exprs.iter().map(|expr| self.value(expr)).collect();
        values.into_iter().collect()
    }

    fn object(&mut self, span: &Span, entries: &[(Expr, Expr)]) -> Evaluated {
        let evaluated: Vec<_> =
            entries.iter().map(|(key, value)| (self.key(key), self.value(value))).collect();
        let mut known = Vec::new();
        for (key, value) in evaluated {
            let (key, value) = (key?, value?);
            known.extend(key.map(|key| (key, value)));
        }
        if known.iter().any(|(key, _)| key.has_later()) {
            let entries = known.iter().map(|(key, value)| (quoted(key, span), quoted(value, span)));
            return self.later(span, Form::Object(entries.collect()));
        }
        let text = |(key, value): (Value, Value)| Some((key.to_text()?.to_string(), value));
        Ok(Value::map(known.into_iter().filter_map(text).collect()))
    }

    /// A key: a text, or something that is known only later; nothing for what a data source was not asked for.
    pub(super) fn key(&mut self, key: &Expr) -> Result<Option<Value>, Told> {
        match self.value(key)? {
            Value::Unknown(_) => Ok(None),
            value @ Value::Later(_) => Ok(Some(value)),
            value => match value.to_text() {
                Some(text) => Ok(Some(Value::Text(text))),
                None => {
                    let message = format!("a key must be a text, not {}", value.what());
                    self.fail(&key.span, message)
                }
            },
        }
    }

    /// A text out of its parts.
    pub(super) fn template(&mut self, span: &Span, parts: &[Part]) -> Evaluated {
        let mut made = Made::default();
        let done = self.parts(parts, &mut made);
        self.spend(span, made.length)?;
        done?;
        if let Some(name) = made.unknown {
            return Ok(Value::Unknown(name));
        }
        match <[Part; 1]>::try_from(made.parts) {
            Ok([Part::Text(text)]) => Ok(Value::text(text)),
            Ok([part]) => self.later(span, Form::Template(vec![part])),
            Err(parts) if parts.is_empty() => Ok(Value::text("")),
            Err(parts) => self.later(span, Form::Template(parts)),
        }
    }

    /// The parts of a text, with all that is known in them.
    pub(super) fn pieces(&mut self, parts: &[Part]) -> Result<Vec<Part>, Told> {
        let mut made = Made::default();
        self.parts(parts, &mut made)?;
        Ok(made.parts)
    }

    pub(super) fn parts(&mut self, parts: &[Part], made: &mut Made) -> Result<(), Told> {
        let mut told = Ok(());
        for part in parts {
            let done = match part {
                Part::Text(text) => {
                    made.push(text);
                    Ok(())
                }
                Part::Value(expr) => match self.value(expr) {
                    Ok(value) => self.put(&expr.span, &value, made),
                    Err(Told) => Err(Told),
                },
                Part::If(condition, then, otherwise) => match self.condition(condition) {
                    Ok(Holds::Yes) => self.parts(then, made),
                    Ok(Holds::No) => self.parts(otherwise, made),
                    Ok(Holds::Unknown(name)) => {
                        made.unknown = Some(name);
                        Ok(())
                    }
                    Ok(Holds::Later(condition)) => match (self.pieces(then), self.pieces(otherwise)) {
                        (Ok(then), Ok(otherwise)) => {
                            made.put(Part::If(condition, then, otherwise));
                            Ok(())
                        }
                        _ => Err(Told),
                    },
                    Err(Told) => Err(Told),
                },
                Part::For(each) => self.template_for(each, made),
            };
            told = told.and(done);
        }
        told
    }

    fn put(&mut self, span: &Span, value: &Value, made: &mut Made) -> Result<(), Told> {
        match value {
            Value::Unknown(name) => made.unknown = Some(name.clone()),
            Value::Later(later) => match &later.expr.form {
                Form::Template(parts) => parts.iter().cloned().for_each(|part| made.put(part)),
                _ => made.put(Part::Value(later.expr.clone())),
            },
            value => match value.to_text() {
                Some(text) => made.push(&text),
                None => {
                    let message = format!("{} cannot be put into a text", value.what());
                    let hint = match value {
                        Value::Null => "give it a value, or use coalesce(…, \"default\")",
                        _ => "use join(\", \", …) or jsonencode(…) to make a text of it",
                    };
                    return self.fail_with(span, message, hint);
                }
            },
        }
        Ok(())
    }

    /// Whether a condition holds.
    pub(super) fn condition(&mut self, expr: &Expr) -> Result<Holds, Told> {
        match self.value(expr)? {
            Value::Unknown(name) => Ok(Holds::Unknown(name)),
            Value::Later(later) => Ok(Holds::Later(later.expr.clone())),
            value => match value.to_bool() {
                Some(true) => Ok(Holds::Yes),
                Some(false) => Ok(Holds::No),
                None => {
                    let message = format!("a condition must be true or false, not {}", value.what());
                    self.fail(&expr.span, message)
                }
            },
        }
    }

    fn conditional(&mut self, span: &Span, parts: &[Expr; 3]) -> Evaluated {
        let [condition, then, otherwise] = parts;
        let (chosen, other) = match self.condition(condition)? {
            Holds::Yes => (then, otherwise),
            Holds::No => (otherwise, then),
            Holds::Unknown(name) => return Ok(Value::Unknown(name)),
            Holds::Later(condition) => {
                let (a, b) = (self.value(then), self.value(otherwise));
                let (a, b) = (a?, b?);
                if operators::unify(&a, &b).is_none() {
                    return self.of_two_types(span, &a, &b);
                }
                let parts = [condition, quoted(&a, &then.span), quoted(&b, &otherwise.span)];
                return self.later(span, Form::Conditional(Box::new(parts)));
            }
        };
        let value = self.value(chosen)?;
        // The other one counts for its type only.
        let noted = self.problems.len();
        let other = self.value(other);
        self.problems.truncate(noted);
        match other {
            Err(Told) => Ok(value),
            Ok(other) => match operators::unify(&value, &other) {
                Some(value) => Ok(value),
                None => self.of_two_types(span, &value, &other),
            },
        }
    }

    fn of_two_types(&mut self, span: &Span, a: &Value, b: &Value) -> Evaluated {
        let (a, b) = (a.what(), b.what());
        self.fail(span, format!("the two values of a condition must be of one type, not {a} and {b}"))
    }
}

/// Whether a condition holds.
pub(super) enum Holds {
    Yes,
    No,
    /// That depends on a placeholder of this name.
    Unknown(std::sync::Arc<str>),
    /// That is known only while the build runs: what is left of the condition.
    Later(Expr),
}

/// A text in the making.
#[derive(Default)]
pub(super) struct Made {
    /// Its pieces; one text where all is known.
    pub(super) parts: Vec<Part>,
    /// Bytes of text in it.
    pub(super) length: usize,
    pub(super) unknown: Option<std::sync::Arc<str>>,
}

impl Made {
    fn push(&mut self, text: &str) {
        self.length += text.len();
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    pub(super) fn put(&mut self, part: Part) {
        match part {
            Part::Text(text) => self.push(&text),
            part => self.parts.push(part),
        }
    }
}
