//! Texts with `{{…}}` as texts of HCL2.
//!
//! An action that calls one function with plain arguments becomes `${…}` where HCL2 says the same. All others stay: Packer, and this
//! version, still run them in texts of HCL2. Only `user`, `env`, `template_dir` and `packer_version` are gone there; inside of larger
//! actions they become texts into which HCL2 puts the value: ``{{user `a` | lower}}`` is ``{{`${var.a}` | lower}}``.

use super::names::Names;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// Where a text stands: it decides what can be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The value of a variable.
    Variable,
    /// A builder's option.
    Source,
    /// An option of a provisioner or post-processor, whose builder gives these keys.
    Step,
}

static ACTION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?s)\{\{.*?\}\}").ok());
static CALL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\{\{\s*(\w+)((?:\s+(?:`[^`]*`|"(?:[^"\\]|\\.)*"))*)\s*\}\}$"#).ok());
static ARGUMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"`([^`]*)`|"((?:[^"\\]|\\.)*)""#).ok());
static GONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"`[^`]*`|\b(?:(user|env)\s+(?:`([^`]*)`|"((?:[^"\\]|\\.)*)")|(template_dir|packer_version))\b|\b(?:(user|env)\s+(?:`([^`]*)`|"((?:[^"\\]|\\.)*)"))"#,
    )
    .ok()
});

/// A text in double quotes that gives the same.
pub(super) fn quoted(text: &str, place: Place, names: &mut Names) -> String {
    let Some(action) = ACTION.as_ref().filter(|_| text.contains("{{")) else { return literal(text) };
    let mut pieces = String::from("\"");
    let mut at = 0;
    for found in action.find_iter(text) {
        pieces.push_str(&escaped(&text[at..found.start()]));
        pieces.push_str(&translated(found.as_str(), place, names));
        at = found.end();
    }
    pieces.push_str(&escaped(&text[at..]));
    pieces.push('"');
    pieces
}

/// A text in double quotes, whatever stands in it.
pub(super) fn literal(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => escaped.extend([letter, letter]),
            letter if letter.is_control() => escaped.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// One action.
fn translated(action: &str, place: Place, names: &mut Names) -> String {
    if let Some((name, arguments)) = call(action) {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if let Some(expression) = expression(&name, &arguments, place, names) {
            return expression;
        }
    }
    let Some(gone) = GONE.as_ref() else { return escaped(action) };
    let mut pieces = String::new();
    let mut at = 0;
    for found in gone.captures_iter(action) {
        let Some(whole) = found.get(0) else { continue };
        let Some(put) = put(&found, place, names) else { continue };
        pieces.push_str(&escaped(&action[at..whole.start()]));
        pieces.push_str(&put);
        at = whole.end();
    }
    pieces + &escaped(&action[at..])
}

/// What stands for a call of a function that is gone, inside of a larger action.
fn put(found: &Captures<'_>, place: Place, names: &mut Names) -> Option<String> {
    let group = |at: &[usize]| at.iter().find_map(|at| found.get(*at)).map(|found| found.as_str());
    let (name, argument) = match (group(&[1, 5]), group(&[4])) {
        (Some(name), _) => (name, vec![group(&[2, 3, 6, 7]).unwrap_or_default()]),
        (None, Some(name)) => (name, Vec::new()),
        (None, None) => return None,
    };
    expression(name, &argument, place, names).map(|expression| format!("`{expression}`"))
}

/// The function and its arguments, where an action is one call with plain arguments.
fn call(action: &str) -> Option<(String, Vec<String>)> {
    let found = CALL.as_ref()?.captures(action)?;
    let arguments = ARGUMENT.as_ref()?.captures_iter(found.get(2)?.as_str());
    let arguments = arguments.map(|found| match (found.get(1), found.get(2)) {
        (Some(raw), _) => raw.as_str().to_owned(),
        (None, Some(text)) => serde_json::from_str(&format!("\"{}\"", text.as_str())).unwrap_or_default(),
        (None, None) => String::new(),
    });
    Some((found.get(1)?.as_str().to_owned(), arguments.collect()))
}

/// What HCL2 writes for a call, where it says the same.
fn expression(name: &str, arguments: &[&str], place: Place, names: &mut Names) -> Option<String> {
    let inside = match (name, arguments) {
        ("user", [variable]) => names.variable(variable),
        ("env", [variable]) if place == Place::Variable => names.environment(variable),
        ("template_dir", []) => "abspath(path.root)".to_owned(),
        ("pwd", []) => "path.cwd".to_owned(),
        ("packer_version", []) => "packer.version".to_owned(),
        ("timestamp", []) => names.timestamp(),
        ("isotime", []) => "timestamp()".to_owned(),
        ("isotime", [layout]) => format!("legacy_isotime({})", literal(layout)),
        ("strftime", [format]) => format!("legacy_strftime({})", literal(format)),
        ("build_name", []) if place != Place::Variable => "source.name".to_owned(),
        ("build_type", []) if place != Place::Variable => "source.type".to_owned(),
        ("build", [key]) if place == Place::Step && is_word(key) => format!("build.{key}"),
        ("vault", [path, key]) => format!("vault({}, {})", literal(path), literal(key)),
        ("consul_key", [key]) => format!("consul_key({})", literal(key)),
        ("aws_secretsmanager", [secret]) => format!("aws_secretsmanager({}, null)", literal(secret)),
        ("aws_secretsmanager", [secret, key]) => {
            format!("aws_secretsmanager({}, {})", literal(secret), literal(key))
        }
        ("aws_secretsmanager_raw", [secret]) => format!("aws_secretsmanager_raw({})", literal(secret)),
        _ => return None,
    };
    Some(format!("${{{inside}}}"))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a variable's value needs more than a variable's default may have: `env` and plain text.
pub(super) fn needs_local(text: &str) -> bool {
    let Some(action) = ACTION.as_ref() else { return false };
    action.find_iter(text).any(|found| !matches!(call(found.as_str()), Some((name, arguments)) if name == "env" && arguments.len() == 1))
}

/// The variable that the whole text is the value of: ``{{user `NAME`}}``.
pub(super) fn sole_variable(text: &str) -> Option<String> {
    match call(text.trim())? {
        (name, arguments) if name == "user" => arguments.into_iter().next(),
        _ => None,
    }
}

/// Whether nothing but templates stands in a text.
pub(super) fn is_templates_only(text: &str) -> bool {
    ACTION.as_ref().is_some_and(|action| action.replace_all(text, "").is_empty())
}
