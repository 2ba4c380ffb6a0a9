//! Functions of regular expressions: RE2's, which are Rust's too.

use super::{Arguments, Fault, Gives};
use crate::hcl2::value::Value;
use regex::{Captures, Regex};

fn compile(given: &Arguments<'_>, at: usize) -> Result<Regex, Fault> {
    let pattern = given.text(at)?;
    Regex::new(&pattern).map_err(|error| {
        let said = error.to_string();
        let why = said.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Fault::at(at, format!("the pattern is malformed: {why}"))
    })
}

/// `regex_replace(text, pattern, new)`: `$1` and `${name}` in `new` are groups.
pub(super) fn regex_replace(given: &Arguments<'_>) -> Gives {
    let pattern = compile(given, 1)?;
    Ok(Value::text(pattern.replace_all(&given.text(0)?, &*given.text(2)?).into_owned()))
}

pub(super) fn regex(given: &Arguments<'_>) -> Gives {
    let pattern = compile(given, 0)?;
    let text = given.text(1)?;
    match pattern.captures(&text) {
        Some(captures) => Ok(groups(&pattern, &captures)),
        None => {
            Err(Fault::at(1, "the pattern does not match").hint("use can(regex(…)) to ask whether it does"))
        }
    }
}

pub(super) fn regexall(given: &Arguments<'_>) -> Gives {
    let pattern = compile(given, 0)?;
    let text = given.text(1)?;
    Ok(Value::list(pattern.captures_iter(&text).map(|captures| groups(&pattern, &captures)).collect()))
}

/// The match where there are no groups, a list of unnamed groups, a map of named ones.
fn groups(pattern: &Regex, captures: &Captures<'_>) -> Value {
    let text = |at: usize| captures.get(at).map_or(Value::Null, |found| Value::text(found.as_str()));
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        text(0)
    } else if names.iter().any(Option::is_some) {
        let named = names.iter().enumerate();
        Value::map(named.filter_map(|(at, name)| Some(((*name)?.to_owned(), text(at + 1)))).collect())
    } else {
        Value::list((1..=names.len()).map(text).collect())
    }
}
