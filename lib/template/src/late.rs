//! Templates that are rendered while a build runs, by the tool that knows the values.
//!
//! `validate` renders every option but a component's deferred ones ([`crate::options::Component::DEFERRED`]), and leaves
//! ``{{build `KEY`}}`` as it is, and expressions of HCL2 with it. What is left is rendered here.

mod settle;

pub(crate) use settle::is_open;

use crate::engine::{self, Call, Machine, Moment, Place, Scope, to_engine};
use record::{Failure, Record};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Functions whose values are known before a build runs.
const KNOWN: [&str; 8] =
    ["build_name", "build_type", "isotime", "pwd", "strftime", "template_dir", "timestamp", "user"];

/// What late templates can see: the dot variables set here, user variables, the build's name and type, and
/// what ``{{build `KEY`}}`` gives.
#[derive(Debug, Clone)]
pub struct Late {
    scope: Scope,
    dot: BTreeMap<Arc<str>, gotmpl::Value>,
    machine: BTreeMap<String, String>,
}

impl Default for Late {
    /// Sees nothing but what is set, and the present time.
    fn default() -> Self {
        let scope = Scope { functions: &["clean_resource_name"], ..Scope::new(Place::Run, Moment::now()) };
        Self { scope, dot: BTreeMap::new(), machine: BTreeMap::new() }
    }
}

impl Late {
    /// What a record alone tells. ``{{build `KEY`}}`` and `{{.KEY}}` give what the builder says of the machine, also when it is gone.
    /// `{{timestamp}}` and the like give the time at which `validate` made the record.
    ///
    /// # Errors
    /// When the record's fields are not as they should be.
    pub fn of(record: &Record) -> Result<Self, Failure> {
        let moment = Moment::of_id(record.id()).unwrap_or_else(Moment::now);
        let scope = Scope {
            user: Arc::new(record.variables()?),
            folder: Arc::from(record.template()?.folder),
            build_name: Arc::from(record.build()),
            build_type: Arc::from(record.kind()),
            functions: &["clean_resource_name"],
            ..Scope::new(Place::Run, moment)
        };
        let mut late = Self { scope, dot: BTreeMap::new(), machine: BTreeMap::new() };
        for (key, value) in record.generated()? {
            late.set(&key, value);
        }
        Ok(late)
    }

    /// Sets a dot variable: `{{.Name}}`. A text is also what ``{{build `Name`}}`` gives from now on.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if let Value::String(text) = &value {
            self.machine.insert(name.to_owned(), text.clone());
            self.scope.machine = Machine::Known(Arc::new(self.machine.clone()));
        }
        self.dot.insert(Arc::from(name), to_engine(&value));
        self.scope.dot = gotmpl::Value::Map(Arc::new(self.dot.clone()));
    }

    /// Renders one text.
    ///
    /// # Errors
    /// When the template is malformed or a function fails.
    pub fn render(&self, text: &str) -> Result<String, Failure> {
        engine::render(text, &self.scope).map_err(|problem| {
            let failure = Failure::new(format!("cannot render the template '{text}': {}", problem.message));
            match problem.hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })
    }

    /// Renders what is known before the build runs, where it stands alone: ``{{user `x`}}``, `{{build_name}}`, `{{build_type}}`,
    /// `{{template_dir}}`, `{{pwd}}`, `{{timestamp}}` and the like. Within a larger action a variable becomes its text: ``{{user `x` | f}}`` is
    /// ``{{`red` | f}}``. All else stays as it is written.
    pub fn render_known(&self, text: &str) -> String {
        let mut rendered = text.to_owned();
        let Ok(parsed) = engine::Text::parse(text) else { return rendered };
        let calls = parsed.uses().calls;
        for call in calls.iter().rev().filter(|call| KNOWN.contains(&call.name.as_str())) {
            let known = if call.alone { self.action(text, call) } else { self.part(text, call) };
            if let Some((place, value)) = known {
                rendered.replace_range(place, &value);
            }
        }
        rendered
    }

    /// Where the action of a call stands, and what it gives.
    fn action(&self, text: &str, call: &Call) -> Option<(Range<usize>, String)> {
        let start = text[..call.offset].rfind("{{")?;
        let end = call.offset + text[call.offset..].find("}}")? + 2;
        Some((start..end, self.render(&text[start..end]).ok()?))
    }

    /// The same of a variable within an action.
    fn part(&self, text: &str, call: &Call) -> Option<(Range<usize>, String)> {
        let (name, _) = call.argument.as_ref().filter(|_| call.name == "user")?;
        let written = format!("`{name}`");
        let start = call.offset + text[call.offset..].find(&written)?;
        let end = start + written.len();
        let value = self.scope.user.get(name).filter(|value| !value.contains('`'))?;
        Some((call.offset..end, format!("`{value}`")))
    }

    /// Renders all strings in a value, keys of maps included.
    ///
    /// # Errors
    /// See [`Late::render`].
    pub fn render_value(&self, value: &mut Value) -> Result<(), Failure> {
        match value {
            Value::String(text) => *text = self.render(text)?,
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.render_value(item))?,
            Value::Object(fields) => {
                let mut rendered = Map::new();
                for (key, mut value) in std::mem::take(fields) {
                    self.render_value(&mut value)?;
                    rendered.insert(self.render(&key)?, value);
                }
                *fields = rendered;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Late;
    use record::Record;
    use serde_json::json;

    fn late() -> Late {
        let record = json!({
            "kiln": 1, "id": "01KATJ35Y0YCJZMQ2R3S4T5V6W", "build": "web", "type": "amazon-ebs", "status": "running",
            "template": {"path": "web.json", "folder": "/templates", "sha256": ""},
            "variables": {"colour": "red"},
            "machine": {"driver": "ec2", "id": "i-1", "communicator": "ssh", "build": {"SourceAMI": "ami-1"}},
        });
        Late::of(&Record::parse(&record.to_string()).unwrap()).unwrap()
    }

    #[test]
    fn sees_the_record_the_machine_and_what_is_set() {
        let mut late = late();
        late.set("Vars", "A=1 ");
        late.set("SourceAMITags", json!({"Name": "base"}));
        for (text, rendered) in [
            ("{{.Vars}}sh {{.Path}}", "A=1 sh <no value>"),
            ("{{.SourceAMI}} {{build `SourceAMI`}} {{.SourceAMITags.Name}}", "ami-1 ami-1 base"),
            (
                "{{build_name}} {{build_type}} {{template_dir}} {{user `colour`}}",
                "web amazon-ebs /templates red",
            ),
            ("{{clean_resource_name \"a:b\"}}", "a-b"),
            ("{{build `Vars`}}{{build `ID`}}", "A=1 ERR_ID_NOT_IMPLEMENTED_BY_BUILDER"),
        ] {
            assert_eq!(late.render(text).unwrap(), rendered);
        }
    }

    #[test]
    fn renders_what_is_known_and_leaves_the_rest() {
        for (text, rendered) in [
            ("{{build_name}}-{{ user `colour` }}.{{.Type}}", "web-red.{{.Type}}"),
            ("{{user `colour` | upper}} {{build `ID`}}", "{{`red` | upper}} {{build `ID`}}"),
            ("{{if user `colour`}}{{isotime `2006`}}{{end}}", "{{if `red`}}2025{{end}}"),
            ("{{if .X}}{{build_type}}{{end}} {{", "{{if .X}}{{build_type}}{{end}} {{"),
        ] {
            assert_eq!(late().render_known(text), rendered);
        }
    }

    #[test]
    fn renders_values_and_keys() {
        let mut value = json!({"{{user `colour`}}": ["{{build_name}}", 1, {"a": "{{.SourceAMI}}"}]});
        late().render_value(&mut value).unwrap();
        assert_eq!(value, json!({"red": ["web", 1, {"a": "ami-1"}]}));
    }

    #[test]
    fn says_what_cannot_be_rendered() {
        let failure = late().render("x {{upper}}").unwrap_err();
        assert_eq!(
            failure.message,
            "cannot render the template 'x {{upper}}': upper: wrong number of arguments: want 1, got 0"
        );
    }
}
