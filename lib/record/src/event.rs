//! What happens in a tool, as typed events: the one source of human output, of a build's log file
//! and of `--events FD`.

use schemars::JsonSchema;
use serde::Serialize;

/// Where a line of output came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// A command's standard output.
    Stdout,
    /// A command's standard error.
    Stderr,
}

/// Something that happened; `--events` writes each as one JSON object a line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A build came into this tool's hands.
    BuildBegin,
    /// A build left this tool's hands.
    BuildEnd {
        /// The status it left with.
        status: String,
        /// Seconds that this tool took for it.
        seconds: f64,
    },
    /// A step began.
    StepBegin {
        /// The step's name.
        step: String,
    },
    /// A step goes on: work done of work known.
    StepProgress {
        /// The step's name.
        step: String,
        /// How much is done.
        done: u64,
        /// How much there is, where that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
        /// What is counted: `bytes`, `files`, …
        unit: String,
    },
    /// A step ended.
    StepEnd {
        /// The step's name.
        step: String,
        /// Seconds that it took.
        seconds: f64,
        /// Whether it failed.
        failed: bool,
    },
    /// A wait goes on.
    Wait {
        /// What is awaited.
        what: String,
        /// What was last seen.
        seen: String,
        /// Seconds since the wait began.
        seconds: f64,
    },
    /// A line of output of a command or a guest.
    Output {
        /// Where it came from.
        stream: Stream,
        /// The line, with secrets masked.
        text: String,
    },
    /// News for people.
    Say {
        /// What is said.
        text: String,
    },
    /// Something that may be wrong.
    Warning {
        /// What is said.
        text: String,
    },
    /// Something that is wrong.
    Error {
        /// What is said.
        text: String,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
    },
}

/// One line of `--events`, for its schema.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used; lines are written without copies")]
struct Line {
    /// When it happened: RFC 3339, UTC.
    time: String,
    /// The tool in which it happened.
    tool: String,
    /// The build that it belongs to; null for the tool itself.
    build: Option<String>,
    /// That build's id; null for the tool itself.
    id: Option<String>,
    #[serde(flatten)]
    event: Event,
}

/// The JSON Schema (draft 2020-12) of one line of `--events`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Line).to_value()
}
