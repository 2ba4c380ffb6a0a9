//! How much a text may become, so that no template takes all memory or runs for ever: one that doubles a text thirty times
//! would take a gigabyte for every byte of it.

use super::functions::{Given, Gives, fail};
use gotmpl::{FuncMap, Template, TemplateError, Value};
use std::fmt::{self, Write};
use std::sync::Arc;

/// Most bytes of a rendered text, and of what a function gives. (EC2 takes 16 KiB of user data; scripts have some KiB.)
const MOST: usize = 16 << 20;
/// How often all `range` blocks of a text may go round.
pub(super) const ROUNDS: u64 = 1_000_000;
/// Most verbs of one `printf`: each can widen its value to 64 KiB.
const VERBS: usize = 256;

/// A text that is being rendered.
#[derive(Debug, Default)]
pub(super) struct Bounded {
    pub(super) text: String,
}

impl Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.text.len().saturating_add(piece.len()) > MOST {
            return Err(fmt::Error);
        }
        self.text.push_str(piece);
        Ok(())
    }
}

/// Says that a text is too long.
pub(super) fn too_long() -> String {
    format!("the text becomes longer than {} MiB", MOST >> 20)
}

/// Refuses a function's result that would have so many bytes.
pub(super) fn check(name: &str, length: usize) -> Result<(), TemplateError> {
    if length > MOST { Err(fail(name, too_long())) } else { Ok(()) }
}

/// Go's own functions that give texts as long as all they are given, in a form that knows an end.
pub(super) fn functions(map: &mut FuncMap) {
    for name in ["html", "js", "print", "printf", "println", "urlquery"] {
        map.insert(name.into(), Arc::new(move |given: Given<'_>| bounded(name, given)));
    }
}

fn bounded(name: &str, given: Given<'_>) -> Gives {
    let lengths: Vec<usize> = given.iter().map(length).collect();
    let mut most = lengths.iter().fold(0, |sum: usize, length| sum.saturating_add(*length));
    if name == "printf" {
        let format = given.first().and_then(Value::as_str).unwrap_or_default();
        let verbs = format.matches('%').count();
        if verbs > VERBS {
            return Err(fail(name, format!("{verbs} verbs are too many; {VERBS} are possible")));
        }
        // A verb can name any of the values: `%[1]s%[1]s`.
        most = most.saturating_add(verbs * lengths.iter().skip(1).max().copied().unwrap_or_default());
    }
    check(name, most)?;
    go_s_own(name, given)
}

/// How many bytes a value has as a text, about.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::List(_) | Value::Map(_) => value.to_string().len(),
        _ => 32,
    }
}

/// The engine gives its functions to templates only.
fn go_s_own(name: &str, given: Given<'_>) -> Gives {
    let arguments: String = (0..given.len()).map(|index| format!(" (index . {index})")).collect();
    let template = Template::new("").parse(&format!("{{{{{name}{arguments}}}}}"))?;
    let given = Value::List(given.iter().cloned().collect());
    Ok(Value::String(template.execute_to_string(&given)?.into()))
}
