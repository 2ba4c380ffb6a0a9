//! Functions of numbers.

use super::{Arguments, Fault, Gives};
use crate::hcl2::number::Number;
use crate::hcl2::value::Value;

fn real(value: f64) -> Value {
    Value::Number(Number::real(value))
}

pub(super) fn abs(given: &Arguments<'_>) -> Gives {
    let number = given.number(0)?;
    Ok(Value::Number(match number {
        Number::Whole(whole) => Number::Whole(whole.saturating_abs()),
        Number::Real(value) => Number::Real(value.abs()),
    }))
}

pub(super) fn ceil(given: &Arguments<'_>) -> Gives {
    Ok(round(given.number(0)?, f64::ceil))
}

pub(super) fn floor(given: &Arguments<'_>) -> Gives {
    Ok(round(given.number(0)?, f64::floor))
}

fn round(number: Number, how: fn(f64) -> f64) -> Value {
    match number {
        Number::Whole(_) => Value::Number(number),
        Number::Real(value) => real(how(value)),
    }
}

pub(super) fn log(given: &Arguments<'_>) -> Gives {
    Ok(real(given.number(0)?.as_f64().ln() / given.number(1)?.as_f64().ln()))
}

pub(super) fn pow(given: &Arguments<'_>) -> Gives {
    Ok(real(given.number(0)?.as_f64().powf(given.number(1)?.as_f64())))
}

pub(super) fn max(given: &Arguments<'_>) -> Gives {
    extreme(given, |a, b| a > b)
}

pub(super) fn min(given: &Arguments<'_>) -> Gives {
    extreme(given, |a, b| a < b)
}

fn extreme(given: &Arguments<'_>, better: fn(Number, Number) -> bool) -> Gives {
    let mut best = given.number(0)?;
    for at in 1..given.len() {
        let number = given.number(at)?;
        if better(number, best) {
            best = number;
        }
    }
    Ok(Value::Number(best))
}

pub(super) fn signum(given: &Arguments<'_>) -> Gives {
    let number = given.number(0)?.as_f64();
    Ok(Value::Number(Number::Whole(if number > 0.0 { 1 } else { -i128::from(number < 0.0) })))
}

pub(super) fn parseint(given: &Arguments<'_>) -> Gives {
    let (text, base) = (given.text(0)?, given.whole(1)?);
    // Bases over 36 tell upper and lower case apart; nobody writes them.
    let Some(base) = u32::try_from(base).ok().filter(|base| (2..=36).contains(base)) else {
        return Err(Fault::at(1, "the base must be from 2 to 36"));
    };
    let number = i128::from_str_radix(&text, base);
    number
        .map(|number| Value::Number(Number::Whole(number)))
        .map_err(|_| Fault::at(0, format!("'{text}' is no whole number of base {base}")))
}

pub(super) fn sum(given: &Arguments<'_>) -> Gives {
    let items = given.list(0)?;
    if items.is_empty() {
        return Err(Fault::at(0, "the list is empty"));
    }
    let mut sum = Number::Whole(0);
    for item in items {
        let Some(number) = item.to_number() else { return given.wrong(0, "a list of numbers") };
        sum = sum.with(number, i128::checked_add, |a, b| a + b);
    }
    Ok(Value::Number(sum))
}
