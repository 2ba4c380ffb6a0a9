//! A record in flight: a line that was read, of which a tool changes only its own fields.

use crate::document::{Artifact, Document, ErrorInfo, Machine, Status, StepTaken, Template, VERSION};
use crate::failure::Failure;
use crate::fields::Fields;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What `machine.build` says that must not be shown.
const MACHINE_SECRETS: [&str; 3] = ["Password", "SSHPrivateKey", "WinRMPassword"];

/// Why a line is not a record, or a field not what the contract says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RecordError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Where in the line, counted in bytes from 1, where that is known.
    pub column: Option<usize>,
}

impl RecordError {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into(), column: None }
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        Self::new(error.message).hint(error.hint)
    }
}

/// One build record. Fields that this version does not know, the order of keys and the text of
/// numbers and strings stay as they were read.
#[derive(Debug, Clone)]
pub struct Record {
    fields: Fields,
    id: String,
    build: String,
    kind: String,
    status: Status,
}

/// The fields that every record must have, checked in the order in which a reader needs them.
const REQUIRED: [&str; 4] = ["id", "build", "type", "status"];

impl Record {
    /// Reads one line as it came from a file or a pipe.
    ///
    /// # Errors
    /// As for [`Record::parse`], and when the line is not UTF-8.
    pub fn parse_bytes(line: &[u8]) -> Result<Self, RecordError> {
        let text = std::str::from_utf8(line).map_err(|error| {
            let mut found = RecordError::new(
                "this line is not UTF-8",
                "records are JSON, which is UTF-8; was the file written in another encoding?",
            );
            found.column = Some(error.valid_up_to() + 1);
            found
        })?;
        Self::parse(text)
    }

    /// Reads one line.
    ///
    /// # Errors
    /// When the line is not a JSON object, is of another version, lacks one of `id`, `build`, `type`
    /// and `status`, or has an unknown status.
    pub fn parse(line: &str) -> Result<Self, RecordError> {
        let fields: Fields = serde_json::from_str(line).map_err(|error| syntax_error(&error))?;
        check_version(&fields)?;
        for name in REQUIRED {
            if fields.get(name).is_none() {
                return Err(RecordError::new(
                    format!("the record has no field '{name}'"),
                    "a filter between two tools must keep the fields kiln, id, build, type and status",
                ));
            }
        }
        let status: String = field(&fields, "status")?.unwrap_or_default();
        let Some(status) = Status::ALL.into_iter().find(|known| known.as_str() == status) else {
            return Err(RecordError::new(
                format!("unknown status '{status}'"),
                format!("one of {}", Status::ALL.map(Status::as_str).join(", ")),
            ));
        };
        let id: String = field(&fields, "id")?.unwrap_or_default();
        if !is_ulid(&id) {
            return Err(RecordError::new(
                format!("the id '{id}' is not a ULID"),
                "keep the id that 'validate' gave: it names folders and tags",
            ));
        }
        Ok(Self {
            id,
            build: field(&fields, "build")?.unwrap_or_default(),
            kind: field(&fields, "type")?.unwrap_or_default(),
            status,
            fields,
        })
    }

    /// Makes a record of its parts: for `validate`, which is where records come from.
    ///
    /// # Errors
    /// When a part cannot be written as JSON.
    pub fn from_document(document: &Document) -> Result<Self, RecordError> {
        let line = serde_json::to_string(document)
            .map_err(|error| RecordError::new(error.to_string(), "report this as a bug"))?;
        Self::parse(&line)
    }

    /// The record as one line, without the newline.
    pub fn to_line(&self) -> String {
        serde_json::to_string(&self.fields).expect("raw values and string keys always serialize")
    }

    /// ULID of this run of this build.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The build's name.
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The builder's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How far the build is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Moves the build on. Leaving `failed` removes the error.
    pub fn set_status(&mut self, status: Status) {
        self.status = status;
        self.set("status", &status);
        if status != Status::Failed {
            self.fields.remove("error");
        }
    }

    /// Reads a field; `None` when it is absent or null.
    ///
    /// # Errors
    /// When the field is there and does not have the contract's form.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, RecordError> {
        field(&self.fields, name)
    }

    /// Replaces a field in its place, or appends it.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.fields.set(name, to_raw_value(value).expect("the contract's types always serialize"));
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) {
        self.fields.remove(name);
    }

    /// What the build came from.
    ///
    /// # Errors
    /// As for [`Record::get`]; the same holds for the other typed readers.
    pub fn template(&self) -> Result<Template, RecordError> {
        Ok(self.get("template")?.unwrap_or_default())
    }

    /// The resolved user variables.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn variables(&self) -> Result<BTreeMap<String, String>, RecordError> {
        Ok(self.get("variables")?.unwrap_or_default())
    }

    /// The values that must not be shown: those of the sensitive variables, and what the machine keeps secret.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn secrets(&self) -> Result<Vec<String>, RecordError> {
        let names: Vec<String> = self.get("sensitive")?.unwrap_or_default();
        let mut values = self.variables()?;
        let mut secrets: Vec<String> = names.iter().filter_map(|name| values.remove(name)).collect();
        if let Ok(Some(mut machine)) = self.machine() {
            secrets.extend(MACHINE_SECRETS.iter().filter_map(|name| machine.build.remove(*name)));
        }
        Ok(secrets)
    }

    /// The builder's options.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn builder(&self) -> Result<Map<String, Value>, RecordError> {
        Ok(self.get("builder")?.unwrap_or_default())
    }

    /// The provisioners' options, in order.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn provisioners(&self) -> Result<Vec<Map<String, Value>>, RecordError> {
        Ok(self.get("provisioners")?.unwrap_or_default())
    }

    /// The sequences of post-processors.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn post_processors(&self) -> Result<Vec<Vec<Map<String, Value>>>, RecordError> {
        Ok(self.get("post_processors")?.unwrap_or_default())
    }

    /// The machine, where one exists.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn machine(&self) -> Result<Option<Machine>, RecordError> {
        self.get("machine")
    }

    /// Whether a machine exists, whatever the record says of it.
    pub fn has_machine(&self) -> bool {
        self.fields.get("machine").is_some_and(|machine| machine.get() != "null")
    }

    /// Whether its next step is its builder's: to start a machine, to capture one, or to destroy that of a failed build.
    pub fn is_at_builder(&self) -> bool {
        match self.status() {
            Status::Planned | Status::Provisioned => true,
            Status::Failed => self.has_machine(),
            Status::Running | Status::Built => false,
        }
    }

    /// Notes the machine that this record now owns, or that it is gone; what its builder said of it stays then.
    pub fn set_machine(&mut self, machine: Option<&Machine>) {
        if let Some(machine) = machine {
            return self.set("machine", machine);
        }
        let said = self.machine().ok().flatten().unwrap_or_default().build;
        if !said.is_empty() {
            self.set("generated", &said);
        }
        self.remove("machine");
    }

    /// What ``{{build `KEY`}}`` gives: what the builder says of the machine, also when it is gone.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn generated(&self) -> Result<BTreeMap<String, String>, RecordError> {
        match self.machine()? {
            Some(machine) => Ok(machine.build),
            None => Ok(self.get("generated")?.unwrap_or_default()),
        }
    }

    /// How many provisioners have finished.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn done(&self) -> Result<usize, RecordError> {
        Ok(self.get("done")?.unwrap_or_default())
    }

    /// What exists now.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn artifacts(&self) -> Result<Vec<Artifact>, RecordError> {
        Ok(self.get("artifacts")?.unwrap_or_default())
    }

    /// Why the build failed.
    ///
    /// # Errors
    /// See [`Record::get`].
    pub fn error(&self) -> Result<Option<ErrorInfo>, RecordError> {
        self.get("error")
    }

    /// Appends steps to the list of those taken. A list that is not ours to read is left alone.
    pub(crate) fn add_steps(&mut self, taken: &[StepTaken]) {
        let Ok(steps) = self.get::<Vec<Box<RawValue>>>("steps") else { return };
        let mut steps = steps.unwrap_or_default();
        steps.extend(taken.iter().filter_map(|step| to_raw_value(step).ok()));
        if !steps.is_empty() {
            self.set("steps", &steps);
        }
    }
}

/// 26 characters of Crockford's base 32: safe as a folder's name and as a tag's value.
pub(crate) fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"ILOU".contains(&byte)))
}

fn check_version(fields: &Fields) -> Result<(), RecordError> {
    let Some(version) = fields.get("kiln") else {
        return Err(RecordError::new(
            "this object is not a build record: it has no field 'kiln'",
            "records come from 'validate TEMPLATE'; pass templates to validate, not to the other tools",
        ));
    };
    if version.get() == VERSION.to_string() {
        return Ok(());
    }
    Err(RecordError::new(
        format!("this record is of version {}; this tool reads version {VERSION}", version.get()),
        "use tools of one Kiln release in a pipeline",
    ))
}

fn field<T: DeserializeOwned>(fields: &Fields, name: &str) -> Result<Option<T>, RecordError> {
    let Some(raw) = fields.get(name) else { return Ok(None) };
    Option::<T>::deserialize(&mut serde_json::Deserializer::from_str(raw.get())).map_err(|error| {
        RecordError::new(
            format!("the field '{name}' is not as it should be: {}", without_place(&error)),
            "'validate --schema' prints what each field of a record holds",
        )
    })
}

/// What is wrong, without the place: within a field's text it would mislead.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

fn syntax_error(error: &serde_json::Error) -> RecordError {
    let mut found = if error.is_data() {
        RecordError::new(
            "this line is JSON, but not an object",
            "each line is one build record, as 'validate' prints them",
        )
    } else {
        RecordError::new(
            format!("this line is not JSON: {}", without_place(error)),
            "records stand one a line; 'jq -c' writes them so, plain 'jq' does not",
        )
    };
    found.column = Some(error.column().max(1));
    found
}
