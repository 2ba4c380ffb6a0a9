//! Errors that know their place.

use super::Mistake;
use crate::options::words::known;
use crate::source::Span;
use std::fmt;

/// Why an option could not be read.
#[derive(Debug)]
pub(crate) struct WeakError {
    message: String,
    hint: Option<String>,
    span: Option<Span>,
    unset: bool,
}

impl WeakError {
    pub(crate) fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, span: Some(span.clone()), unset: false }
    }

    /// No mistake: the option counts as not set.
    pub(crate) fn unset() -> Self {
        Self { message: String::new(), hint: None, span: None, unset: true }
    }

    /// Gives an error its place where it has none.
    pub(crate) fn at(mut self, span: &Span) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    pub(crate) fn into_mistake(self, span: Span) -> Option<Mistake> {
        let span = self.span.unwrap_or(span);
        (!self.unset).then_some(Mistake { span, message: self.message, hint: self.hint })
    }
}

impl fmt::Display for WeakError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for WeakError {}

impl serde::de::Error for WeakError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), hint: None, span: None, unset: false }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("this cannot be '{variant}'");
        Self { hint: Some(known(variant, expected)), ..Self::custom(message) }
    }
}
