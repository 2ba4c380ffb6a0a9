//! Calls of functions, and of those that are no ordinary functions: `try`, `can`, `convert`, `env`, `templatefile`.

use super::eval::{Evaluated, Evaluator, Problem, Told};
use super::functions::{self, Arguments};
use super::later::{call_of, quoted};
use super::names::{Names, Place};
use super::syntax::{Call, Expr, Form};
use super::types::{Type, convert};
use super::value::Value;
use crate::engine::REMOTE;
use crate::source::{Code, Span};
use std::rc::Rc;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, span: &Span, call: &Call) -> Evaluated {
        if let Some(value) = self.special(span, call) {
            return value;
        }
        let name = call.name.text.as_str();
        let Some(function) = functions::find(name) else {
            let hint = functions::advice(name);
            return self.fail_as(
                Code::UnknownFunction,
                &call.name.span,
                format!("there is no function '{name}'"),
                hint,
            );
        };
        let mut values = self.all(&call.arguments)?;
        let mut spans: Vec<Span> = call.arguments.iter().map(|argument| argument.span.clone()).collect();
        if call.expand {
            let last = values.pop().unwrap_or(Value::Null);
            let place = spans.pop().unwrap_or_else(|| span.clone());
            match (last.items(), &last) {
                (_, Value::Unknown(_)) => return Ok(last),
                (_, Value::Later(_)) => {
                    let known = values.iter().chain([&last]).zip(&call.arguments);
                    let arguments = known.map(|(value, expr)| quoted(value, &expr.span)).collect();
                    return self.later(span, Form::Call(Call { arguments, ..call.clone() }));
                }
                (Some(items), _) => {
                    spans.extend(items.iter().map(|_| place.clone()));
                    values.extend(items.iter().cloned());
                }
                (None, other) => {
                    return self.fail(&place, format!("'...' takes a list, not {}", other.what()));
                }
            }
        }
        if values.len() < function.least || function.most.is_some_and(|most| values.len() > most) {
            let message = format!("'{name}' takes {}, not {}", function.takes(), values.len());
            return self.fail_as(Code::FunctionArgument, &call.name.span, message, function.usage);
        }
        if name == "templatefile" {
            return self.template_file(span, &values, &spans);
        }
        if let Some(unknown) = values.iter().find_map(Value::unknown) {
            return Ok(Value::Unknown(unknown.clone()));
        }
        let has_later = values.iter().any(Value::has_later);
        if has_later && !functions::only_moves(name, &values) {
            return self.call_later(span, call, &values, &spans);
        }
        let gives = (function.run)(&Arguments { values: &values, names: self.names });
        match gives {
            Ok(value) => {
                self.spend(span, size(&value))?;
                Ok(value)
            }
            Err(_) if has_later => self.call_later(span, call, &values, &spans),
            Err(fault) => {
                let place = fault.argument.and_then(|at| spans.get(at)).unwrap_or(span);
                let hint = fault.hint.unwrap_or_else(|| function.usage.to_owned());
                self.fail_as(Code::FunctionArgument, place, format!("{name}: {}", fault.message), hint)
            }
        }
    }

    /// A call that cannot be made before the machine is there.
    fn call_later(&mut self, span: &Span, call: &Call, values: &[Value], spans: &[Span]) -> Evaluated {
        let name = call.name.text.as_str();
        if REMOTE.contains(&name) {
            let message =
                format!("'{name}' is asked before the build runs: its arguments must be known then");
            return self.fail(span, message);
        }
        let arguments = values.iter().zip(spans).map(|(value, span)| quoted(value, span)).collect();
        self.later(span, call_of(name, arguments, span))
    }

    /// What is no ordinary function, or cannot be called here; nothing for what is and can.
    fn special(&mut self, span: &Span, call: &Call) -> Option<Evaluated> {
        let name = call.name.text.as_str();
        match (name, call.arguments.as_slice()) {
            ("try", arguments @ [_, ..]) => Some(self.attempt(span, arguments)),
            ("can", [expr]) => {
                let noted = self.problems.len();
                let value = self.value(expr);
                self.problems.truncate(noted);
                Some(match value {
                    Ok(value) if value.has_later() => {
                        self.later(span, call_of("can", vec![quoted(&value, &expr.span)], span))
                    }
                    value => Ok(Value::Bool(value.is_ok())),
                })
            }
            ("convert", [value, to]) => {
                let (value, of) = (self.value(value), to);
                let to = match Type::read(to, &mut |_| None) {
                    Ok(to) => to,
                    Err(wrong) => return Some(self.fail_with(&wrong.span, wrong.message, wrong.hint)),
                };
                Some(value.and_then(|value| {
                    if value.has_later() {
                        let arguments = vec![quoted(&value, span), of.clone()];
                        return self.later(span, call_of(name, arguments, span));
                    }
                    convert(&value, &to).or_else(|why| self.fail(span, format!("convert: {why}")))
                }))
            }
            ("env", _) if self.names.place != Place::Default => {
                let hint = "give a variable the default env(\"NAME\"), and use that variable here";
                let message = "'env' is known in defaults of variables only";
                Some(self.fail_as(Code::UnknownFunction, &call.name.span, message, hint))
            }
            (other, _) if self.names.place == Place::Default && other != "env" => {
                let hint = "a default may call env(\"NAME\") only; a local value can call all functions";
                let message = format!("'{name}' cannot be called here");
                Some(self.fail_as(Code::UnknownFunction, &call.name.span, message, hint))
            }
            _ if self.names.place == Place::Given => {
                let message = "values that are given from outside call no functions";
                Some(self.fail_as(Code::UnknownFunction, &call.name.span, message, ""))
            }
            _ => None,
        }
    }

    /// The first of the expressions that has a value.
    fn attempt(&mut self, span: &Span, arguments: &[Expr]) -> Evaluated {
        let noted = self.problems.len();
        for (at, argument) in arguments.iter().enumerate() {
            if let Ok(value) = self.value(argument) {
                let left = if value.has_later() { &arguments[at + 1..] } else { &[] };
                let mut may_be = vec![quoted(&value, &argument.span)];
                may_be.extend(
                    left.iter().filter_map(|other| Some(quoted(&self.value(other).ok()?, &other.span))),
                );
                self.problems.truncate(noted);
                return match value.has_later() {
                    true => self.later(span, call_of("try", may_be, span)),
                    false => Ok(value),
                };
            }
        }
        if self.problems.len() == noted {
            return Err(Told);
        }
        let why = self.problems.last().map(|problem| problem.message.clone()).unwrap_or_default();
        self.problems.truncate(noted);
        self.fail(span, format!("try: none of these has a value; the last one: {why}"))
    }

    fn template_file(&mut self, span: &Span, values: &[Value], spans: &[Span]) -> Evaluated {
        let place = |at: usize| spans.get(at).unwrap_or(span).clone();
        let [path, Value::Map(entries)] = values else {
            return self
                .fail(&place(1), "templatefile: the second argument must be a map of names and values");
        };
        if let Value::Later(_) = path {
            return self
                .fail(&place(0), "templatefile: which file it is must be known before the build runs");
        }
        let Some(path) = path.to_text() else {
            return self.fail(&place(0), format!("templatefile: this must be a path, not {}", path.what()));
        };
        let text = match functions::read_text(self.names, &path) {
            Ok(text) => text,
            Err(why) => return self.fail(&place(0), format!("templatefile: {why}")),
        };
        self.spend(span, text.len())?;
        let source = crate::source::Source::new(path.to_string(), text);
        let parsed = super::lower::template_text(&source, 0..source.text.len(), &source.text);
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(why) => return self.fail(&place(0), format!("templatefile: {path}: {why}")),
        };
        let names = Names { variables: Rc::default(), locals: Rc::default(), ..self.names.clone() };
        let mut inner = Evaluator::new(&names);
        inner.own = entries.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let value = inner.value(&parsed);
        let told = inner.problems;
        for problem in &told {
            let (line, column) = source.position(problem.span.start);
            let message = format!("templatefile: {path}:{line}:{column}: {}", problem.message);
            self.problems.push(Problem { message, span: span.clone(), ..problem.clone() });
        }
        value
    }
}

/// How large a value is, roughly, without what is shared.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Later(later) => 16 * later.weight,
        Value::List(items) | Value::Set(items) => items.iter().map(|item| 16 + size(item)).sum(),
        Value::Map(entries) => entries.iter().map(|(key, value)| 16 + key.len() + size(value)).sum(),
        _ => 1,
    }
}
