//! Operators (`hclsyntax`): operands become numbers or booleans where they can.

use super::eval::{Evaluated, Evaluator};
use super::later::quoted;
use super::number::Number;
use super::syntax::{Binary, Form, Unary};
use super::value::Value;
use crate::source::Span;

/// `-x` and `!x`
pub(super) fn unary(evaluator: &mut Evaluator<'_>, operator: Unary, value: &Value, span: &Span) -> Evaluated {
    match (operator, value) {
        (_, Value::Unknown(_)) => Ok(value.clone()),
        (_, Value::Later(later)) => {
            evaluator.later(span, Form::Unary(operator, Box::new(later.expr.clone())))
        }
        (Unary::Minus, _) => match value.to_number() {
            Some(number) => {
                let zero = Number::Whole(0);
                Ok(Value::Number(zero.with(number, i128::checked_sub, |a, b| a - b)))
            }
            None => evaluator.fail(span, format!("'-' takes a number, not {}", value.what())),
        },
        (Unary::Not, _) => match value.to_bool() {
            Some(value) => Ok(Value::Bool(!value)),
            None => evaluator.fail(span, format!("'!' takes true or false, not {}", value.what())),
        },
    }
}

/// `a + b` and the like.
pub(super) fn binary(
    evaluator: &mut Evaluator<'_>,
    operator: Binary,
    left: (&Value, &Span),
    right: (&Value, &Span),
) -> Evaluated {
    if let Some(unknown) = left.0.unknown().or(right.0.unknown()) {
        return Ok(Value::Unknown(unknown.clone()));
    }
    if left.0.has_later() || right.0.has_later() {
        let [a, b] = [left, right].map(|(value, span)| Box::new(quoted(value, span)));
        return evaluator.later(left.1, Form::Binary(a, operator, b));
    }
    match operator {
        Binary::Equal | Binary::NotEqual => {
            Ok(Value::Bool((left.0 == right.0) == (operator == Binary::Equal)))
        }
        Binary::And | Binary::Or => {
            let mut truth = |(value, span): (&Value, &Span)| match value.to_bool() {
                Some(value) => Ok(value),
                None => evaluator.fail(span, format!("this must be true or false, not {}", value.what())),
            };
            let (a, b) = (truth(left), truth(right));
            let (a, b) = (a?, b?);
            Ok(Value::Bool(if operator == Binary::And { a && b } else { a || b }))
        }
        _ => {
            let mut number = |(value, span): (&Value, &Span)| match value.to_number() {
                Some(number) => Ok(number),
                None => evaluator.fail(span, format!("this must be a number, not {}", value.what())),
            };
            let (a, b) = (number(left), number(right));
            Ok(arithmetic(operator, a?, b?))
        }
    }
}

fn arithmetic(operator: Binary, a: Number, b: Number) -> Value {
    let divide = |a: i128, b: i128| if b != 0 && a % b == 0 { a.checked_div(b) } else { None };
    Value::Number(match operator {
        Binary::Plus => a.with(b, i128::checked_add, |a, b| a + b),
        Binary::Minus => a.with(b, i128::checked_sub, |a, b| a - b),
        Binary::Times => a.with(b, i128::checked_mul, |a, b| a * b),
        Binary::Divide => a.with(b, divide, |a, b| a / b),
        Binary::Modulo => a.with(b, i128::checked_rem, |a, b| a % b),
        Binary::Less => return Value::Bool(a < b),
        Binary::LessOrEqual => return Value::Bool(a <= b),
        Binary::Greater => return Value::Bool(a > b),
        _ => return Value::Bool(a >= b),
    })
}

/// What a condition gives, of the type that both values can have; nothing where they have none in common.
pub(super) fn unify(chosen: &Value, other: &Value) -> Option<Value> {
    let text = |value: &Value| match value {
        Value::Text(_) => true,
        Value::Later(later) => later.is_text(),
        _ => false,
    };
    let open = |value: &Value| match value {
        Value::Null | Value::Unknown(_) => true,
        Value::Later(later) => !later.is_text(),
        _ => false,
    };
    match (chosen, other) {
        (a, b) if open(a) || open(b) => Some(chosen.clone()),
        (a, b) if text(a) && text(b) => Some(chosen.clone()),
        (Value::List(_) | Value::Set(_), Value::List(_) | Value::Set(_)) | (Value::Map(_), Value::Map(_)) => {
            Some(chosen.clone())
        }
        (a, b) if a.is_collection() || b.is_collection() => None,
        (a, b) if text(a) || text(b) => match chosen.to_text() {
            Some(text) => Some(Value::Text(text)),
            None => Some(chosen.clone()),
        },
        (a, b) => (std::mem::discriminant(a) == std::mem::discriminant(b)).then(|| chosen.clone()),
    }
}
