//! What functions are called with.

use crate::hcl2::names::Names;
use crate::hcl2::number::Number;
use crate::hcl2::value::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a function gives.
pub(in crate::hcl2) type Gives = Result<Value, Fault>;

/// Why a function gives nothing.
#[derive(Debug)]
pub(in crate::hcl2) struct Fault {
    /// Which argument is wrong, from 0; nothing for the call as a whole.
    pub(in crate::hcl2) argument: Option<usize>,
    pub(in crate::hcl2) message: String,
    pub(in crate::hcl2) hint: Option<String>,
}

impl Fault {
    /// The call as a whole is wrong.
    pub(in crate::hcl2) fn whole(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into(), hint: None }
    }

    /// One argument is wrong.
    pub(in crate::hcl2) fn at(argument: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(argument), message: message.into(), hint: None }
    }

    pub(in crate::hcl2) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The arguments of a call.
pub(in crate::hcl2) struct Arguments<'a> {
    pub(in crate::hcl2) values: &'a [Value],
    pub(in crate::hcl2) names: &'a Names,
}

impl<'a> Arguments<'a> {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, at: usize) -> &'a Value {
        self.values.get(at).unwrap_or(&Value::Null)
    }

    pub(super) fn wrong<T>(&self, at: usize, wanted: &str) -> Result<T, Fault> {
        let given = self.get(at);
        Err(Fault::at(at, format!("this must be {wanted}, not {}", given.what())))
    }

    pub(super) fn text(&self, at: usize) -> Result<Arc<str>, Fault> {
        self.get(at).to_text().map_or_else(|| self.wrong(at, "a text"), Ok)
    }

    pub(super) fn number(&self, at: usize) -> Result<Number, Fault> {
        self.get(at).to_number().map_or_else(|| self.wrong(at, "a number"), Ok)
    }

    pub(super) fn whole(&self, at: usize) -> Result<i128, Fault> {
        self.number(at)?.as_whole().map_or_else(|| self.wrong(at, "a whole number"), Ok)
    }

    /// A whole number that counts something.
    pub(super) fn count(&self, at: usize) -> Result<usize, Fault> {
        usize::try_from(self.whole(at)?).or_else(|_| self.wrong(at, "a whole number that is not negative"))
    }

    pub(super) fn list(&self, at: usize) -> Result<&'a [Value], Fault> {
        self.get(at).items().map_or_else(|| self.wrong(at, "a list"), Ok)
    }

    pub(super) fn map(&self, at: usize) -> Result<&'a BTreeMap<String, Value>, Fault> {
        match self.get(at) {
            Value::Map(entries) => Ok(entries),
            _ => self.wrong(at, "a map"),
        }
    }

    /// A list of texts.
    pub(super) fn texts(&self, at: usize) -> Result<Vec<Arc<str>>, Fault> {
        let texts = self.list(at)?.iter().map(Value::to_text).collect::<Option<Vec<_>>>();
        texts.map_or_else(|| self.wrong(at, "a list of texts"), Ok)
    }
}
